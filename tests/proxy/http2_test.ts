/**
 * The HTTP/2 door: another way in to the same core, and HTTP/1.1 beside it.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- requests go out in their order
import assert from "node:assert/strict";
import http2 from "node:http2";
import { ManualClock } from "../../lib/clock.ts";
import { Deadlines } from "../../lib/proxy/deadlines.ts";
import { Http2Door } from "../../lib/proxy/http2_door.ts";
import { memoryConnection } from "../../lib/proxy/memory_stream.ts";
import { authority, type DoorsRig, withDoors } from "./doors_rig.ts";
import { ok, settled } from "./rig.ts";

const CONF = 'host "*" { proxy_pass http://127.0.0.1:{first}; }';

/** One request, with what came of it piece by piece. */
class Ask {
  readonly stream: http2.ClientHttp2Stream;
  readonly head = Promise.withResolvers<http2.IncomingHttpHeaders>();
  readonly ended = Promise.withResolvers<string>();
  text = "";
  #wanted: { text: string; found: () => void } | undefined;

  constructor(
    session: http2.ClientHttp2Session,
    headers: http2.OutgoingHttpHeaders,
  ) {
    this.stream = session.request(headers, { endStream: false });
    this.stream.setEncoding("latin1");
    this.head.promise.catch(() => {});
    this.ended.promise.catch(() => {});
    this.stream.on("response", (head) => this.head.resolve(head));
    this.stream.on("data", (piece: string) => {
      this.text += piece;
      if (this.text.includes(this.#wanted?.text ?? "\0")) this.#wanted?.found();
    });
    this.stream.on("end", () => this.ended.resolve(this.text));
    const over = (error = new Error("stream closed")) => {
      this.head.reject(error);
      this.ended.reject(error);
    };
    this.stream.on("error", over);
    this.stream.on("close", () => over());
  }

  /** Waits until `text` has come. */
  async until(text: string): Promise<void> {
    if (this.text.includes(text)) return;
    await new Promise<void>((found) => this.#wanted = { text, found });
  }
}

interface Http2Rig extends DoorsRig {
  ask(headers?: http2.OutgoingHttpHeaders, body?: string): Ask;
  session: http2.ClientHttp2Session;
}

function http2Test(
  name: string,
  test: (rig: Http2Rig) => Promise<void>,
  conf = CONF,
): void {
  const run = (rig: DoorsRig) => withSession(rig, test);
  Deno.test({
    name,
    // node:http2 keeps a timer of its session for a moment beyond close().
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => withDoors({ kinds: ["http2"], conf }, run),
  });
}

async function withSession(
  rig: DoorsRig,
  test: (rig: Http2Rig) => Promise<void>,
): Promise<void> {
  const session = http2.connect(`https://localhost:${rig.portOf("http2")}`, {
    ca: authority.certificate,
  });
  session.on("error", () => {});
  const ask = (headers: http2.OutgoingHttpHeaders = {}, body?: string) => {
    const made = new Ask(session, { ":path": "/", ...headers });
    if (body !== "…") made.stream.end(body);
    return made;
  };
  try {
    await test({ ...rig, ask, session });
  } finally {
    session.destroy();
  }
}

http2Test(
  "a request by HTTP/2 reaches the backend as it was meant",
  async (rig) => {
    const asked = rig.ask({
      ":path": "/a/%2e%2e/b//c?x=%zz",
      ":authority": "Chat.lan:8444",
      "cookie": ["a=1", "b=2"],
      "x-forwarded-for": "6.6.6.6",
      "te": "trailers",
    });
    const upstream = await rig.backend.accept();
    const request = await upstream.until("\r\n\r\n");
    assert.match(request, /^GET \/a\/%2e%2e\/b\/\/c\?x=%zz HTTP\/1\.1\r\n/);
    assert.match(request, /\r\nHost: Chat\.lan:8444\r\n/i);
    assert.match(request, /\r\ncookie: a=1; b=2\r\n/i);
    assert.match(request, /\r\nX-Forwarded-Proto: https\r\n/);
    assert.match(request, /\r\nX-Forwarded-For: unknown, 127\.0\.0\.1\r\n/);
    assert.doesNotMatch(request, /6\.6\.6\.6|trailers/);
    await upstream.send(
      ok("hello", "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Odd: \u00e9\r\n"),
    );
    const head = await asked.head.promise;
    assert.equal(head[":status"], 200);
    assert.deepEqual(head["set-cookie"], ["a=1", "b=2"]);
    assert.equal(head["content-length"], "5");
    assert.equal(await asked.ended.promise, "hello");
  },
);

http2Test("requests run side by side on one connection", async (rig) => {
  const slow = rig.ask({ ":path": "/slow" });
  const first = await rig.backend.accept();
  await first.until("\r\n\r\n");
  const other = rig.ask({ ":path": "/quick" });
  const second = await rig.backend.accept();
  await second.until("\r\n\r\n");
  await second.send(ok("quick"));
  assert.equal(await other.ended.promise, "quick");
  await first.send(ok("slow"));
  assert.equal(await slow.ended.promise, "slow");
});

http2Test(
  "pieces of an answer leave at once, and of a body, too",
  async (rig) => {
    const asked = rig.ask({ ":method": "POST" }, "…");
    asked.stream.write("one");
    const upstream = await rig.backend.accept();
    assert.match(await upstream.until("one\r\n"), /Transfer-Encoding: chunked/);
    await upstream.send(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n",
    );
    await asked.until("first");
    asked.stream.end("two");
    assert.match(await upstream.until("0\r\n\r\n"), /two/);
    await upstream.send("6\r\nsecond\r\n0\r\n\r\n");
    assert.equal(await asked.ended.promise, "firstsecond");
  },
);

http2Test("4 MiB go both ways unchanged", async (rig) => {
  const body = "0123456789abcdef".repeat(256 * 1024);
  const length = String(body.length);
  const asked = rig.ask(
    { ":method": "POST", "content-length": length },
    body,
  );
  const upstream = await rig.backend.accept();
  await upstream.until("\r\n\r\n");
  assert.ok(await upstream.take(body.length) === body);
  await upstream.send(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`);
  await upstream.send(body);
  assert.ok(await asked.ended.promise === body);
});

http2Test("a client that reads nothing holds back the backend", async (rig) => {
  const asked = rig.ask();
  asked.stream.pause();
  const upstream = await rig.backend.accept();
  await upstream.until("\r\n\r\n");
  const bytes = new Uint8Array(64 * 1024 * 1024);
  let sent = false;
  const sending = upstream.send(
    `HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\n\r\n`,
  ).then(() => upstream.sendBytes(bytes)).then(() => sent = true, () => {});
  await asked.head.promise;
  await settled();
  asked.stream.close(8);
  await sending;
  assert.equal(sent, false);
});

http2Test(
  "a client that gives up its request ends the backend's",
  async (rig) => {
    const asked = rig.ask();
    const upstream = await rig.backend.accept();
    await upstream.until("\r\n\r\n");
    asked.stream.close(8);
    assert.equal(await upstream.rest(), "");
    const begun = rig.ask();
    const second = await rig.backend.accept();
    await second.until("\r\n\r\n");
    await second.send(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    );
    await begun.until("abc");
    begun.stream.close(8);
    assert.equal(await second.rest(), "");
  },
);

http2Test("a client that is gone ends all its requests", async (rig) => {
  rig.ask();
  const upstream = await rig.backend.accept();
  await upstream.until("\r\n\r\n");
  rig.session.destroy();
  assert.equal(await upstream.rest(), "");
});

http2Test("an answer cut short does not look whole", async (rig) => {
  const asked = rig.ask();
  const upstream = await rig.backend.accept();
  await upstream.until("\r\n\r\n");
  await upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  await asked.until("half");
  upstream.close();
  await assert.rejects(asked.ended.promise);
});

http2Test(
  "HEAD, 204 and 304 have no body, and error pages come through",
  async (rig) => {
    const head = rig.ask({ ":method": "HEAD" });
    const upstream = await rig.backend.accept();
    await upstream.until("\r\n\r\n");
    await upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    assert.equal((await head.head.promise)["content-length"], "5");
    assert.equal(await head.ended.promise, "");
    upstream.close();
    for (const status of [204, 304]) {
      const asked = rig.ask();
      const other = await rig.backend.accept();
      await other.until("\r\n\r\n");
      await other.send(`HTTP/1.1 ${status} X\r\nETag: "x"\r\n\r\n`);
      assert.equal((await asked.head.promise)[":status"], status);
      assert.equal(await asked.ended.promise, "");
      other.close();
    }
    rig.backend.close();
    const refused = rig.ask({ accept: "application/json" });
    assert.equal((await refused.head.promise)[":status"], 502);
    assert.match(await refused.ended.promise, /"bad-gateway"/);
    const large = rig.ask(
      { ":method": "POST", "content-length": "2000" },
      "x".repeat(2_000),
    );
    assert.equal((await large.head.promise)[":status"], 413);
  },
  `client_max_body_size 1k;\n${CONF}`,
);

http2Test(
  "trailers and 1xx, for which Deno.serve has no means, are left out, and the rest is whole",
  async (rig) => {
    const asked = rig.ask({ ":method": "POST", "expect": "100-continue" }, "…");
    const told: unknown[] = [];
    asked.stream.on("headers", (head) => told.push(head));
    asked.stream.on("trailers", (fields) => told.push(fields));
    const upstream = await rig.backend.accept();
    const head = await upstream.until("\r\n\r\n");
    assert.match(head, /\r\nexpect: 100-continue\r\n/i);
    await upstream.send(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
    );
    asked.stream.end("body");
    assert.match(await upstream.until("0\r\n\r\n"), /body/);
    await upstream.send(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n0\r\nX-Sum: 1\r\n\r\n",
    );
    assert.equal((await asked.head.promise)[":status"], 200);
    assert.equal(await asked.ended.promise, "whole");
    assert.deepEqual(told, []);
  },
);

http2Test(
  "HTTP/1.1 and WebSockets are served on the same port, byte for byte",
  async (rig) => {
    const client = await rig.connectTls({
      port: rig.portOf("http2"),
      alpnProtocols: ["http/1.1"],
    });
    await client.send(
      "GET /s HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    const upstream = await rig.backend.accept();
    await upstream.until("\r\n\r\n");
    await upstream.send(
      "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    await client.until("\r\n\r\n");
    await client.send("\u0081\u0082abcd\u0062\u008b");
    assert.equal(await upstream.take(8), "\u0081\u0082abcd\u0062\u008b");
  },
);

http2Test("stop() lets an answer by HTTP/2 finish", async (rig) => {
  const asked = rig.ask();
  const upstream = await rig.backend.accept();
  await upstream.until("\r\n\r\n");
  const stopped = rig.serving.stop(60_000);
  await upstream.send(ok("to the end"));
  assert.equal(await asked.ended.promise, "to the end");
  await stopped;
});

http2Test("stop() ends what takes too long", async (rig) => {
  const asked = rig.ask();
  const upstream = await rig.backend.accept();
  await upstream.until("\r\n\r\n");
  await rig.serving.stop(0);
  const status = asked.head.promise.then((head) => head[":status"]);
  assert.notEqual(await status.catch(() => "reset"), 200);
});

http2Test(
  "a connection on which nothing is asked is closed in time",
  async (rig) => {
    const asked = rig.ask();
    const upstream = await rig.backend.accept();
    await upstream.until("\r\n\r\n");
    await upstream.send(ok("x"));
    await asked.ended.promise;
    const closed = new Promise((resolve) => rig.session.on("close", resolve));
    rig.clock.advance(60_000);
    assert.equal(rig.session.closed || rig.session.destroyed, false);
    rig.clock.advance(20_000);
    await closed;
  },
);

Deno.test("whoever else finds the inner port is not served", async () => {
  const clock = new ManualClock();
  const door = new Http2Door({
    clock,
    deadlines: new Deadlines(clock),
    idleMs: () => 1_000,
  });
  const [client, far] = memoryConnection();
  const running = door.run(far, () => assert.fail("served"));
  const response = await fetch(`http://127.0.0.1:${door.innerPort}/`);
  await response.body?.cancel();
  assert.equal(response.status, 421);
  client.close();
  await running;
  await door.drain();
});
