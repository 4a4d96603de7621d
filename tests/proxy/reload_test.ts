/**
 * Another conf while requests, connections and WebSockets go on.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- one request after the other
import assert from "node:assert/strict";
import { DoorError } from "../../lib/proxy/doors.ts";
import { type DoorsRig, withDoors } from "./doors_rig.ts";
import { GET, ok, settled, type Wire } from "./rig.ts";

const FIRST = 'host "*" { proxy_pass http://127.0.0.1:{first}; }';
const SECOND = 'host "*" { proxy_pass http://127.0.0.1:{second}; }';
const HOSTNAME = "127.0.0.1";

async function answerNext(upstream: Wire, body: string): Promise<void> {
  await upstream.until("\r\n\r\n");
  await upstream.send(ok(body));
}

/** Waits until nobody listens on `port`; the system takes a moment for it. */
async function closes(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    await settled();
    try {
      (await Deno.connect({ hostname: HOSTNAME, port })).close();
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionRefused) return;
    }
  }
  assert.fail(`still listening on ${port}`);
}

function plainTest(
  name: string,
  test: (rig: DoorsRig) => Promise<void>,
): void {
  Deno.test(name, () => withDoors({ kinds: ["plain"], conf: FIRST }, test));
}

plainTest(
  "a reload holds from the next request on, on the same connection",
  async (rig) => {
    const client = await rig.connect();
    await client.send(GET);
    await answerNext(await rig.backend.accept(), "first");
    assert.match(await client.message(), /first$/);
    await rig.reload(SECOND);
    await client.send(GET);
    await answerNext(await rig.second.accept(), "second");
    assert.match(await client.message(), /second$/);
  },
);

plainTest(
  "a request under way is answered by the backend that has it",
  async (rig) => {
    const client = await rig.connect();
    await client.send(GET);
    const upstream = await rig.backend.accept();
    await upstream.until("\r\n\r\n");
    await rig.reload(SECOND);
    await upstream.send(ok("late, but whole"));
    assert.match(await client.message(), /late, but whole$/);
    // Nobody will ask there again.
    assert.equal(await upstream.rest(), "");
  },
);

plainTest(
  "an idle connection to a backend goes where no block names it any more",
  async (rig) => {
    const client = await rig.connect();
    await client.send(GET);
    const upstream = await rig.backend.accept();
    await answerNext(upstream, "x");
    await client.message();
    await rig.reload(SECOND);
    assert.equal(await upstream.rest(), "");
  },
);

plainTest("a backend that stays keeps its connections", async (rig) => {
  const client = await rig.connect();
  await client.send(GET);
  const upstream = await rig.backend.accept();
  await answerNext(upstream, "one");
  await client.message();
  await rig.reload(`client_max_body_size 5m;\n${FIRST}`);
  await client.send(GET);
  await answerNext(upstream, "two");
  assert.match(await client.message(), /two$/);
});

plainTest(
  "limits of the new conf hold for connections that are open",
  async (rig) => {
    const client = await rig.connect();
    await client.send(GET);
    await answerNext(await rig.backend.accept(), "one");
    await client.message();
    await rig.reload(`client_max_body_size 10;\n${FIRST}`);
    await client.send(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world",
    );
    assert.match(await client.message(), /^HTTP\/1\.1 413 /);
  },
);

plainTest(
  "a backend known to be down is not asked again after a reload",
  async (rig) => {
    const both =
      'host "*" { proxy_pass http://127.0.0.1:{first} fail_timeout=1h; proxy_pass http://127.0.0.1:{second} fail_timeout=1h; }';
    await rig.reload(both);
    rig.backend.close();
    const client = await rig.connect();
    const ask = async () => {
      await client.send(GET);
      return await client.message();
    };
    const serveSecond = async () => {
      const upstream = await rig.second.accept();
      for (let served = 0; served < 8; served++) {
        await answerNext(
          upstream,
          "up",
        );
      }
    };
    const serving = serveSecond();
    for (let asked = 0; asked < 4; asked++) assert.match(await ask(), /up$/);
    const refusals = () => rig.lines.filter((line) => /is down/.test(line));
    assert.equal(refusals().length, 1);
    await rig.reload(both);
    for (let asked = 0; asked < 4; asked++) assert.match(await ask(), /up$/);
    assert.equal(refusals().length, 1);
    await serving;
  },
);

plainTest(
  "WebSockets survive a reload that moves their host elsewhere",
  async (rig) => {
    const client = await rig.connect();
    await client.send(
      "GET /s HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    const upstream = await rig.backend.accept();
    await upstream.until("\r\n\r\n");
    await upstream.send(
      "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    await client.until("\r\n\r\n");
    await rig.reload(SECOND);
    await client.send("ping");
    assert.equal(await upstream.take(4), "ping");
    await upstream.send("pong");
    assert.equal(await client.take(4), "pong");
  },
);

plainTest(
  "a reload opens new doors and closes those no longer named",
  async (rig) => {
    const before = rig.portOf("plain");
    const kept = await rig.connect();
    await rig.reload(FIRST, {
      doors: [{ hostname: HOSTNAME, port: 0, kind: "tls" }],
    });
    // Port 0 once asked for is kept, and only speaks otherwise.
    assert.equal(rig.portOf("tls"), before);
    const listener = Deno.listen({ hostname: HOSTNAME, port: 0 });
    const { port } = listener.addr;
    listener.close();
    await rig.reload(FIRST, {
      doors: [{ hostname: HOSTNAME, port, kind: "tls" }],
    });
    await closes(before);
    const secure = await rig.connectTls();
    for (const client of [secure, kept]) {
      await client.send(GET);
      // The first leaves its connection to the backend behind for the second.
      if (client === secure) {
        const upstream = await rig.backend.accept();
        await answerNext(upstream, "served");
        answerNext(upstream, "served");
      }
      assert.match(await client.message(), /served$/);
    }
  },
);

plainTest(
  "a door that cannot be opened leaves everything as it was",
  async (rig) => {
    const taken = Deno.listen({ hostname: HOSTNAME, port: 0 });
    const free = Deno.listen({ hostname: HOSTNAME, port: 0 });
    free.close();
    const [door] = rig.serving.addresses;
    await assert.rejects(
      rig.reload(SECOND, {
        doors: [
          { hostname: HOSTNAME, port: free.addr.port, kind: "plain" },
          { hostname: HOSTNAME, port: taken.addr.port, kind: "plain" },
        ],
      }),
      DoorError,
    );
    taken.close();
    assert.deepEqual(rig.serving.addresses, [door]);
    // The one that could be opened is closed again.
    Deno.listen({ hostname: HOSTNAME, port: free.addr.port }).close();
    const client = await rig.connect();
    await client.send(GET);
    await answerNext(await rig.backend.accept(), "as before");
    assert.match(await client.message(), /as before$/);
  },
);
