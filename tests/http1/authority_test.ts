/**
 * What a request can be for.
 * @module
 */
import assert from "node:assert/strict";
import { isAuthority } from "../../lib/http1/authority.ts";

for (
  const text of [
    "a",
    "a.test",
    "A.Test.",
    "a.test:0",
    "a.test:",
    "[::1]:",
    "a.test:65535",
    "192.0.2.1:80",
    "[::1]",
    "[2001:DB8::1]:8081",
    "[::ffff:192.0.2.1]",
    "my_app-2.test",
    "xn--t-bka.test",
  ]
) {
  Deno.test(`isAuthority() takes ${text}`, () => {
    assert.equal(isAuthority(text), true);
  });
}

for (
  const text of [
    "",
    " ",
    "a b",
    "a/b",
    "a/b@c",
    "u@a.test",
    "u:p@a.test",
    "http://a.test",
    "a:b",
    ":80",
    ":",
    "a::",
    "a:65536",
    "a:99999",
    "a:080000",
    "a:-1",
    "a:80:80",
    "::1",
    "[::1",
    "[]",
    "[:::]",
    "[1:2:3]",
    "[::1]x",
    "[::1%25eth0]",
    "[g::1]",
    ".",
    ".a",
    "a..b",
    "a%2eb",
    "a\\b",
    "a?b",
    "a#b",
    "a,b",
    "*",
    "*.a.test",
    "\u00e4.test",
  ]
) {
  Deno.test(`isAuthority() refuses ${JSON.stringify(text)}`, () => {
    assert.equal(isAuthority(text), false);
  });
}
