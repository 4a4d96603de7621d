/**
 * Which backend a request reaches, as raw bytes over a real connection.
 * @module
 */
import assert from "node:assert/strict";
import { type Rig, withProxy } from "./rig.ts";
import { said, type ServingBackend, withBackends } from "./serving_backend.ts";

/** Every host's backend answers with the host's own name. */
const HOSTS = [
  "a.test:8081",
  "a.test",
  "*.b.test",
  "*.x.b.test",
  "*.b.test:81",
  "[2001:db8::1]",
  "[2001:db8::1]:81",
  "192.0.2.1",
];

function confOf(backends: ServingBackend[], names: string[]): string {
  return names.map((name, at) =>
    `host "${name}" { proxy_pass http://127.0.0.1:${backends[at]!.port}; }`
  ).join("\n");
}

/** Runs `test` behind a proxy with one backend for each of `names`. */
async function withHosts(
  names: string[],
  test: (rig: Rig) => Promise<void>,
): Promise<void> {
  await withBackends(
    names.map((name) => () => said(name)),
    (...backends) => withProxy({ conf: confOf(backends, names) }, test),
  );
}

/** The body where the answer is 200, else its status. */
async function reached({ connect }: Rig, request: string): Promise<string> {
  const client = await connect();
  await client.send(request);
  const message = await client.message();
  const status = message.slice(9, 12);
  return status === "200" ? message.split("\r\n\r\n")[1]! : status;
}

const GET_OF = (host: string, target = "/") =>
  `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

for (
  const [host, found] of [
    ["a.test:8081", "a.test:8081"],
    ["a.test", "a.test"],
    ["a.test:9999", "a.test"],
    ["A.TEST", "a.test"],
    ["a.Test:8081", "a.test:8081"],
    ["a.test.", "a.test"],
    ["A.test.:8081", "a.test:8081"],
    // RFC 3986 3.2.3: a port may be empty, and then it is the usual one.
    ["a.test:", "a.test"],
    ["w.x.b.test:", "*.x.b.test"],
    ["[2001:db8::1]:", "[2001:db8::1]"],
    ["www.b.test", "*.b.test"],
    ["w.w.b.test:9", "*.b.test"],
    ["w.x.b.test", "*.x.b.test"],
    ["x.b.test", "*.b.test"],
    ["www.b.test:81", "*.b.test:81"],
    ["b.test", "404"],
    ["[2001:db8::1]", "[2001:db8::1]"],
    ["[2001:DB8::1]:80", "[2001:db8::1]"],
    ["[2001:db8::1]:81", "[2001:db8::1]:81"],
    ["[2001:db8::2]", "404"],
    ["192.0.2.1:80", "192.0.2.1"],
    ["192.0.2.11", "404"],
    ["c.test", "404"],
    ["a.test.evil", "404"],
    ["evil-a.test", "404"],
    ["xb.test", "404"],
  ] as const
) {
  Deno.test(`Host ${host} is answered by ${found}`, async () => {
    await withHosts(HOSTS, async (rig) => {
      assert.equal(await reached(rig, GET_OF(host)), found);
    });
  });
}

Deno.test('host "*" takes the rest, and a request of HTTP/1.0 without a host', async () => {
  await withHosts(["a.test", "*"], async (rig) => {
    assert.equal(await reached(rig, GET_OF("a.test")), "a.test");
    assert.equal(await reached(rig, GET_OF("c.test:1")), "*");
    assert.equal(await reached(rig, GET_OF("[::1]")), "*");
    assert.equal(await reached(rig, "GET / HTTP/1.0\r\n\r\n"), "*");
  });
});

Deno.test("a target in absolute form outweighs the Host field", async () => {
  await withHosts(["a.test", "b.test:81"], async (rig) => {
    const asked = (target: string, host: string) =>
      reached(rig, GET_OF(host, target));
    assert.equal(await asked("http://a.test/x", "b.test:81"), "a.test");
    assert.equal(await asked("HTTP://B.Test:81", "a.test"), "b.test:81");
    assert.equal(await asked("http://A.test.:/", "b.test:81"), "a.test");
    assert.equal(await asked("http://c.test/", "a.test"), "404");
    assert.equal(await asked("http://u@a.test/", "a.test"), "400");
    assert.equal(await asked("http:///x", "a.test"), "400");
    assert.equal(await asked("ftp://a.test/", "a.test"), "400");
  });
});

for (
  const [title, fields] of [
    ["no Host", ""],
    ["two Hosts", "Host: a.test\r\nHost: a.test\r\n"],
    ["two different Hosts", "Host: a.test\r\nhost: b.test\r\n"],
    ["an empty Host", "Host: \r\n"],
    ["a Host with a path", "Host: a.test/x\r\n"],
    ["a Host with a user", "Host: a.test@evil.test\r\n"],
    ["a Host with a blank", "Host: a.test evil\r\n"],
    ["a list of Hosts", "Host: a.test, b.test\r\n"],
    ["a Host that is a port only", "Host: :80\r\n"],
    ["a Host of a colon", "Host: :\r\n"],
    ["a Host with a bad port", "Host: a.test:80a\r\n"],
    ["a Host with too large a port", "Host: a.test:70000\r\n"],
    ["a Host of an unclosed bracket", "Host: [::1\r\n"],
    ["a Host of no address", "Host: [1:2]\r\n"],
    ["a Host with an empty label", "Host: a..test\r\n"],
    ["a blank before the colon", "Host : a.test\r\n"],
    ["a folded Host", "Host:\r\n a.test\r\n"],
    ["a NUL in Host", "Host: a.test\u0000\r\n"],
  ] as const
) {
  Deno.test(`${title} is answered with 400 though there is a host "*"`, async () => {
    await withHosts(["*"], async (rig) => {
      const request = `GET / HTTP/1.1\r\n${fields}X-A: b\r\n\r\n`;
      assert.equal(await reached(rig, request), "400");
    });
  });
}

Deno.test("the longest location wins, however the path is written", async () => {
  const names = ["root", "api", "v2"];
  await withBackends(names.map((name) => () => said(name)), async (...all) => {
    const [root, api, v2] = all.map(({ port }) => `http://127.0.0.1:${port}`);
    const conf = `host "*" {
      location /api/v2/ { proxy_pass ${v2}; }
      proxy_pass ${root};
      location /api { proxy_pass ${api}; }
    }`;
    await withProxy({ conf }, async (rig) => {
      for (
        const [target, found] of [
          ["/", "root"],
          ["/apix", "root"],
          ["/api", "api"],
          ["/api?x=/api/v2/", "api"],
          ["/api/v2", "api"],
          ["/api/v2/", "v2"],
          ["/API/v2/", "root"],
          ["/api/v2/../x", "api"],
          ["/api/%76%32/x", "v2"],
          ["/x/%2e%2e/api/y", "api"],
          ["//api//v2//x", "v2"],
          ["/api/./v2/x", "v2"],
          ["/api/v2/../../..", "400"],
          ["/%2e%2e/api", "400"],
        ] as const
      ) {
        assert.equal(await reached(rig, GET_OF("a", target)), found, target);
      }
    });
  });
});
