/**
 * Backends that are dead, slow, or lie, and clients that leave.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- requests come one after the other
import assert from "node:assert/strict";
import type { Dial } from "../../lib/proxy/pool.ts";
import { dialTcp } from "../../lib/proxy/server.ts";
import { GET, ok, passing, settled, withProxy, withRequest } from "./rig.ts";

const TWO = `host "*" {
  proxy_pass http://127.0.0.1:{first};
  proxy_pass http://127.0.0.1:{second};
}`;

/** A dial that never gets through, until it is told to give up. */
const silentDial: Dial = ({ signal }) =>
  new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason))
  );

Deno.test("a dead backend is answered with 502 at once, without its address", async () => {
  await withProxy({}, async ({ connect, backend, lines }) => {
    const { port } = backend;
    backend.close();
    const client = await connect();
    await client.send(GET);
    const message = await client.message();
    assert.match(message, /^HTTP\/1\.1 502 Bad Gateway\r\n/);
    assert.match(message, /text\/html/);
    assert.ok(!message.includes(String(port)));
    assert.match(
      lines.join("\n"),
      /backend 127\.0\.0\.1:\d+ is down: connection refused/,
    );
    await client.send(
      GET.replace("\r\n\r\n", "\r\nAccept: application/json\r\n\r\n"),
    );
    assert.match(await client.message(), /\{"error":\{"code":"bad-gateway"/);
  });
});

Deno.test("a backend that does not take the connection in time gives 504", async () => {
  await withProxy({ dial: silentDial }, async ({ connect, clock }) => {
    const client = await connect();
    await client.send(GET);
    const [message, tookMs] = await passing(clock, client.message());
    assert.match(message, /^HTTP\/1\.1 504 /);
    assert.ok(tookMs >= 5000 && tookMs < 10_000, String(tookMs));
  });
});

Deno.test("a backend that does not answer in time gives 504, and is not asked twice", async () => {
  await withRequest({ conf: TWO }, async ({ client, upstream, clock }) => {
    const [message, tookMs] = await passing(clock, client.message());
    assert.match(message, /^HTTP\/1\.1 504 /);
    assert.ok(tookMs >= 60_000 && tookMs < 70_000, String(tookMs));
    assert.equal(await upstream.rest(), "");
  });
});

Deno.test("a host without targets gives 503", async () => {
  await withProxy({ conf: 'host "*" { }' }, async ({ connect }) => {
    const client = await connect();
    await client.send(GET);
    assert.match(await client.message(), /^HTTP\/1\.1 503 /);
  });
});

Deno.test("a refused connection is tried on the next target, whatever the method", async () => {
  let refusals = 1;
  const dial: Dial = (options) => {
    if (refusals-- > 0) {
      return Promise.reject(new Deno.errors.ConnectionRefused("refused"));
    }
    return dialTcp(options);
  };
  await withProxy({ conf: TWO, dial }, async ({ connect, second }) => {
    const client = await connect();
    await client.send(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab",
    );
    const upstream = await second.accept();
    await upstream.until("\r\n\r\nab");
    await client.send("cd");
    assert.equal(await upstream.take(2), "cd");
    await upstream.send(ok("second"));
    assert.match(await client.message(), /second$/);
    await client.send(GET);
    assert.match(await upstream.message(), /^GET/);
  });
});

Deno.test("a GET that got no byte of an answer goes to the next target", async () => {
  await withProxy({ conf: TWO }, async ({ connect, backend, second }) => {
    const client = await connect();
    await client.send(GET);
    const first = await backend.accept();
    await first.message();
    first.close();
    const other = await second.accept();
    await other.message();
    await other.send(ok("second"));
    assert.match(await client.message(), /second$/);
  });
});

Deno.test("a POST that may have been received is not sent again", async () => {
  await withRequest({
    conf: TWO,
    request: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab",
    until: "ab",
  }, async ({ client, upstream }) => {
    upstream.close();
    assert.match(await client.message(), /^HTTP\/1\.1 502 /);
  });
});

Deno.test("a GET is repeated once where a kept connection was just closing", async () => {
  await withRequest({}, async ({ client, upstream, backend }) => {
    await upstream.send(ok("one"));
    await client.message();
    await client.send(GET);
    await upstream.message();
    upstream.close();
    const fresh = await backend.accept();
    await fresh.message();
    await fresh.send(ok("two"));
    assert.match(await client.message(), /two$/);
  });
});

Deno.test("a kept connection that the backend closes is not used again", async () => {
  await withRequest({}, async ({ client, upstream, backend }) => {
    await upstream.send(ok("one"));
    await client.message();
    upstream.close();
    await settled();
    await client.send(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    );
    const fresh = await backend.accept();
    assert.match(await fresh.message(), /^POST/);
    await fresh.send(ok("two"));
    assert.match(await client.message(), /two$/);
  });
});

Deno.test("a kept connection is given up before the backend would", async () => {
  await withRequest({}, async ({ client, upstream, clock }) => {
    await upstream.send(ok("one"));
    await client.message();
    const [rest, tookMs] = await passing(clock, upstream.rest());
    assert.equal(rest, "");
    assert.ok(tookMs >= 4000 && tookMs < 10_000, String(tookMs));
  });
});

Deno.test("a backend that speaks unasked loses its connection", async () => {
  await withRequest({}, async ({ client, upstream, backend }) => {
    await upstream.send(
      `${ok("one")}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`,
    );
    assert.match(await client.message(), /one$/);
    await client.send(GET);
    const fresh = await backend.accept();
    await fresh.message();
    await fresh.send(ok("two"));
    assert.match(await client.message(), /two$/);
  });
});

for (
  const [title, response] of [
    ["a length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"],
    [
      "chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ],
  ] as const
) {
  Deno.test(`a response cut short of ${title} never looks whole`, async () => {
    await withRequest({}, async ({ client, upstream }) => {
      await upstream.send(response);
      upstream.close();
      const message = await client.rest();
      assert.match(message, /^HTTP\/1\.1 200 /);
      assert.doesNotMatch(message, /0\r\n\r\n$/);
      if (title === "a length") assert.match(message, /Content-Length: 10/);
    });
  });
}

for (
  const response of [
    "hello\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
    "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
    `HTTP/1.1 200 OK\r\nX: ${"y".repeat(20_000)}\r\n\r\n`,
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n",
    "HTTP/1.1 200 O",
  ]
) {
  const shown = JSON.stringify(response.slice(0, 60));
  Deno.test(`a backend that answers ${shown} gives 502`, async () => {
    await withRequest({}, async ({ client, upstream }) => {
      await upstream.send(response).catch(() => {});
      if (response.endsWith(" O")) await upstream.closeWrite();
      assert.match(await client.message(), /^HTTP\/1\.1 502 /);
      assert.equal(await upstream.rest(), "");
    });
  });
}

Deno.test("a client that leaves while it waits closes the upstream connection", async () => {
  await withRequest({}, async ({ client, upstream }) => {
    client.close();
    assert.equal(await upstream.rest(), "");
  });
});

Deno.test("a client that leaves within its body closes the upstream connection", async () => {
  await withRequest({
    request: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab",
    until: "ab",
  }, async ({ client, upstream }) => {
    client.close();
    assert.equal(await upstream.rest(), "");
  });
});

Deno.test("a client that leaves within a stream closes the upstream connection", async () => {
  await withRequest({}, async ({ client, upstream }) => {
    await upstream.send(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
    );
    await client.until("a\r\n");
    client.close();
    assert.equal(await upstream.rest(), "");
  });
});

Deno.test("a backend that failed is left alone, and asked again later", async () => {
  await withProxy(
    { conf: TWO },
    async ({ connect, backend, second, clock }) => {
      const client = await connect();
      await client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
      );
      const first = await backend.accept();
      await first.message();
      first.close();
      await client.message();
      await client.send(GET);
      const other = await second.accept();
      for (let turn = 0; turn < 3; turn++) {
        await other.message();
        await other.send(ok("second"));
        await client.message();
        if (turn < 2) await client.send(GET);
      }
      clock.advance(11_000);
      // Two at once: one of them is the first backend's turn.
      await client.send(GET);
      await (await connect()).send(GET);
      const again = await backend.accept();
      assert.match(await again.message(), /^GET/);
    },
  );
});
