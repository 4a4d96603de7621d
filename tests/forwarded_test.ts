import assert from "node:assert/strict";
import {
  believedRequest,
  clientIp,
  isHttps,
  LOOPBACK,
  trustedProxies,
} from "../lib/forwarded.ts";

const trusts = trustedProxies([LOOPBACK, "10.1.0.0/16", "fd00:7::/32"]);

function asking(headers: Record<string, string>): Request {
  return new Request("http://chat.lan/login", { headers });
}

function at(hostname: string): Deno.Addr {
  return { transport: "tcp", hostname, port: 50_000 };
}

Deno.test("trustedProxies() takes addresses, networks and the machine itself", () => {
  const trusted = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"];
  trusted.push("10.1.255.1", "::ffff:10.1.0.1", "fd00:7::9", "fd00:7::9%eth0");
  for (const ip of trusted) assert.equal(trusts(ip), true, ip);
  const strangers = ["10.2.0.1", "128.0.0.1", "fd00:8::1", "::2", ""];
  strangers.push("unknown", "127.0.0.1.evil.example", "127.0.0.1:80");
  for (const ip of strangers) assert.equal(trusts(ip), false, ip);
  assert.equal(trustedProxies([])("127.0.0.1"), false);
  const one = trustedProxies(["192.168.1.9"]);
  assert.deepEqual([one("192.168.1.9"), one("192.168.1.8")], [true, false]);
});

Deno.test("trustedProxies() names what is neither address nor network", () => {
  const wrong = ["", "front", "10.0.0", "10.0.0.0/33", "::1/129", "10.0.0.0/"];
  for (const name of [...wrong, "10.0.0.0/8/8", "10.0.0.1:80", "*"]) {
    assert.throws(() => trustedProxies([name]), {
      name: "SyntaxError",
      message:
        `"${name}" is neither an address nor a network like 10.0.0.0/8, nor "loopback"`,
    });
  }
});

Deno.test("believedRequest() leaves a trusted proxy's request as it is", () => {
  const request = asking({ "x-forwarded-for": "203.0.113.9" });
  assert.equal(believedRequest(request, at("127.0.0.1"), trusts), request);
  const plain = asking({ cookie: "a=b" });
  assert.equal(believedRequest(plain, at("203.0.113.9"), trusts), plain);
});

Deno.test("believedRequest() drops what anybody else claims, and nothing besides", async () => {
  const request = new Request("http://chat.lan/login", {
    method: "POST",
    body: "username=mai",
    headers: {
      cookie: "a=b",
      forwarded: "for=127.0.0.1;proto=https",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "https",
      "x-real-ip": "127.0.0.1",
    },
  });
  const believed = believedRequest(request, at("203.0.113.9"), trusts);
  assert.equal(isHttps(believed), false);
  assert.deepEqual(Object.fromEntries(believed.headers), {
    "content-type": "text/plain;charset=UTF-8",
    cookie: "a=b",
    "x-forwarded-for": "unknown",
  });
  assert.equal(await believed.text(), "username=mai");
});

Deno.test("clientIp() is the last address that is no proxy of ours", () => {
  const cases: [forwarded: string | undefined, from: string, ip: string][] = [
    [undefined, "203.0.113.9", "203.0.113.9"],
    [undefined, "::ffff:203.0.113.9", "203.0.113.9"],
    ["198.51.100.7", "127.0.0.1", "198.51.100.7"],
    ["198.51.100.7", "203.0.113.9", "203.0.113.9"],
    // What stands before a stranger's address, that stranger has made up.
    ["127.0.0.1, 198.51.100.7", "127.0.0.1", "198.51.100.7"],
    ["198.51.100.7, 127.0.0.1", "127.0.0.1", "198.51.100.7"],
    ["198.51.100.7, 10.1.2.3", "127.0.0.1", "198.51.100.7"],
    ["9.9.9.9, 198.51.100.7, 10.1.2.3", "127.0.0.1", "198.51.100.7"],
    ["127.0.0.1", "127.0.0.1", "127.0.0.1"],
    ["unknown", "127.0.0.1", "127.0.0.1"],
    ["nonsense, 10.1.2.3", "127.0.0.1", "10.1.2.3"],
    ["", "127.0.0.1", "127.0.0.1"],
    ["2001:db8::7", "::1", "2001:db8::7"],
  ];
  for (const [forwarded, from, ip] of cases) {
    const request = asking(
      forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
    );
    assert.equal(clientIp(request, at(from), trusts), ip, forwarded);
  }
});

Deno.test("isHttps() goes by what the nearest proxy says, and by the address without one", () => {
  const said = (proto: string) =>
    isHttps(asking({ "x-forwarded-proto": proto }));
  assert.deepEqual(["https", "HTTPS", "http, https"].map(said), [
    true,
    true,
    true,
  ]);
  assert.deepEqual(["http", "https, http", "httpsx"].map(said), [
    false,
    false,
    false,
  ]);
  assert.equal(isHttps(asking({})), false);
  assert.equal(isHttps(new Request("https://chat.lan/")), true);
});
