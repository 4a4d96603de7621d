/**
 * TLS doors: the same proxy behind another way in.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- one client after the other
import assert from "node:assert/strict";
import { authority, certificateFor, withDoors } from "./doors_rig.ts";
import { seededRandom } from "../../lib/random.ts";
import { GET, ok, passing, settled, Wire } from "./rig.ts";

const CONF = 'host "*" { proxy_pass http://127.0.0.1:{first}; }';
const BOTH = ["plain", "tls"] as const;
const UPGRADE =
  "GET /s HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

Deno.test("a TLS door serves requests one after the other, and says https", async () => {
  await withDoors({ kinds: ["tls"], conf: CONF }, async (rig) => {
    const client = await rig.connectTls();
    await client.send(GET);
    const upstream = await rig.backend.accept();
    const request = await upstream.until("\r\n\r\n");
    assert.match(request, /\r\nX-Forwarded-Proto: https\r\n/);
    assert.match(request, /\r\nX-Forwarded-For: 127\.0\.0\.1\r\n/);
    await upstream.send(ok("one"));
    assert.match(await client.message(), /one$/);
    await client.send(GET);
    await upstream.until("\r\n\r\n");
    await upstream.send(ok("two"));
    assert.match(await client.message(), /two$/);
  });
});

Deno.test("a plain door beside it still says http", async () => {
  await withDoors({ kinds: [...BOTH], conf: CONF }, async (rig) => {
    const client = await rig.connect();
    await client.send(GET);
    const upstream = await rig.backend.accept();
    const request = await upstream.until("\r\n\r\n");
    assert.match(request, /\r\nX-Forwarded-Proto: http\r\n/);
  });
});

Deno.test("bodies of 8 MiB go both ways through TLS unchanged", async () => {
  await withDoors({ kinds: ["tls"], conf: CONF }, async (rig) => {
    const bytes = new Uint8Array(8 * 1024 * 1024);
    for (let at = 0; at < bytes.length; at++) bytes[at] = at * 7 + (at >> 9);
    const client = await rig.connectTls();
    const length = `Content-Length: ${bytes.length}\r\n\r\n`;
    await client.send(`POST / HTTP/1.1\r\nHost: a\r\n${length}`);
    const sending = client.sendBytes(bytes);
    const upstream = await rig.backend.accept();
    await upstream.until("\r\n\r\n");
    const body = await upstream.take(bytes.length);
    await sending;
    await upstream.send(`HTTP/1.1 200 OK\r\n${length}`);
    const [echoed] = await Promise.all([
      client.until("\r\n\r\n").then(() => client.take(bytes.length)),
      upstream.send(body),
    ]);
    const expected = new TextDecoder("latin1").decode(bytes);
    assert.ok(body.length === bytes.length && echoed === body);
    assert.equal(body.charCodeAt(5_000_000), bytes[5_000_000]);
    assert.equal(expected.length, body.length);
  });
});

Deno.test("a TLS client that reads slowly holds back its backend", async () => {
  await withDoors({ kinds: ["tls"], conf: CONF }, async (rig) => {
    const client = await rig.connectTls();
    await client.send(GET);
    const upstream = await rig.backend.accept();
    await upstream.until("\r\n\r\n");
    const bytes = new Uint8Array(64 * 1024 * 1024);
    await upstream.send(
      `HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\n\r\n`,
    );
    let sent = false;
    const sending = upstream.sendBytes(bytes).then(
      () => sent = true,
      () => {},
    );
    await client.until("\r\n\r\n");
    const [, tookMs] = await passing(rig.clock, sending, 1_000);
    // It was the send timeout that ended it, not the last byte.
    assert.equal(sent, false);
    assert.ok(tookMs >= 60_000, String(tookMs));
  });
});

Deno.test("a WebSocket goes through TLS byte for byte", async () => {
  await withDoors({ kinds: ["tls"], conf: CONF }, async (rig) => {
    const client = await rig.connectTls();
    await client.send(UPGRADE);
    const upstream = await rig.backend.accept();
    await upstream.until("\r\n\r\n");
    await upstream.send(
      "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    await client.until("\r\n\r\n");
    await client.send("\u0088\u0082abcd\u0062\u008b");
    assert.equal(await upstream.take(8), "\u0088\u0082abcd\u0062\u008b");
    await upstream.send("\u0088\u0002\u0003\u00e9");
    assert.equal(await client.take(4), "\u0088\u0002\u0003\u00e9");
    client.close();
    assert.equal(await upstream.rest(), "");
  });
});

Deno.test("a handshake that is begun and not finished ends in time", async () => {
  await withDoors({ kinds: ["tls"], conf: CONF }, async (rig) => {
    const silent = new Wire(await Deno.connect({ port: rig.portOf("tls") }));
    // The first bytes of a ClientHello, and never the rest.
    await silent.send("\u0016\u0003\u0001\u0002\u0000\u0001");
    const [rest, tookMs] = await passing(rig.clock, silent.rest());
    assert.doesNotMatch(rest, /HTTP/);
    assert.ok(tookMs >= 10_000 && tookMs < 13_000, String(tookMs));
    silent.close();
  });
});

Deno.test("plain HTTP on a door of TLS is led to https on the same port, once", async () => {
  const conf = 'host "*" { proxy_pass http://127.0.0.1:{first}; }';
  await withDoors({ kinds: [...BOTH, "http2"], conf }, async (rig) => {
    const say = async (kind: "tls" | "http2", text: string) => {
      const wire = new Wire(await Deno.connect({ port: rig.portOf(kind) }));
      await wire.send(text);
      const answer = await wire.rest();
      wire.close();
      return answer;
    };
    const request =
      "GET /chat.html?a=b HTTP/1.1\r\nHost: Chat.lan:8443\r\n\r\n";
    for (const kind of ["tls", "http2"] as const) {
      const answer = await say(kind, request.repeat(2));
      assert.equal(answer.split("HTTP/1.1 ").length, 2, kind);
      assert.match(answer, /^HTTP\/1\.1 308 /);
      assert.match(
        answer,
        /\r\nLocation: https:\/\/chat\.lan:8443\/chat\.html\?a=b\r\n/,
      );
      assert.match(answer, /\r\nConnection: close\r\n/);
    }
    const bare = await say("tls", "GET / HTTP/1.1\r\nHost: chat.lan\r\n\r\n");
    assert.match(bare, /\r\nLocation: https:\/\/chat\.lan\/\r\n/);
    const nonsense = ["GET / HTTP/1.0\r\n\r\n", "GET", "HELO x\r\n\r\n"];
    for (const text of nonsense) {
      assert.match(await say("tls", text), /^HTTP\/1\.1 400 /, text);
    }
    // Nobody speaks like that: there is nothing to say.
    assert.equal(await say("tls", "\x80\x01"), "");
    const secure = await rig.connectTls();
    await secure.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
    const upstream = await rig.backend.accept();
    await upstream.until("\r\n\r\n");
    await upstream.send(ok("there"));
    assert.match(await secure.message(), /there$/);
  });
});

Deno.test("`redirect https` keeps method, path and query, on plain doors only", async () => {
  const conf =
    'host "a.test" { redirect https 8443; proxy_pass http://127.0.0.1:{first}; }\n' +
    'host "*" { proxy_pass http://127.0.0.1:{first}; }';
  await withDoors({ kinds: [...BOTH], conf }, async (rig) => {
    const client = await rig.connect();
    await client.send(
      "POST /p%20q?x=1&y HTTP/1.1\r\nHost: a.test:8081\r\nContent-Length: 0\r\n\r\n",
    );
    const answer = await client.message();
    assert.match(answer, /^HTTP\/1\.1 308 Permanent Redirect\r\n/);
    // Browsers keep a 308 for ever, and the line may leave the conf again.
    assert.match(answer, /\r\nCache-Control: no-store\r\n/);
    assert.match(
      answer,
      /\r\nLocation: https:\/\/a\.test:8443\/p%20q\?x=1&y\r\n/,
    );
    await client.send("GET / HTTP/1.1\r\nHost: A.test.:\r\n\r\n");
    assert.match(
      await client.message(),
      /\r\nLocation: https:\/\/a\.test\.:8443\/\r\n/,
    );
    // The connection lives on, and another host is not sent away.
    await client.send("GET / HTTP/1.1\r\nHost: b.test\r\n\r\n");
    const upstream = await rig.backend.accept();
    await upstream.until("\r\n\r\n");
    await upstream.send(ok("b"));
    assert.match(await client.message(), /b$/);
    const secure = await rig.connectTls();
    await secure.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
    await upstream.until("\r\n\r\n");
    await upstream.send(ok("there"));
    assert.match(await secure.message(), /there$/);
  });
});

Deno.test("`redirect https` believes a trusted proxy that the client came by https", async () => {
  const conf = (trusted: string) =>
    `${trusted}host "*" { redirect https 443; proxy_pass http://127.0.0.1:{first}; }`;
  const request =
    "GET / HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-Proto: https\r\n\r\n";
  await withDoors({ kinds: ["plain"], conf: conf("") }, async (rig) => {
    const stranger = await rig.connect();
    await stranger.send(request);
    assert.match(await stranger.message(), /Location: https:\/\/a\.test\/\r\n/);
    await rig.reload(conf("trusted_proxies 127.0.0.1;\n"));
    const known = await rig.connect();
    await known.send(request);
    const upstream = await rig.backend.accept();
    await upstream.until("\r\n\r\n");
    await upstream.send(ok("as told"));
    assert.match(await known.message(), /as told$/);
  });
});

Deno.test("another certificate holds for connections from then on", async () => {
  await withDoors({ kinds: ["tls"], conf: CONF }, async (rig) => {
    const before = await rig.connectTls();
    await rig.reload(CONF, { certificate: await certificateFor("other.test") });
    using stranger = await Deno.connectTls({
      hostname: "localhost",
      port: rig.portOf("tls"),
      caCerts: [authority.certificate],
    });
    await assert.rejects(
      stranger.handshake(),
      /not valid for name "localhost"/,
    );
    await before.send(GET);
    const upstream = await rig.backend.accept();
    await upstream.until("\r\n\r\n");
    await upstream.send(ok("still here"));
    assert.match(await before.message(), /still here$/);
  });
});

Deno.test("strangers who break off, or talk nonsense, at any point harm nobody", async () => {
  await withDoors({ kinds: ["tls", "http2"], conf: CONF }, async (rig) => {
    const hello = await helloBytes();
    const random = seededRandom(7);
    const ports = [rig.portOf("tls"), rig.portOf("http2")];
    for (let round = 0; round < 150; round++) {
      const port = ports[round % 2]!;
      const bytes = hello.slice(0, Math.floor(random() * hello.length));
      if (random() < 0.5) {
        const at = Math.floor(random() * bytes.length);
        bytes[at] = Math.floor(random() * 256);
      }
      const wire = new Wire(await Deno.connect({ port }));
      await wire.sendBytes(bytes);
      if (random() < 0.3) await settled();
      wire.close();
    }
    // Also those who have shaken hands, and leave without a word.
    for (let round = 0; round < 20; round++) {
      const client = await rig.connectTls();
      await client.send("GET / HTTP/1.1\r\nHo");
      client.close();
    }
    const client = await rig.connectTls();
    await client.send(GET);
    const upstream = await rig.backend.accept();
    await upstream.until("\r\n\r\n");
    await upstream.send(ok("fine"));
    assert.match(await client.message(), /fine$/);
    assert.deepEqual(rig.lines, []);
  });
});

/** What a client says first. */
async function helloBytes(): Promise<Uint8Array> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asking = Deno.connectTls({
    hostname: "localhost",
    port: listener.addr.port,
  });
  using conn = await listener.accept();
  using client = await asking;
  const shaken = client.handshake().catch(() => {});
  const bytes = new Uint8Array(4096);
  const count = await conn.read(bytes) ?? 0;
  listener.close();
  conn.closeWrite();
  await shaken;
  return bytes.slice(0, count);
}
