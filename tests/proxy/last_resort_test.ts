/**
 * Backends that are dead for real: what is tried elsewhere, how often and for how
 * long, and that the last one is never given up.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- requests come one after the other
import assert from "node:assert/strict";
import net from "node:net";
import type { Dial } from "../../lib/proxy/pool.ts";
import { dialTcp } from "../../lib/proxy/server.ts";
import { within } from "../tools/test_process.ts";
import {
  Backend,
  GET,
  ok,
  settled,
  type Wire,
  withProxy,
  withRequest,
} from "./rig.ts";
import { said, withBackends } from "./serving_backend.ts";

const BOTH = [() => said("a"), () => said("b")];
const TWO = `host "*" {
  proxy_pass http://127.0.0.1:{first};
  proxy_pass http://127.0.0.1:{second};
}`;

function between(ports: number[], directives = ""): string {
  const targets = ports.map((port) => `proxy_pass http://127.0.0.1:${port};`);
  return `${directives}\nhost "*" { ${targets.join("\n")} }`;
}

/** Ports that nobody listens on. */
function deadPorts(count: number): number[] {
  const backends = Array.from({ length: count }, () => new Backend());
  for (const backend of backends) backend.close();
  return backends.map(({ port }) => port);
}

async function outcome(client: Wire, request = GET): Promise<string> {
  await client.send(request);
  const message = await client.message();
  const status = message.slice(9, 12);
  return status === "200" ? message.split("\r\n\r\n")[1]! : status;
}

/** Answers no connection: each is reset when something has come on it. */
async function withResetter(
  test: (port: number, asked: () => number) => Promise<void>,
): Promise<void> {
  let asked = 0;
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      asked++;
      socket.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await test((server.address() as net.AddressInfo).port, () => asked);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

Deno.test("the only backend is asked again at once after it was dead", async () => {
  await withBackends([BOTH[0]!], async (a) => {
    await withProxy({ conf: between([a!.port]) }, async ({ connect }) => {
      const client = await connect();
      for (let round = 0; round < 3; round++) {
        a!.kill();
        assert.equal(await outcome(client), "502");
        assert.equal(await outcome(client), "502");
        a!.revive();
        assert.equal(await outcome(client), "a");
      }
    });
  });
});

Deno.test("where all are dead, whoever comes back first is found by the next request", async () => {
  await withBackends(BOTH, async (a, b) => {
    const conf = between([a!.port, b!.port]);
    await withProxy({ conf }, async ({ connect }) => {
      const client = await connect();
      a!.kill();
      b!.kill();
      for (let at = 0; at < 3; at++) {
        assert.equal(await outcome(client), "502");
      }
      b!.revive();
      for (let at = 0; at < 4; at++) assert.equal(await outcome(client), "b");
    });
  });
});

Deno.test("a POST that found a dead backend arrives whole at the next", async () => {
  const conf = between([...deadPorts(1), 0]).replace(":0;", ":{second};");
  await withProxy({ conf }, async ({ connect, second }) => {
    const client = await connect();
    await client.send(
      "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
    );
    const upstream = await second.accept();
    assert.match(await upstream.until("\r\n\r\n"), /^POST \/x /);
    assert.equal(await upstream.take(7), "2\r\nab\r\n");
    await client.send("1\r\nc\r\n0\r\n\r\n");
    assert.equal(await upstream.until("0\r\n\r\n"), "1\r\nc\r\n0\r\n\r\n");
    await upstream.send(ok("whole"));
    assert.match(await client.message(), /whole$/);
  });
});

Deno.test("three dead backends are the most that one request meets", async () => {
  await withBackends([BOTH[0]!], async (a) => {
    const ports = [...deadPorts(3), a!.port];
    await withProxy({ conf: between(ports) }, async ({ connect }) => {
      const client = await connect();
      assert.equal(await outcome(client), "502");
      // They are known now.
      assert.equal(await outcome(client), "a");
    });
    const four = between(ports, "proxy_next_upstream_tries 4;");
    await withProxy({ conf: four }, async ({ connect }) => {
      assert.equal(await outcome(await connect()), "a");
    });
  });
});

Deno.test("proxy_next_upstream_timeout counts the time at backends that answered nothing", async () => {
  await withProxy({ conf: TWO }, async (rig) => {
    const client = await rig.connect();
    await client.send(GET);
    const first = await rig.backend.accept();
    await first.message();
    rig.clock.advance(10_000);
    first.close();
    assert.match(await client.message(), /^HTTP\/1\.1 502 /);
    await client.send(GET.replace("GET /", "GET /next"));
    const other = await rig.second.accept();
    assert.match(await other.message(), /^GET \/next /);
  });
});

Deno.test("a GET goes on to the next backend where the first resets it, a POST does not", async () => {
  await withResetter(async (port, asked) => {
    await withBackends([BOTH[1]!], async (b) => {
      const conf = between([port, b!.port]);
      await withProxy({ conf }, async ({ connect }) => {
        assert.equal(await outcome(await connect()), "b");
        assert.equal(asked(), 1);
      });
      await withProxy({ conf }, async ({ connect }) => {
        const post = "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
        assert.equal(await outcome(await connect(), post), "502");
        assert.equal(asked(), 2);
        assert.equal(b!.count("/p"), 0);
      });
    });
  });
});

Deno.test("a POST on a kept connection that was just closing is not sent again", async () => {
  await withRequest({ conf: TWO }, async ({ client, upstream, ...rig }) => {
    await upstream.send(ok("one"));
    await client.message();
    // In turn: the other backend, then the first one's connection again.
    await client.send(GET);
    const other = await rig.second.accept();
    await other.message();
    await other.send(ok("two"));
    await client.message();
    await client.send(
      "POST /once HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab",
    );
    await upstream.until("ab");
    upstream.close();
    assert.match(await client.message(), /^HTTP\/1\.1 502 /);
    await client.send(GET.replace("GET /", "GET /next"));
    assert.match(await other.message(), /^GET \/next /);
  });
});

for (const request of ["GET", "POST"]) {
  Deno.test(`a client that leaves during its ${request} leaves no connection behind`, async () => {
    await withBackends([() => undefined], async (a) => {
      await withProxy({ conf: between([a!.port]) }, async ({ connect }) => {
        for (let at = 0; at < 20; at++) {
          const client = await connect();
          await client.send(
            `${request} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`,
          );
          await a!.until(() => a!.asked.length === at + 1);
          client.close();
        }
        await a!.until(() => a!.connections === 0);
      });
    });
  });
}

Deno.test("an upload that its backend resets is answered, and does not hang", async () => {
  await withResetter(async (port) => {
    await withProxy({ conf: between([port]) }, async ({ connect }) => {
      const client = await connect();
      const size = 1024 * 1024;
      const sending = client.send(
        `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n${
          "x".repeat(size)
        }`,
      ).catch(() => {
        // Closed before all of it was taken.
      });
      const answer = await within(client.message(), () => "no answer");
      assert.match(answer, /^HTTP\/1\.1 502 /);
      await sending;
    });
  });
});

Deno.test("what a client asked that left while its backend was dialled is not asked", async () => {
  for (const method of ["GET", "POST"]) {
    const dialled = Promise.withResolvers<void>();
    const open = Promise.withResolvers<void>();
    const dial: Dial = async (options) => {
      dialled.resolve();
      await open.promise;
      return await dialTcp(options);
    };
    await withProxy({ dial }, async ({ connect, backend }) => {
      const client = await connect();
      await client.send(
        `${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`,
      );
      await dialled.promise;
      client.close();
      await settled();
      open.resolve();
      const upstream = await backend.accept();
      assert.equal(await upstream.rest(), "");
    });
  }
});
