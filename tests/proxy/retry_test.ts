/**
 * Which requests are tried on another target, how often and for how long.
 * @module
 */
import assert from "node:assert/strict";
import type { Dial } from "../../lib/proxy/pool.ts";
import { GET, ok, passing, withProxy } from "./rig.ts";

/** Three names of a backend that takes nothing, then one that does. */
const CHAIN = `host "*" {
  proxy_pass http://127.0.0.2:{first};
  proxy_pass http://127.0.0.3:{first};
  proxy_pass http://127.0.0.4:{first};
  proxy_pass http://127.0.0.1:{first};
}`;

function refusing(dialled: string[]): Dial {
  return ({ hostname }) => {
    dialled.push(hostname);
    return Promise.reject(new Deno.errors.ConnectionRefused("refused"));
  };
}

Deno.test("a request is tried three times where nothing else is said", async () => {
  const dialled: string[] = [];
  const dial = refusing(dialled);
  await withProxy({ conf: CHAIN, dial }, async ({ connect }) => {
    const client = await connect();
    await client.send(GET);
    assert.match(await client.message(), /^HTTP\/1\.1 502 /);
    assert.deepEqual(dialled, ["127.0.0.2", "127.0.0.3", "127.0.0.4"]);
  });
});

Deno.test("proxy_next_upstream_tries says how many targets are tried", async () => {
  const dialled: string[] = [];
  const dial = refusing(dialled);
  const conf = `proxy_next_upstream_tries 1;\n${CHAIN}`;
  await withProxy({ conf, dial }, async ({ connect }) => {
    const client = await connect();
    await client.send(GET);
    assert.match(await client.message(), /^HTTP\/1\.1 502 /);
    assert.deepEqual(dialled, ["127.0.0.2"]);
  });
});

Deno.test("proxy_next_upstream_timeout ends the tries of one request", async () => {
  const dialled: string[] = [];
  const dial: Dial = ({ hostname, signal }) => {
    dialled.push(hostname);
    return new Promise((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason))
    );
  };
  const conf = `proxy_next_upstream_tries 4; proxy_connect_timeout 3s;
    proxy_next_upstream_timeout 5s;\n${CHAIN}`;
  await withProxy({ conf, dial }, async ({ connect, clock }) => {
    const client = await connect();
    await client.send(GET);
    const [message, tookMs] = await passing(clock, client.message());
    assert.match(message, /^HTTP\/1\.1 504 /);
    assert.equal(dialled.length, 2);
    assert.ok(tookMs >= 6000 && tookMs < 8000, String(tookMs));
  });
});

for (const method of ["GET", "HEAD", "OPTIONS"]) {
  Deno.test(`a ${method} without a body that got no answer is tried on the next target`, async () => {
    const conf = `host "*" {
      proxy_pass http://127.0.0.1:{first};
      proxy_pass http://127.0.0.1:{second};
    }`;
    await withProxy({ conf }, async ({ connect, backend, second }) => {
      const client = await connect();
      await client.send(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
      const first = await backend.accept();
      await first.until("\r\n\r\n");
      first.close();
      const other = await second.accept();
      await other.until("\r\n\r\n");
      await other.send("HTTP/1.1 204 No Content\r\n\r\n");
      assert.match(await client.message(), /^HTTP\/1\.1 204 /);
    });
  });
}

for (
  const [title, request] of [
    ["POST", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"],
    ["DELETE", "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["PATCH", "PATCH / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"],
    [
      "GET with a body",
      "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab",
    ],
  ] as const
) {
  Deno.test(`a ${title} that was sent is never sent again`, async () => {
    const conf = `host "*" {
      proxy_pass http://127.0.0.1:{first};
      proxy_pass http://127.0.0.1:{second};
    }`;
    await withProxy({ conf }, async ({ connect, backend, second }) => {
      const client = await connect();
      await client.send(request);
      const first = await backend.accept();
      await first.until("\r\n\r\n");
      first.close();
      assert.match(await client.message(), /^HTTP\/1\.1 502 /);
      // The next to arrive at the other backend is a request of its own.
      const next = await connect();
      await next.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
      const other = await second.accept();
      assert.match(await other.message(), /^GET \/next /);
      await other.send(ok("x"));
      assert.match(await next.message(), /x$/);
    });
  });
}

Deno.test("nothing is tried again once a byte of an answer has come", async () => {
  const conf = `host "*" {
    proxy_pass http://127.0.0.1:{first};
    proxy_pass http://127.0.0.1:{second};
  }`;
  await withProxy({ conf }, async ({ connect, backend, second }) => {
    const client = await connect();
    await client.send(GET);
    const first = await backend.accept();
    await first.message();
    await first.send("HTTP/1.1 200 OK\r\nContent-Le");
    first.close();
    assert.match(await client.message(), /^HTTP\/1\.1 502 /);
    await client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
    const other = await second.accept();
    assert.match(await other.message(), /^GET \/next /);
  });
});
