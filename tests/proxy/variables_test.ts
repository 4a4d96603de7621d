/**
 * What the variables say of clients that a test cannot connect from.
 * @module
 */
import assert from "node:assert/strict";
import { RequestHead } from "../../lib/http1/request_head.ts";
import { isThisMachine } from "../../lib/proxy/claims.ts";
import { HeaderPlan } from "../../lib/proxy/header_plan.ts";
import type { RequestFacts } from "../../lib/proxy/heads.ts";
import { valueOf } from "../../lib/proxy/variables.ts";
import { bytesOf } from "../http1/bytes_of.ts";

function headOf(host: string, fields = ""): RequestHead {
  const head = new RequestHead();
  const bytes = bytesOf(`GET / HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`);
  head.read(bytes, 0, bytes.length);
  return head;
}

function factsOf(peer: string, trusted = false): RequestFacts {
  return {
    target: "/",
    peer,
    scheme: "https",
    clientAddress: peer,
    trusted,
    plan: new HeaderPlan([]),
    loopback: isThisMachine(peer),
    newRequestId: () => "new",
    requestId: "",
  };
}

for (
  const [peer, host, value] of [
    ["192.0.2.1", "a.test", "for=192.0.2.1;host=a.test;proto=https"],
    ["192.0.2.1", "a.test:81", 'for=192.0.2.1;host="a.test:81";proto=https'],
    ["2001:db8::1", "a", 'for="[2001:db8::1]";host=a;proto=https'],
    ["::1", "[::1]:81", 'for="[::1]";host="[::1]:81";proto=https'],
  ] as const
) {
  Deno.test(`$proxy_add_forwarded quotes ${peer} and ${host} as RFC 7239 asks`, () => {
    const context = { head: headOf(host), facts: factsOf(peer) };
    assert.equal(valueOf("proxy_add_forwarded", context), value);
  });
}

for (
  const [claim, peer, trusted, chain] of [
    ["X-Forwarded-For: 8.8.8.8", "127.0.0.1", false, "unknown, 127.0.0.1"],
    ["X-Forwarded-Proto: https", "::1", false, "unknown, ::1"],
    ["Forwarded: for=8.8.8.8", "127.0.0.1", false, "unknown, 127.0.0.1"],
    ["X_Forwarded_For: 8.8.8.8", "127.0.0.1", false, "unknown, 127.0.0.1"],
    ["X-Forwarded-For: 8.8.8.8", "192.0.2.1", false, "192.0.2.1"],
    ["X-Forwarded-For: 8.8.8.8", "127.0.0.1", true, "8.8.8.8, 127.0.0.1"],
    ["Accept: */*", "127.0.0.1", false, "127.0.0.1"],
  ] as const
) {
  const who = `${trusted ? "a trusted" : "an unnamed"} proxy at ${peer}`;
  Deno.test(`$proxy_add_x_forwarded_for with ${claim} from ${who}`, () => {
    const head = headOf("a", `${claim}\r\n`);
    const facts = factsOf(peer, trusted);
    const value = valueOf("proxy_add_x_forwarded_for", { head, facts });
    assert.equal(value, chain);
  });
}

Deno.test("$proxy_add_forwarded says that an unnamed proxy here asks for somebody", () => {
  const head = headOf("a", "X-Forwarded-For: 8.8.8.8\r\n");
  const facts = factsOf("127.0.0.1");
  assert.equal(
    valueOf("proxy_add_forwarded", { head, facts }),
    "for=unknown, for=127.0.0.1;host=a;proto=https",
  );
});

Deno.test("$http_cookie joins several as cookies are", () => {
  const head = headOf("a", "Cookie: a=1\r\nCookie: b=2\r\n");
  const facts = factsOf("192.0.2.1");
  assert.equal(valueOf("http_cookie", { head, facts }), "a=1; b=2");
});

Deno.test("$http_NAME of a trusted proxy tells what it claims", () => {
  const head = headOf("a", "X-Real-IP: 192.0.2.9\r\n");
  const facts = factsOf("127.0.0.1", true);
  assert.equal(valueOf("http_x_real_ip", { head, facts }), "192.0.2.9");
});
