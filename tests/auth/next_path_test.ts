/** Where a login may lead. @module */
import assert from "node:assert/strict";
import { safeNext } from "../../lib/auth/next_path.ts";

Deno.test("safeNext() keeps a path on this site", () => {
  for (const path of ["/", "/chat.html", "/a/b?c=d&e=//f#g", "/chat.html#x"]) {
    assert.equal(safeNext(path), path);
  }
  assert.equal(safeNext("/a/./b/../c"), "/a/c");
});

Deno.test("safeNext() answers everything else with the chat", () => {
  const evil = [
    undefined,
    null,
    "",
    "chat.html",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/.//evil.example",
    "/x/..//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    " //evil.example",
    "http://evil.example",
    "javascript:alert(1)",
    "/chat.html\r\nSet-Cookie: a=b",
    `/${"a".repeat(1_024)}`,
  ];
  for (const wanted of evil) {
    assert.equal(safeNext(wanted), "/chat.html", JSON.stringify(wanted));
  }
});
