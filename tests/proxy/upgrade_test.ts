/**
 * Upgrades that come to nothing: no byte behind the request gets past the
 * proxy's own reading unless the backend has agreed to a WebSocket.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- bytes come in their order
import assert from "node:assert/strict";
import { ok, settled, withProxy } from "./rig.ts";

const UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
const ASK = `GET /ws HTTP/1.1\r\nHost: a\r\n${UPGRADE}\r\n`;
const HIDDEN = "GET /admin/x HTTP/1.1\r\nHost: a\r\nX-Real-IP: 8.8.8.8\r\n\r\n";
/** Connections to backends show all that they were sent by their end. */
const CONF = `proxy_keepalive 0; host "*" {
  proxy_pass http://127.0.0.1:{first};
  location /admin/ { proxy_pass http://127.0.0.1:{second}; }
}`;

for (
  const answer of [
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno",
    "HTTP/1.1 200 OK\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n",
    "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
  ]
) {
  const shown = JSON.stringify(answer.slice(9, 60));
  Deno.test(`what is smuggled behind an upgrade answered with ${shown} is a request like any other`, async () => {
    await withProxy({ conf: CONF }, async ({ connect, backend, second }) => {
      const client = await connect();
      await client.send(ASK + HIDDEN);
      const upstream = await backend.accept();
      await upstream.until("\r\n\r\n");
      await upstream.send(answer);
      const head = await client.until("\r\n\r\n");
      assert.equal(head.slice(0, 12), answer.slice(0, 12));
      assert.doesNotMatch(head, /upgrade: /i);
      // Routed, and with the proxy's own fields for the client's claims.
      const other = await second.accept();
      const hidden = await other.until("\r\n\r\n");
      assert.match(hidden, /^GET \/admin\/x .*\r\nX-Forwarded-For: /s);
      assert.doesNotMatch(hidden, /8\.8\.8\.8/);
      assert.equal(await upstream.rest(), "");
    });
  });
}

for (
  const [title, fields] of [
    ["another protocol", "Connection: Upgrade\r\nUpgrade: h2c\r\n"],
    ["two protocols", "Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n"],
    ["no protocol", ""],
  ] as const
) {
  Deno.test(`a 101 that agrees to ${title} opens no tunnel`, async () => {
    await withProxy({ conf: CONF }, async ({ connect, backend }) => {
      const client = await connect();
      await client.send(`${ASK}${HIDDEN}`);
      const upstream = await backend.accept();
      await upstream.until("\r\n\r\n");
      await upstream.send(`HTTP/1.1 101 Yes\r\n${fields}\r\nhello`);
      assert.match(await client.message(), /^HTTP\/1\.1 502 /);
      assert.equal(await upstream.rest(), "");
    });
  });
}

for (
  const [title, request] of [
    [
      "with POST",
      `POST /ws HTTP/1.1\r\nHost: a\r\n${UPGRADE}Content-Length: 0\r\n\r\n`,
    ],
    [
      "with a body",
      `GET /ws HTTP/1.1\r\nHost: a\r\n${UPGRADE}Content-Length: 5\r\n\r\nhello`,
    ],
    [
      "with chunks",
      `GET /ws HTTP/1.1\r\nHost: a\r\n${UPGRADE}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ["by HTTP/1.0", `GET /ws HTTP/1.0\r\nHost: a\r\n${UPGRADE}\r\n`],
    [
      "to two protocols",
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket, h2c\r\n\r\n",
    ],
    [
      "said twice",
      `GET /ws HTTP/1.1\r\nHost: a\r\n${UPGRADE}Upgrade: websocket\r\n\r\n`,
    ],
    [
      "that Connection does not name",
      "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n",
    ],
    [
      "disguised",
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUp_grade: websocket\r\n\r\n",
    ],
  ] as const
) {
  Deno.test(`an upgrade ${title} is asked of nobody, and a 101 to it is an error`, async () => {
    await withProxy({ conf: CONF }, async ({ connect, backend }) => {
      for (
        const answer of [ok("plain"), "HTTP/1.1 101 Yes\r\n" + UPGRADE + "\r\n"]
      ) {
        const client = await connect();
        await client.send(request);
        const upstream = await backend.accept();
        const seen = await upstream.until("\r\n\r\n");
        assert.doesNotMatch(seen, /\r\n(Connection|Upgrade):/i);
        await settled();
        await upstream.send(answer);
        const expected = answer.includes(" 200 ")
          ? /^HTTP\/1\.1 200 /
          : /^HTTP\/1\.1 502 /;
        assert.match(await client.message(), expected);
        client.close();
      }
    });
  });
}
