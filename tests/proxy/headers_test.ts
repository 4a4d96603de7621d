/**
 * What the conf sets in requests and adds to answers, and whom it believes.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- requests come one after the other
import assert from "node:assert/strict";
import { ok, withProxy } from "./rig.ts";

/** What the backend sees of `fields`, and the client of the answer. */
async function seen(
  directives: string,
  fields = "",
  answer = ok("x"),
): Promise<{ request: string; answer: string }> {
  let request = "";
  let got = "";
  const conf =
    `host "*" { proxy_pass http://127.0.0.1:{first};\n${directives} }`;
  const text = directives.startsWith("trusted") ? swapped(directives) : conf;
  await withProxy({ conf: text }, async ({ connect, backend }) => {
    const client = await connect();
    await client.send(`GET / HTTP/1.1\r\nHost: a.test:81\r\n${fields}\r\n`);
    const upstream = await backend.accept();
    request = await upstream.message();
    await upstream.send(answer);
    got = await client.message();
  });
  return { request, answer: got };
}

/** The first directive outside of the host, the rest in it. */
function swapped(directives: string): string {
  const [first, ...rest] = directives.split("\n");
  return `${first}\nhost "*" { proxy_pass http://127.0.0.1:{first};\n${
    rest.join("\n")
  } }`;
}

Deno.test("every variable stands for what it says", async () => {
  const { request } = await seen(
    `proxy_set_header X-All "$host|$remote_addr|$scheme|$proxy_add_x_forwarded_for|$http_x_lang|$http_none";`,
    "X-Lang: vi\r\nx-lang: en\r\n",
  );
  assert.match(
    request,
    /\r\nX-All: a\.test:81\|127\.0\.0\.1\|http\|127\.0\.0\.1\|vi, en\|\r\n/,
  );
});

Deno.test("$request_id is one for each request, and another for the next", async () => {
  const conf = `host "*" { proxy_pass http://127.0.0.1:{first};
    proxy_set_header X-Request-Id $request_id;
    proxy_set_header X-Again $request_id;
    add_header X-Request-Id $request_id; }`;
  await withProxy({ conf }, async ({ connect, backend }) => {
    const client = await connect();
    const ids = new Set();
    let upstream;
    for (let at = 0; at < 2; at++) {
      await client.send(
        "GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: forged\r\n\r\n",
      );
      upstream ??= await backend.accept();
      const request = await upstream.message();
      const id = /X-Request-Id: ([\w-]{22})\r\n/.exec(request)?.[1];
      assert.ok(id !== undefined && request.includes(`X-Again: ${id}\r\n`));
      assert.doesNotMatch(request, /forged/);
      await upstream.send(ok("x"));
      assert.ok((await client.message()).includes(`X-Request-Id: ${id}\r\n`));
      ids.add(id);
    }
    assert.equal(ids.size, 2);
  });
});

Deno.test("$request_id is what a trusted proxy sent, where that looks like one", async () => {
  const trusting =
    "trusted_proxies 127.0.0.1;\nproxy_set_header X-Request-Id $request_id;";
  const told = await seen(trusting, "X-Request-Id: abc-123\r\n");
  assert.match(told.request, /\r\nX-Request-Id: abc-123\r\n/);
  for (
    const fields of [
      `X-Request-Id: ${"x".repeat(129)}\r\n`,
      "X-Request-Id: a b\r\n",
      "X-Request-Id: one\r\nX-Request-Id: two\r\n",
    ]
  ) {
    const { request } = await seen(trusting, fields);
    assert.match(request, /\r\nX-Request-Id: [\w-]{22}\r\n/);
  }
});

Deno.test("an empty value removes the client's header", async () => {
  const { request } = await seen(
    'proxy_set_header Accept-Encoding "";\nproxy_set_header Authorization "";',
    "accept-encoding: gzip\r\nAuthorization: Basic x\r\nX-Kept: 1\r\n",
  );
  assert.doesNotMatch(request, /accept-encoding|authorization/i);
  assert.match(request, /X-Kept: 1/);
});

Deno.test("a name that imitates one that is set is dropped, others are kept", async () => {
  const { request } = await seen(
    "proxy_set_header X-Real-User nobody;",
    "X_Real_User: admin\r\nx.real.user: admin\r\nX-Real_User: admin\r\nX-REAL-USER: admin\r\nX_Other_Name: kept\r\n",
  );
  assert.doesNotMatch(request, /admin/);
  assert.match(request, /\r\nX-Real-User: nobody\r\n/);
  assert.match(request, /\r\nX_Other_Name: kept\r\n/);
});

Deno.test("no name that Connection lists takes away what is set", async () => {
  const { request } = await seen(
    "proxy_set_header X-Real-Auth yes;",
    "Connection: close, X-Real-Auth, X-Forwarded-For\r\nX-Real-Auth: no\r\n",
  );
  assert.match(request, /\r\nX-Real-Auth: yes\r\n/);
  assert.match(request, /\r\nX-Forwarded-For: 127\.0\.0\.1\r\n/);
  assert.doesNotMatch(request, /: no\r\n/);
});

Deno.test("Forwarded goes out only where it is set, as RFC 7239 quotes it", async () => {
  const silent = await seen("", "Forwarded: for=1.1.1.1\r\n");
  assert.doesNotMatch(silent.request, /\nForwarded:/);
  const { request } = await seen(
    "proxy_set_header Forwarded $proxy_add_forwarded;",
    "Forwarded: for=1.1.1.1\r\n",
  );
  assert.match(
    request,
    /\r\nForwarded: for=unknown, for=127\.0\.0\.1;host="a\.test:81";proto=http\r\n/,
  );
});

Deno.test("Forwarded from a trusted proxy is carried on only where it is set", async () => {
  const fields = 'Forwarded: for="[2001:db8::1]"\r\nForwarded: for=b\r\n';
  const trusting = "trusted_proxies 127.0.0.1;";
  const silent = await seen(trusting, fields);
  assert.doesNotMatch(silent.request, /\nForwarded:/);
  const { request } = await seen(
    `${trusting}\nproxy_set_header Forwarded $proxy_add_forwarded;`,
    fields,
  );
  assert.match(
    request,
    /\r\nForwarded: for="\[2001:db8::1\]", for=b, for=127\.0\.0\.1;host="a\.test:81";proto=http\r\n/,
  );
});

Deno.test("$remote_addr is the client that a trusted proxy names", async () => {
  const { request } = await seen(
    "trusted_proxies 127.0.0.1;\nproxy_set_header X-Real-IP $remote_addr;",
    "X-Forwarded-For: 8.8.8.8, 192.0.2.7\r\nX-Forwarded-Host: shop.test\r\nX-Forwarded-Proto: https\r\n",
  );
  assert.match(request, /\r\nX-Real-IP: 192\.0\.2\.7\r\n/);
  assert.match(
    request,
    /\r\nX-Forwarded-For: 8\.8\.8\.8, 192\.0\.2\.7, 127\.0\.0\.1\r\n/,
  );
  assert.match(request, /\r\nX-Forwarded-Host: shop\.test\r\n/);
  assert.match(request, /\r\nX-Forwarded-Proto: https\r\n/);
});

Deno.test("$http_NAME tells no claim of a stranger", async () => {
  const { request } = await seen(
    'proxy_set_header X-Copy "[$http_x_forwarded_for$http_x_real_ip$http_forwarded]";',
    "X-Forwarded-For: 1.1.1.1\r\nX-Real-IP: 1.1.1.1\r\nForwarded: for=1.1.1.1\r\n",
  );
  assert.match(request, /\r\nX-Copy: \[\]\r\n/);
});

Deno.test("add_header adds to answers that went well, and with always to all", async () => {
  const directives =
    'add_header X-Well "so, $host";\nadd_header X-Ever "là" always;\nadd_header X-Well two;';
  const well = await seen(directives, "", ok("x", "X-Well: own\r\n"));
  assert.deepEqual(well.answer.match(/X-\w+: .*(?=\r\n)/g), [
    "X-Well: own",
    "X-Ever: l\u00c3\u00a0",
    "X-Well: so, a.test:81",
    "X-Well: two",
  ]);
  const bad = await seen(
    directives,
    "",
    "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
  );
  assert.deepEqual(bad.answer.match(/X-\w+: .*(?=\r\n)/g), [
    "X-Ever: l\u00c3\u00a0",
  ]);
});

Deno.test("add_header with always stands on the proxy's own error page, once", async () => {
  const conf = `host "*" {
    proxy_pass http://127.0.0.1:{first};
    add_header X-Ever "$host là" always;
    add_header X-Well yes;
  }`;
  await withProxy({ conf }, async ({ connect, backend }) => {
    backend.close();
    const client = await connect();
    await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const page = await client.message();
    assert.match(page, /^HTTP\/1\.1 502 /);
    assert.match(page, /\r\nX-Ever: a l\u00c3\u00a0\r\n/);
    assert.doesNotMatch(page, /X-Well/);
    await client.send("GET /../ HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.doesNotMatch(await client.rest(), /X-Ever/);
  });
});

Deno.test("a location's headers take the place of its host's of the same name", async () => {
  const conf = `host "*" {
    proxy_pass http://127.0.0.1:{first};
    add_header X-A host;
    add_header X-B host;
    location / { add_header x-b location; }
  }`;
  await withProxy({ conf }, async ({ connect, backend }) => {
    const client = await connect();
    await client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    const upstream = await backend.accept();
    await upstream.message();
    await upstream.send(ok(""));
    const answer = await client.message();
    assert.match(answer, /\r\nX-A: host\r\nx-b: location\r\n/);
    assert.doesNotMatch(answer, /X-B: host/);
  });
});
