/**
 * What a backend sees of a request and a client of a response, byte for byte.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- requests come one after the other
import assert from "node:assert/strict";
import {
  GET,
  ok,
  type RigOptions,
  settled,
  withProxy,
  withRequest,
} from "./rig.ts";

/** The lines of a message's head. */
function linesOf(message: string): string[] {
  return message.split("\r\n\r\n")[0]!.split("\r\n");
}

/** What the backend sees of `request`, and the client of `response`. */
async function passed(
  request: string,
  { response = ok("ok"), ...options }: RigOptions & { response?: string } = {},
): Promise<{ request: string; response: string }> {
  let seen = "";
  let got = "";
  await withProxy(options, async ({ connect, backend }) => {
    const client = await connect();
    await client.send(request);
    const upstream = await backend.accept();
    seen = await upstream.until("\r\n\r\n");
    await upstream.send(response);
    upstream.close();
    got = await client.until("\r\n\r\n");
    client.close();
    await upstream.closeWrite().catch(() => {});
  });
  return { request: seen, response: got };
}

Deno.test("a request is forwarded as it came, with what the proxy adds", async () => {
  const { request } = await passed(
    "GET /a%20b?c HTTP/1.1\r\nhost: a.test:8081\r\nX-B: 2\r\nx-a:1 \r\nX-B: 3\r\n\r\n",
  );
  assert.equal(
    request,
    "GET /a%20b?c HTTP/1.1\r\nhost: a.test:8081\r\nX-B: 2\r\nx-a:1 \r\nX-B: 3\r\n" +
      "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a.test:8081\r\n\r\n",
  );
});

Deno.test("hop-by-hop fields stay behind, also those that Connection names", async () => {
  const { request } = await passed(
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Hop, Host\r\nKeep-Alive: 5\r\n" +
      "TE: trailers\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nX-Hop: 1\r\nX-Stays: 2\r\n\r\n",
  );
  assert.deepEqual(
    linesOf(request).slice(1, -3),
    ["X-Stays: 2"].toSpliced(0, 0, "Host: a"),
  );
});

Deno.test("what a stranger claims about itself is dropped, in any disguise", async () => {
  const { request } = await passed(
    "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\nForwarded: for=1.1.1.1\r\n" +
      "X_Forwarded_For: 1.1.1.1\r\nX.Real.IP: 1.1.1.1\r\nX-Real-IP: 1.1.1.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: b\r\n\r\n",
  );
  assert.deepEqual(linesOf(request).slice(1), [
    "Host: a",
    "X-Forwarded-For: unknown, 127.0.0.1",
    "X-Forwarded-Proto: http",
    "X-Forwarded-Host: a",
  ]);
});

Deno.test("a client of this machine that claims nothing is told of as it is", async () => {
  const { request } = await passed("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.match(request, /\r\nX-Forwarded-For: 127\.0\.0\.1\r\n/);
});

Deno.test("a trailer is no way around what is set, nor around a client's claims", async () => {
  const conf = `host "*" {
    proxy_pass http://127.0.0.1:{first};
    proxy_set_header X-User "";
  }`;
  await withRequest({
    conf,
    request: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    until: "\r\n\r\n",
  }, async ({ client, upstream }) => {
    await client.send(
      "1\r\na\r\n0\r\nX-User: root\r\nX-Sum: 1\r\nx_user: root\r\n\r\n",
    );
    assert.equal(
      await upstream.until("\r\n\r\n"),
      "1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n",
    );
    await upstream.send(ok(""));
    await client.message();
    await client.send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
        "1\r\na\r\n0\r\nX-User: root\r\n\r\n",
    );
    await upstream.until("\r\n\r\n");
    assert.equal(await upstream.take(11), "1\r\na\r\n0\r\n\r\n");
  });
});

Deno.test("what a trusted proxy tells is kept, and its own address added", async () => {
  const { request } = await passed(
    "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\nX-Forwarded-Proto: https\r\n\r\n",
    {
      conf:
        'trusted_proxies 127.0.0.0/8;\nhost "*" { proxy_pass http://127.0.0.1:{first}; }',
    },
  );
  assert.deepEqual(linesOf(request).slice(1), [
    "Host: a",
    "X-Forwarded-Proto: https",
    "X-Forwarded-For: 1.1.1.1, 2.2.2.2, 127.0.0.1",
    "X-Forwarded-Host: a",
  ]);
});

Deno.test("proxy_set_header takes the place of the client's fields", async () => {
  const { request } = await passed(
    "GET / HTTP/1.1\r\nHost: a.test:81\r\nX-Real-Ip: 1.1.1.1\r\nX-Gone: 1\r\nx-id: 2\r\n\r\n",
    {
      conf: `host "*" {
        proxy_pass http://127.0.0.1:{first};
        proxy_set_header Host inner.test;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Gone "";
        proxy_set_header X-Id "$scheme $host $request_id";
      }`,
    },
  );
  const lines = linesOf(request);
  assert.match(lines.pop()!, /^X-Id: http a\.test:81 [\w-]{22}$/);
  assert.deepEqual(lines.slice(1), [
    "X-Forwarded-Proto: http",
    "X-Forwarded-Host: a.test:81",
    "Host: inner.test",
    "X-Real-IP: 127.0.0.1",
    "X-Forwarded-For: unknown, 127.0.0.1",
  ]);
});

for (
  const [title, line, expected] of [
    ["an absolute target names the host", "GET http://b.test:1/x HTTP/1.1", [
      "GET /x HTTP/1.1",
      "Host: b.test:1",
    ]],
    // RFC 9112 3.2.4: of an absolute form without a path, `*` is meant.
    [
      "OPTIONS of an absolute target without a path asks for *",
      "OPTIONS http://b.test:1 HTTP/1.1",
      ["OPTIONS * HTTP/1.1", "Host: b.test:1"],
    ],
    [
      "OPTIONS of an absolute target with a query does not",
      "OPTIONS http://b.test?x HTTP/1.1",
      ["OPTIONS /?x HTTP/1.1", "Host: b.test"],
    ],
    ["OPTIONS * stays", "OPTIONS * HTTP/1.1", [
      "OPTIONS * HTTP/1.1",
      "Host: a",
    ]],
    ["dots in the path stay", "GET /a/../%2e%2e/b HTTP/1.1", undefined],
    ["a double slash stays", "GET //b/x HTTP/1.1", [
      "GET //b/x HTTP/1.1",
      "Host: a",
    ]],
    ["HTTP/1.0 becomes HTTP/1.1", "GET /x HTTP/1.0", [
      "GET /x HTTP/1.1",
      "Host: a",
    ]],
  ] as const
) {
  Deno.test(`request lines: ${title}`, async () => {
    if (expected === undefined) {
      await withProxy({}, async ({ connect }) => {
        const client = await connect();
        await client.send(`${line}\r\nHost: a\r\n\r\n`);
        assert.match(await client.message(), /^HTTP\/1\.1 400 /);
      });
      return;
    }
    const { request } = await passed(`${line}\r\nHost: a\r\n\r\n`);
    assert.deepEqual(linesOf(request).slice(0, 2), expected);
  });
}

Deno.test("locations go to their own backends, and strip their prefix where told", async () => {
  const conf = `
    host "*" {
      proxy_pass http://127.0.0.1:{first};
      location /api { proxy_pass http://127.0.0.1:{second}; strip_prefix true; }
    }`;
  await withProxy({ conf }, async ({ connect, backend, second }) => {
    const client = await connect();
    await client.send("GET /api/x?y HTTP/1.1\r\nHost: a\r\n\r\n");
    const other = await second.accept();
    assert.match(await other.message(), /^GET \/x\?y HTTP/);
    await other.send(ok("two"));
    assert.match(await client.message(), /two$/);
    await client.send("GET /apix HTTP/1.1\r\nHost: a\r\n\r\n");
    const first = await backend.accept();
    assert.match(await first.message(), /^GET \/apix HTTP/);
    await first.send(ok("one"));
    assert.match(await client.message(), /one$/);
    await client.send("GET /x/../api/y HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.match(await client.message(), /^HTTP\/1\.1 400 /);
  });
});

Deno.test("a response is forwarded as it came, repeated fields apart", async () => {
  const response =
    "HTTP/1.1 200 Fine  by me\r\nSet-Cookie: a=1\r\nset-cookie:b=2\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\nX: \u00e9\r\n\r\n\u001f\u008b\u0000\u00ff";
  await withRequest({}, async ({ client, upstream }) => {
    await upstream.send(response);
    assert.equal(await client.message(), response);
  });
});

Deno.test("a response loses its hop-by-hop fields", async () => {
  const { response } = await passed(GET, {
    response:
      "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\nX-Stays: 2\r\nContent-Length: 0\r\n\r\n",
  });
  assert.deepEqual(linesOf(response), [
    "HTTP/1.1 200 OK",
    "X-Stays: 2",
    "Content-Length: 0",
  ]);
});

Deno.test("connections to client and backend are kept and used again", async () => {
  await withProxy({}, async ({ connect, backend }) => {
    const client = await connect();
    await client.send(GET);
    const upstream = await backend.accept();
    for (let turn = 0; turn < 5; turn++) {
      await upstream.message();
      await upstream.send(ok(`answer ${turn}`));
      assert.match(await client.message(), new RegExp(`answer ${turn}$`));
      await client.send(GET);
    }
    await upstream.message();
  });
});

Deno.test("pipelined requests are answered in their order", async () => {
  await withProxy({}, async ({ connect, backend }) => {
    const client = await connect();
    const one = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
    await client.send(`${one("/1")}${one("/2")}${one("/3").slice(0, 9)}`);
    const upstream = await backend.accept();
    for (const path of ["/1", "/2"]) {
      assert.match(await upstream.message(), new RegExp(`^GET ${path} `));
      await upstream.send(ok(path));
      assert.match(await client.message(), new RegExp(`${path}$`));
    }
    await client.send(one("/3").slice(9));
    assert.match(await upstream.message(), /^GET \/3 /);
    await upstream.send(ok("/3"));
    assert.match(await client.message(), /\/3$/);
  });
});

Deno.test("a request body streams while it comes", async () => {
  await withRequest({
    request: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nab",
    until: "\r\n\r\n",
  }, async ({ client, upstream, seen }) => {
    assert.match(seen, /Content-Length: 10\r\n/);
    assert.equal(await upstream.take(2), "ab");
    await client.send("cdef");
    assert.equal(await upstream.take(4), "cdef");
    await client.send("ghij");
    assert.equal(await upstream.take(4), "ghij");
    await upstream.send(ok("done"));
    assert.match(await client.message(), /done$/);
    await client.send(GET);
    assert.match(await upstream.message(), /^GET/);
  });
});

Deno.test("a chunked request body is framed anew, without extensions, with trailers", async () => {
  await withRequest({
    request:
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\na\r\n2\r\nbc\r\n",
    until: "\r\n\r\n",
  }, async ({ client, upstream, seen }) => {
    assert.equal(seen.match(/Transfer-Encoding: chunked/g)?.length, 1);
    assert.equal(await upstream.until("abc\r\n"), "3\r\nabc\r\n");
    await client.send("1\r\nd\r\n0\r\nX-Sum: 1\r\n\r\n");
    assert.equal(
      await upstream.until("\r\n\r\n"),
      "1\r\nd\r\n0\r\nX-Sum: 1\r\n\r\n",
    );
    await upstream.send(ok("done"));
    assert.match(await client.message(), /done$/);
  });
});

Deno.test("a chunked response leaves chunk by chunk, with trailers", async () => {
  await withRequest({}, async ({ client, upstream }) => {
    await upstream.send(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    const head = await client.until("\r\n\r\n");
    assert.equal(head.match(/Transfer-Encoding: chunked/g)?.length, 1);
    await upstream.send("5;x\r\nhello\r\n");
    assert.equal(await client.take(10), "5\r\nhello\r\n");
    await upstream.send("0\r\nX-Sum: 1\r\n\r\n");
    assert.equal(await client.until("\r\n\r\n"), "0\r\nX-Sum: 1\r\n\r\n");
    await client.send(GET);
    assert.match(await upstream.message(), /^GET/);
  });
});

Deno.test("a response that lasts until the close is chunked for HTTP/1.1", async () => {
  await withRequest({}, async ({ client, upstream }) => {
    await upstream.send("HTTP/1.0 200 OK\r\n\r\nhello");
    upstream.close();
    const message = await client.until("0\r\n\r\n");
    assert.equal(
      message,
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    );
  });
});

Deno.test("an HTTP/1.0 client gets a chunked response until the close", async () => {
  await withProxy({}, async ({ connect, backend }) => {
    const client = await connect();
    await client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const upstream = await backend.accept();
    assert.match(await upstream.message(), /^GET \/ HTTP\/1\.1\r\nHost: \r\n/);
    await upstream.send(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    );
    assert.equal(
      await client.rest(),
      "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nab",
    );
  });
});

Deno.test("an HTTP/1.0 client that asks for it is kept", async () => {
  await withProxy({}, async ({ connect, backend }) => {
    const client = await connect();
    const request =
      "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
    await client.send(request);
    const upstream = await backend.accept();
    await upstream.message();
    await upstream.send(ok("a"));
    assert.match(
      await client.message(),
      /\r\nConnection: keep-alive\r\n\r\na$/,
    );
    await client.send(request);
    await upstream.message();
  });
});

Deno.test("HEAD, 204 and 304 have no body and leave the connection in step", async () => {
  await withRequest(
    { request: "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" },
    async ({ client, upstream }) => {
      await upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
      assert.match(await client.until("\r\n\r\n"), /Content-Length: 5/);
      await client.send(GET);
      await upstream.message();
      await upstream.send(
        "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
      );
      assert.equal(
        await client.until("\r\n\r\n"),
        "HTTP/1.1 204 No Content\r\n\r\n",
      );
      await client.send(GET);
      await upstream.message();
      await upstream.send(
        "HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 9\r\n\r\n",
      );
      assert.match(
        await client.until("\r\n\r\n"),
        /^HTTP\/1\.1 304 .*Content-Length: 9/s,
      );
      await client.send(GET);
      assert.match(await upstream.message(), /^GET/);
    },
  );
});

Deno.test("1xx pass on, and 100-continue is the backend's to say", async () => {
  await withRequest({
    request:
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
    until: "\r\n\r\n",
  }, async ({ client, upstream, seen }) => {
    assert.match(seen, /Expect: 100-continue/);
    await upstream.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
    assert.equal(
      await client.until("\r\n\r\n"),
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
    );
    await upstream.send("HTTP/1.1 100 Continue\r\n\r\n");
    assert.equal(
      await client.until("\r\n\r\n"),
      "HTTP/1.1 100 Continue\r\n\r\n",
    );
    await client.send("abc");
    assert.equal(await upstream.take(3), "abc");
    await upstream.send(ok("thanks"));
    assert.match(await client.message(), /thanks$/);
  });
});

Deno.test("a backend that answers before the body has come ends the connection", async () => {
  await withRequest({
    request: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab",
    until: "ab",
  }, async ({ client, upstream }) => {
    await upstream.send("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n");
    assert.match(
      await client.until("\r\n\r\n"),
      /^HTTP\/1\.1 401 .*Connection: close/s,
    );
    assert.equal(await client.rest(), "");
    assert.equal(await upstream.rest(), "");
  });
});

Deno.test("large bodies pass whole, both ways", async () => {
  const size = 3 * 1024 * 1024;
  const body = "0123456789abcdef".repeat(size / 16);
  await withProxy({}, async ({ connect, backend }) => {
    const client = await connect();
    const sending = client.send(
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n${body}`,
    );
    const upstream = await backend.accept();
    await upstream.until("\r\n\r\n");
    assert.ok(await upstream.take(size) === body);
    await sending;
    const answering = upstream.send(ok(body));
    assert.ok((await client.message()).endsWith(body));
    await answering;
  });
});

Deno.test("round-robin takes turns over two backends", async () => {
  const conf = `host "*" {
    proxy_pass http://127.0.0.1:{first};
    proxy_pass http://127.0.0.1:{second};
    dist_policy round-robin
  }`;
  await withProxy({ conf }, async ({ connect, backend, second }) => {
    const client = await connect();
    const wires = [];
    for (const from of [backend, second]) {
      await client.send(GET);
      const wire = await from.accept();
      wires.push(wire);
      await wire.message();
      await wire.send(ok("x"));
      await client.message();
    }
    await client.send(GET);
    await wires[0]!.message();
  });
});

Deno.test("stop() lets what is under way finish and closes what waits", async () => {
  await withProxy({}, async ({ connect, backend, proxy }) => {
    const idle = await connect();
    const busy = await connect();
    await busy.send(GET);
    const upstream = await backend.accept();
    await upstream.message();
    const stopped = proxy.stop(5000);
    assert.equal(await idle.rest(), "");
    await upstream.send(ok("last"));
    const message = await busy.rest();
    assert.match(message, /Connection: close\r\n\r\nlast$/);
    await stopped;
    await assert.rejects(connect(), Deno.errors.ConnectionRefused);
  });
});

Deno.test("stop() waits no longer than it is told", async () => {
  await withProxy({}, async ({ connect, backend, proxy, clock }) => {
    const client = await connect();
    await client.send(GET);
    await backend.accept();
    const stopped = proxy.stop(5000);
    await settled();
    clock.advance(5000);
    assert.equal(await client.rest(), "");
    await stopped;
  });
});
