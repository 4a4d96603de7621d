/**
 * WebSockets: nothing but bytes once the backend has agreed.
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf, textOf } from "../http1/bytes_of.ts";
import { passing, type Rig, settled, type Wire, withProxy } from "./rig.ts";

const ASK =
  "GET /tracker/socket HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: http://a\r\n\r\n";
const AGREE =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n";

/** A tunnel that stands. */
async function open({ connect, backend }: Rig): Promise<[Wire, Wire]> {
  const client = await connect();
  await client.send(ASK);
  const upstream = await backend.accept();
  await upstream.until("\r\n\r\n");
  await upstream.send(AGREE);
  await client.until("\r\n\r\n");
  return [client, upstream];
}

Deno.test("an upgrade is asked of the backend, and its 101 passed on", async () => {
  await withProxy({}, async ({ connect, backend }) => {
    const client = await connect();
    await client.send(ASK);
    const upstream = await backend.accept();
    const request = await upstream.until("\r\n\r\n");
    assert.match(request, /\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n/);
    assert.match(request, /Sec-WebSocket-Key: dGhl.*Origin: http:\/\/a\r\n/s);
    assert.doesNotMatch(request, /keep-alive/);
    await upstream.send(`${AGREE}\u0081\u0002hi`);
    const response = await client.until("\r\n\r\n");
    assert.match(response, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
    assert.match(response, /Connection: Upgrade\r\n/);
    assert.match(response, /Upgrade: websocket\r\n/);
    assert.match(response, /Sec-WebSocket-Accept: x\r\n/);
    assert.equal(await client.take(4), "\u0081\u0002hi");
  });
});

Deno.test("a 101 loses the fields of its own hop, also those that Connection names", async () => {
  await withProxy({}, async ({ connect, backend }) => {
    const client = await connect();
    await client.send(ASK);
    const upstream = await backend.accept();
    await upstream.until("\r\n\r\n");
    await upstream.send(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade, X-Hop\r\nX-Hop: 1\r\n" +
        "Keep-Alive: timeout=5\r\nUpgrade: websocket\r\nX-Kept: 1\r\n\r\n",
    );
    const response = await client.until("\r\n\r\n");
    assert.doesNotMatch(response, /x-hop|keep-alive/i);
    assert.match(response, /\r\nConnection: Upgrade\r\n/);
    assert.match(response, /\r\nUpgrade: websocket\r\n/);
    assert.match(response, /\r\nX-Kept: 1\r\n/);
  });
});

Deno.test("a tunnel passes any bytes both ways, also those sent with the request", async () => {
  await withProxy({}, async ({ connect, backend }) => {
    const client = await connect();
    await client.send(`${ASK}early`);
    const upstream = await backend.accept();
    await upstream.until("\r\n\r\n");
    await upstream.send(AGREE);
    await client.until("\r\n\r\n");
    assert.equal(await upstream.take(5), "early");
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 2000 }),
        async (bytes) => {
          const text = textOf(bytes);
          await client.sendBytes(bytes);
          assert.equal(await upstream.take(bytes.length), text);
          await upstream.sendBytes(bytes);
          assert.equal(await client.take(bytes.length), text);
        },
      ),
      { numRuns: 30 },
    );
  });
});

Deno.test("a tunnel carries 16 MiB each way at once", async () => {
  await withProxy({}, async (rig) => {
    const [client, upstream] = await open(rig);
    const bytes = new Uint8Array(16 * 1024 * 1024).fill(7);
    const sending = [client.sendBytes(bytes), upstream.sendBytes(bytes)];
    const [up, down] = await Promise.all([
      upstream.take(bytes.length),
      client.take(bytes.length),
    ]);
    await Promise.all(sending);
    assert.ok(up === down);
  });
});

Deno.test("a side that has ended still hears the other", async () => {
  await withProxy({}, async (rig) => {
    const [client, upstream] = await open(rig);
    await client.send("bye");
    await client.closeWrite();
    assert.equal(await upstream.rest(), "bye");
    await upstream.send("farewell");
    upstream.close();
    assert.equal(await client.rest(), "farewell");
  });
});

Deno.test("a tunnel stays while something moves, and ends after a quiet hour", async () => {
  const minute = 60_000;
  await withProxy({}, async (rig) => {
    const [client, upstream] = await open(rig);
    const { clock } = rig;
    const wait = (ms: number) =>
      passing(
        clock,
        new Promise((done) => clock.after(ms, () => done(0))),
        minute,
      );
    await wait(50 * minute);
    await upstream.send("still here");
    assert.equal(await client.take(10), "still here");
    await wait(50 * minute);
    await client.send("me too");
    assert.equal(await upstream.take(6), "me too");
    const [rest, tookMs] = await passing(clock, client.rest(), minute);
    assert.equal(rest, "");
    assert.ok(tookMs >= 60 * minute && tookMs < 65 * minute, String(tookMs));
    assert.equal(await upstream.rest(), "");
  });
});

Deno.test("a tunnel sends no more than its reader takes", async () => {
  await withProxy({}, async (rig) => {
    const [client, upstream] = await open(rig);
    const bytes = new Uint8Array(64 * 1024 * 1024);
    let sent = false;
    const sending = upstream.sendBytes(bytes).then(() => sent = true, () => {});
    await settled();
    await settled();
    assert.equal(sent, false);
    client.close();
    await sending;
    assert.equal(sent, false);
  });
});

/** A frame of text; a client's is masked, with a key of zeros. */
function frame(text: string, masked = false): string {
  const key = masked ? "\0\0\0\0" : "";
  const length = String.fromCharCode(text.length | (masked ? 0x80 : 0));
  return `\u0081${length}${key}${text}`;
}

const BYE_TO_CLIENT = "\u0088\u0002\u0003\u00e9";
const BYE_TO_BACKEND = "\u0088\u0082\0\0\0\0\u0003\u00e9";

Deno.test("stop() tells both sides of a WebSocket that the other goes away", async () => {
  await withProxy({}, async (rig) => {
    const [client, upstream] = await open(rig);
    const stopped = rig.proxy.stop(60_000);
    assert.equal(await client.take(4), BYE_TO_CLIENT);
    assert.equal(await upstream.take(8), BYE_TO_BACKEND);
    // Their answers end it; nobody has to wait for a time to pass.
    await client.send(BYE_TO_BACKEND);
    await upstream.send(BYE_TO_CLIENT);
    assert.equal(await client.rest(), "");
    assert.equal(await upstream.rest(), "");
    await stopped;
  });
});

Deno.test("stop() lets a frame under way finish before it says so", async () => {
  await withProxy({}, async (rig) => {
    const [client, upstream] = await open(rig);
    const [text, late] = [frame("hello"), frame("too late")];
    await upstream.send(text.slice(0, 4));
    assert.equal(await client.take(4), text.slice(0, 4));
    const stopped = rig.proxy.stop(60_000);
    assert.equal(await upstream.take(8), BYE_TO_BACKEND);
    await upstream.send(text.slice(4) + late);
    assert.equal(await client.take(7), text.slice(4) + BYE_TO_CLIENT);
    await upstream.send(BYE_TO_CLIENT);
    await client.send(BYE_TO_BACKEND);
    assert.equal(await client.rest(), "");
    await stopped;
  });
});

Deno.test("stop() waits two seconds for sides that do not answer", async () => {
  await withProxy({}, async (rig) => {
    const [client, upstream] = await open(rig);
    const stopped = rig.proxy.stop(60_000);
    const [rest, tookMs] = await passing(rig.clock, client.rest());
    assert.equal(rest, BYE_TO_CLIENT);
    assert.ok(tookMs >= 2000 && tookMs < 4000, String(tookMs));
    assert.equal(await upstream.rest(), BYE_TO_BACKEND);
    await stopped;
  });
});

Deno.test("stop() says nothing behind a close frame that has passed", async () => {
  await withProxy({}, async (rig) => {
    const [client, upstream] = await open(rig);
    const farewell = "\u0088\u0005\u0003\u00e8bye";
    await upstream.send(farewell);
    assert.equal(await client.take(7), farewell);
    const stopped = rig.proxy.stop(60_000);
    assert.equal(await upstream.take(8), BYE_TO_BACKEND);
    upstream.close();
    client.closeWrite();
    assert.equal(await client.rest(), "");
    await stopped;
  });
});

Deno.test("an upgrade to anything but a WebSocket is an ordinary request", async () => {
  await withProxy({}, async ({ connect, backend }) => {
    const client = await connect();
    await client.send(ASK.replace("Upgrade: websocket", "Upgrade: h2c"));
    const upstream = await backend.accept();
    assert.doesNotMatch(await upstream.until("\r\n\r\n"), /upgrade/i);
    await upstream.send(textOf(bytesOf("HTTP/1.1 204 No\r\n\r\n")));
    assert.match(await client.until("\r\n\r\n"), /^HTTP\/1\.1 204 /);
  });
});

Deno.test("a tunnel takes no more from its client than the backend does", async () => {
  await withProxy({}, async (rig) => {
    const [client, upstream] = await open(rig);
    const bytes = new Uint8Array(64 * 1024 * 1024);
    let sent = false;
    const sending = client.sendBytes(bytes).then(() => sent = true, () => {});
    await settled();
    await settled();
    assert.equal(sent, false);
    upstream.close();
    await sending;
    assert.equal(sent, false);
  });
});

Deno.test("close frames of any code pass both ways, with their reasons", async () => {
  for (const code of [1000, 1001, 1011, 3000, 4999]) {
    await withProxy({}, async (rig) => {
      const [client, upstream] = await open(rig);
      const reason = textOf(new TextEncoder().encode("vì sao"));
      const body = String.fromCharCode(code >> 8, code & 255) + reason;
      const toClient = `\u0088${String.fromCharCode(body.length)}${body}`;
      await upstream.send(toClient);
      assert.equal(await client.take(toClient.length), toClient);
      const back = `\u0088${
        String.fromCharCode(0x80 | body.length)
      }\0\0\0\0${body}`;
      await client.send(back);
      assert.equal(await upstream.take(back.length), back);
    });
  }
});

Deno.test("pings and pongs pass both ways, and proxy_tunnel_timeout counts from the last", async () => {
  const conf =
    'proxy_tunnel_timeout 90s; host "*" { proxy_pass http://127.0.0.1:{first}; }';
  await withProxy({ conf }, async (rig) => {
    const [client, upstream] = await open(rig);
    const ping = "\u0089\u0002hi";
    const pong = "\u008a\u0082\0\0\0\0hi";
    for (let round = 0; round < 3; round++) {
      const pause = new Promise((done) =>
        rig.clock.after(80_000, () => done(0))
      );
      await passing(rig.clock, pause, 5_000);
      await upstream.send(ping);
      assert.equal(await client.take(ping.length), ping);
      await client.send(pong);
      assert.equal(await upstream.take(pong.length), pong);
    }
    const [rest, tookMs] = await passing(rig.clock, client.rest(), 1_000);
    assert.equal(rest, "");
    assert.ok(tookMs >= 90_000 && tookMs < 95_000, String(tookMs));
    assert.equal(await upstream.rest(), "");
  });
});
