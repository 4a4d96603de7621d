/**
 * Clients that are slow, greedy or up to something.
 * @module
 */
import assert from "node:assert/strict";
import { GET, ok, passing, withProxy, withRequest } from "./rig.ts";

Deno.test("a head that does not come in time is answered with 408", async () => {
  await withProxy({}, async ({ connect, clock }) => {
    const client = await connect();
    await client.send("GET / HTTP/1.1\r\nHo");
    const rest = client.rest();
    await passing(
      clock,
      new Promise((done) => clock.after(6000, () => done(0))),
    );
    await client.send("st: a\r\n");
    const [message, tookMs] = await passing(clock, rest);
    assert.match(message, /^HTTP\/1\.1 408 .*Connection: close/s);
    assert.ok(tookMs < 9000, String(tookMs));
  });
});

Deno.test("a connection that never says a word is closed", async () => {
  await withProxy({}, async ({ connect, clock }) => {
    const client = await connect();
    const [message, tookMs] = await passing(clock, client.rest());
    assert.equal(message, "");
    assert.ok(tookMs >= 10_000 && tookMs < 20_000, String(tookMs));
  });
});

Deno.test("a connection that waits for its next request is closed in the end", async () => {
  await withRequest({}, async ({ client, upstream, clock }) => {
    await upstream.send(ok("x"));
    await client.message();
    const [message, tookMs] = await passing(clock, client.rest());
    assert.equal(message, "");
    assert.ok(tookMs >= 75_000 && tookMs < 80_000, String(tookMs));
  });
});

Deno.test("the next head on a kept connection has its own time, from its first byte on", async () => {
  await withRequest({}, async ({ client, upstream, clock }) => {
    await upstream.send(ok("x"));
    await client.message();
    const pause = new Promise((done) => clock.after(40_000, () => done(0)));
    await passing(clock, pause);
    await client.send("GET / HT");
    const [message, tookMs] = await passing(clock, client.rest());
    assert.match(message, /^HTTP\/1\.1 408 .*Connection: close/s);
    assert.ok(tookMs >= 10_000 && tookMs < 13_000, String(tookMs));
  });
});

Deno.test("a body that stops coming is answered with 408, and the backend told", async () => {
  await withRequest({
    request: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab",
    until: "ab",
  }, async ({ client, upstream, clock }) => {
    const [message, tookMs] = await passing(clock, client.rest());
    assert.match(message, /^HTTP\/1\.1 408 /);
    assert.ok(tookMs >= 30_000 && tookMs < 35_000, String(tookMs));
    assert.equal(await upstream.rest(), "");
  });
});

Deno.test("a client that takes nothing of its answer is disconnected", async () => {
  await withRequest({}, async ({ client, upstream, clock }) => {
    const body = "x".repeat(32 * 1024 * 1024);
    const sending = upstream.send(ok(body)).catch(() => "cut");
    const [outcome, tookMs] = await passing(clock, sending);
    assert.equal(outcome, "cut");
    assert.ok(tookMs >= 60_000, String(tookMs));
    assert.ok((await client.rest()).length < body.length);
  });
});

Deno.test("a body larger than allowed is answered with 413 before it comes", async () => {
  const conf =
    'client_max_body_size 10; host "*" { proxy_pass http://127.0.0.1:{first}; }';
  await withProxy({ conf }, async ({ connect }) => {
    const client = await connect();
    await client.send(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n",
    );
    assert.match(
      await client.message(),
      /^HTTP\/1\.1 413 .*Connection: close/s,
    );
  });
});

Deno.test("a chunked body that grows too large is answered with 413", async () => {
  const conf =
    'client_max_body_size 10; host "*" { proxy_pass http://127.0.0.1:{first}; }';
  await withRequest({
    conf,
    request:
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n",
    until: "12345678\r\n",
  }, async ({ client, upstream }) => {
    await client.send("8\r\n12345678\r\n");
    assert.match(await client.message(), /^HTTP\/1\.1 413 /);
    assert.equal(await upstream.rest(), "");
  });
});

Deno.test("a body of exactly the allowed size passes", async () => {
  const conf =
    'client_max_body_size 10; host "*" { proxy_pass http://127.0.0.1:{first}; }';
  await withRequest({
    conf,
    request:
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n1234567890",
    until: "1234567890",
  }, ({ seen }) => assert.match(seen, /1234567890$/));
});

const REFUSED: [string, string, number][] = [
  [
    "both lengths",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n",
    400,
  ],
  [
    "two lengths",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 0\r\n\r\nabcd",
    400,
  ],
  [
    "a disguised coding",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    400,
  ],
  [
    "an odd coding",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \u000bchunked\r\n\r\n",
    400,
  ],
  [
    "a folded coding",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n",
    400,
  ],
  ["a bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400],
  [
    "a chunk size that is none",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    400,
  ],
  ["no host", "GET / HTTP/1.1\r\n\r\n", 400],
  ["two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400],
  ["a path above the root", "GET /../x HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
  ["TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405],
  ["CONNECT", "CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n", 405],
  [
    "a head too long",
    `GET / HTTP/1.1\r\nHost: a\r\nCookie: ${"x".repeat(17_000)}\r\n\r\n`,
    431,
  ],
  [
    "an unknown coding",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
    501,
  ],
];

for (const [title, request, status] of REFUSED) {
  Deno.test(`${title} is answered with ${status} and goes no further`, async () => {
    await withProxy({}, async ({ connect }) => {
      const client = await connect();
      await client.send(request);
      await client.closeWrite();
      const message = await client.rest();
      assert.match(message, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(message, /\r\nConnection: close\r\n/);
      assert.equal(message.match(/HTTP\/1\.1/g)?.length, 1);
    });
  });
}

Deno.test("a stranger's host gets 404, never another host's backend", async () => {
  const conf = 'host "a.test" { proxy_pass http://127.0.0.1:{first}; }';
  await withProxy({ conf }, async ({ connect }) => {
    const client = await connect();
    await client.send(GET.replace("a.test", "b.test"));
    assert.match(await client.message(), /^HTTP\/1\.1 404 /);
  });
});

Deno.test("Upgrade to a backend that does not agree smuggles nothing", async () => {
  await withRequest({
    request:
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nGET /..secret HTTP/1.1\r\nHost: a\r\n\r\n",
  }, async ({ client, upstream }) => {
    await upstream.send("HTTP/1.1 426 No\r\nContent-Length: 0\r\n\r\n");
    assert.match(await client.until("\r\n\r\n"), /^HTTP\/1\.1 426 /);
    // What followed is a request like any other, with the proxy's own headers.
    assert.match(
      await upstream.message(),
      /^GET \/\.\.secret .*X-Forwarded-For/s,
    );
  });
});
