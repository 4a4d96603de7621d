import assert from "node:assert/strict";
import {
  hasForeignOrigin,
  isCrossSite,
  isLoopback,
} from "../lib/request_origin.ts";

function request(headers: Record<string, string>): Request {
  return new Request("http://127.0.0.1:8000/tracker/peers", { headers });
}

function isForeign(headers: Record<string, string>) {
  return hasForeignOrigin(request(headers));
}

Deno.test("hasForeignOrigin() lets a request without Origin pass", () => {
  assert.equal(isForeign({ host: "chat.lan" }), false);
});

Deno.test("hasForeignOrigin() compares with Host, whatever its case and default port", () => {
  assert.equal(
    isForeign({ origin: "http://chat.lan", host: "CHAT.lan" }),
    false,
  );
  assert.equal(
    isForeign({ origin: "http://chat.lan", host: "chat.lan:80" }),
    false,
  );
  assert.equal(
    isForeign({ origin: "https://chat.lan", host: "chat.lan:443" }),
    false,
  );
  assert.equal(
    isForeign({ origin: "http://[::1]:8081", host: "[::1]:8081" }),
    false,
  );
});

Deno.test("hasForeignOrigin() refuses other hosts, other ports, null and nonsense", () => {
  const host = "chat.lan:8081";
  for (
    const origin of [
      "http://evil.example",
      "http://chat.lan",
      "http://chat.lan:8082",
      "http://chat.lan:8081.evil.example",
      "http://chat.lan:8081@evil.example",
      "null",
      "",
      "chat.lan:8081",
      "file://",
      "http://",
    ]
  ) assert.equal(isForeign({ origin, host }), true, origin);
});

Deno.test("hasForeignOrigin() refuses any Origin where Host is missing or nonsense", () => {
  const origin = "http://evil.example";
  assert.equal(isForeign({ origin }), true);
  for (const host of ["x@evil.example", "x/@evil.example", "/", "a b", "?"]) {
    assert.equal(isForeign({ origin, host }), true, host);
  }
});

Deno.test("hasForeignOrigin() goes by the host that our proxy was asked for", () => {
  const headers = {
    origin: "http://chat.lan:8081",
    host: "127.0.0.1:8000",
    "x-forwarded-host": "chat.lan:8081",
  };
  assert.equal(isForeign(headers), false);
  const chained = { ...headers, "x-forwarded-host": "front, chat.lan:8081" };
  assert.equal(isForeign(chained), false);
  const direct = { ...headers, origin: "http://127.0.0.1:8000" };
  assert.equal(isForeign(direct), true);
});

Deno.test("hasForeignOrigin() takes a page without TLS for another site's under https", () => {
  const asked = (origin: string, proto: string) =>
    isForeign({ origin, host: "chat.lan", "x-forwarded-proto": proto });
  assert.equal(asked("http://chat.lan", "https"), true);
  assert.equal(asked("https://chat.lan", "https"), false);
  // A proxy in front may do TLS and not say so.
  assert.equal(asked("https://chat.lan", "http"), false);
  assert.equal(asked("http://chat.lan", "http"), false);
});

Deno.test("isCrossSite() goes by what the browser says of the page that asks", () => {
  for (const site of ["cross-site", "same-site"]) {
    assert.equal(isCrossSite(request({ "sec-fetch-site": site })), true);
  }
  for (const site of ["same-origin", "none"]) {
    assert.equal(isCrossSite(request({ "sec-fetch-site": site })), false);
  }
  assert.equal(isCrossSite(request({})), false);
});

Deno.test("isLoopback() knows this machine's own addresses", () => {
  const at = (hostname: string): Deno.Addr => ({
    transport: "tcp",
    hostname,
    port: 1,
  });
  for (const ip of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]) {
    assert.equal(isLoopback(at(ip)), true, ip);
  }
  for (const ip of ["192.168.1.5", "128.0.0.1", "127.0.0.1.evil", "::2"]) {
    assert.equal(isLoopback(at(ip)), false, ip);
  }
  assert.equal(isLoopback(undefined), false);
});
