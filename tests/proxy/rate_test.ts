/**
 * Clients that ask for more than their share, seen from outside.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- requests come one after the other
import assert from "node:assert/strict";
import { ok, type Wire, withProxy } from "./rig.ts";

function conf(directives: string): string {
  return `${directives}\nhost "*" { proxy_pass http://127.0.0.1:{first}; }`;
}

/** A request that no backend has to answer: nobody is at this host's target. */
const STRANGER = 'host "a.test" { }';

function ask(fields = "", method = "GET"): string {
  return `${method} / HTTP/1.1\r\nHost: a.test\r\n${fields}\r\n`;
}

async function statusOf(client: Wire, fields = ""): Promise<string> {
  await client.send(ask(fields));
  return (await client.message()).slice(9, 12);
}

Deno.test("limit_rate answers the first request too many with 429 and Retry-After", async () => {
  const text = `limit_rate 1r/s burst=3;\n${STRANGER}`;
  await withProxy({ conf: text }, async ({ connect, clock }) => {
    const client = await connect();
    for (let at = 0; at < 3; at++) {
      assert.equal(await statusOf(client), "503");
    }
    await client.send(ask("Accept: application/json\r\n"));
    const message = await client.message();
    assert.match(message, /^HTTP\/1\.1 429 Too Many Requests\r\n/);
    assert.match(message, /\r\nRetry-After: 1\r\n/);
    assert.match(message, /"code":"too-many-requests"/);
    // The connection is in step and may go on; so may another of the same client.
    assert.equal(await statusOf(client), "429");
    assert.equal(await statusOf(await connect()), "429");
    clock.advance(1000);
    assert.equal(await statusOf(client), "503");
  });
});

Deno.test("limit_rate does not let a body through with a refused request", async () => {
  const text = conf("limit_rate 1r/m;");
  await withProxy({ conf: text }, async ({ connect, backend }) => {
    const client = await connect();
    await client.send(ask());
    const upstream = await backend.accept();
    await upstream.message();
    await upstream.send(ok("x"));
    await client.message();
    await client.send(ask("Content-Length: 50\r\n", "POST") + "GET /smuggled");
    const rest = await client.rest();
    assert.match(rest, /^HTTP\/1\.1 429 .*\r\nConnection: close\r\n/s);
    assert.match(rest, /\r\nRetry-After: 60\r\n/);
    assert.equal(rest.match(/HTTP\/1\.1/g)?.length, 1);
  });
});

Deno.test("limit_rate counts the clients behind a trusted proxy one by one", async () => {
  const text =
    `trusted_proxies 127.0.0.0/8;\nlimit_rate 1r/m burst=2;\n${STRANGER}`;
  await withProxy({ conf: text }, async ({ connect }) => {
    const shared = await connect();
    const from = (address: string) => `X-Forwarded-For: ${address}\r\n`;
    const statuses = [];
    for (const last of ["1", "2", "3", "1", "2", "1"]) {
      statuses.push(await statusOf(shared, from(`192.0.2.${last}`)));
    }
    assert.deepEqual(statuses, ["503", "503", "503", "503", "503", "429"]);
    // What the client claims about itself stands before what the proxy adds.
    assert.equal(await statusOf(shared, from("8.8.8.8, 192.0.2.1")), "429");
    // The proxy's own requests are nobody's.
    for (let at = 0; at < 5; at++) {
      assert.equal(await statusOf(shared), "503");
    }
  });
});

Deno.test("limit_rate does not believe a stranger's X-Forwarded-For", async () => {
  const text = `limit_rate 1r/m;\n${STRANGER}`;
  await withProxy({ conf: text }, async ({ connect }) => {
    const client = await connect();
    assert.equal(await statusOf(client), "503");
    const claim = "X-Forwarded-For: 192.0.2.9\r\n";
    assert.equal(await statusOf(client, claim), "429");
  });
});

Deno.test("limit_conn answers one connection too many with 429 and closes it", async () => {
  const text = conf("limit_conn 2;");
  await withProxy({ conf: text }, async ({ connect, backend }) => {
    const first = await connect();
    await first.send(ask());
    const upstream = await backend.accept();
    await upstream.message();
    const idle = await connect();
    const third = await connect();
    await third.send(ask());
    const refusal = await third.rest();
    assert.match(refusal, /^HTTP\/1\.1 429 .*Connection: close\r\n/s);
    assert.match(refusal, /\r\nRetry-After: \d+\r\n/);
    // Those within the limit are none the worse, and make room when they go.
    await upstream.send(ok("fine"));
    assert.match(await first.message(), /fine$/);
    await idle.closeWrite();
    assert.equal(await idle.rest(), "");
    const next = await connect();
    await next.send(ask());
    await upstream.message();
    await upstream.send(ok("room"));
    assert.match(await next.message(), /room$/);
  });
});

Deno.test("limit_conn does not count a trusted proxy's connections", async () => {
  const text = `limit_conn 1;\ntrusted_proxies 127.0.0.1;\n${STRANGER}`;
  await withProxy({ conf: text }, async ({ connect }) => {
    for (let at = 0; at < 5; at++) {
      assert.equal(await statusOf(await connect()), "503");
    }
  });
});
