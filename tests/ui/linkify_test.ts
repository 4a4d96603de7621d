import assert from "node:assert/strict";
import fc from "fast-check";
import { linkify } from "../../lib/ui/linkify.ts";

function linksIn(text: string): string[] {
  return linkify(text).filter((piece) => piece.href !== undefined)
    .map((piece) => piece.text);
}

Deno.test("linkify() leaves text without addresses whole", () => {
  assert.deepEqual(linkify("hello <b>there</b>"), [
    { text: "hello <b>there</b>" },
  ]);
  assert.deepEqual(linkify(""), []);
});

Deno.test("linkify() finds addresses between words", () => {
  assert.deepEqual(linkify("see http://a.example/x?y=1#z now"), [
    { text: "see " },
    { text: "http://a.example/x?y=1#z", href: "http://a.example/x?y=1#z" },
    { text: " now" },
  ]);
});

Deno.test("linkify() leaves the sentence's marks out of the address", () => {
  assert.deepEqual(linksIn("Go to https://a.example/b."), [
    "https://a.example/b",
  ]);
  assert.deepEqual(linksIn("(https://a.example/b), “https://c.example”"), [
    "https://a.example/b",
    "https://c.example",
  ]);
});

Deno.test("linkify() keeps the brackets that belong to an address", () => {
  assert.deepEqual(linksIn("https://a.example/b_(c)"), [
    "https://a.example/b_(c)",
  ]);
});

Deno.test("linkify() makes no links of other schemes", () => {
  for (
    const text of [
      "javascript:alert(1)",
      "data:text/html,x",
      "ftp://a.example",
      "file:///etc/passwd",
      "https://",
      "http:///",
    ]
  ) assert.deepEqual(linksIn(text), [], text);
});

Deno.test("linkify() makes no link that reads as another host", () => {
  assert.deepEqual(linksIn("https://bank.example@evil.example/"), []);
  assert.deepEqual(linksIn("https://a.example/\u202Egpj.exe"), [
    "https://a.example/",
  ]);
});

Deno.test("linkify() never changes what is read", () => {
  const words = fc.constantFrom(
    "http://",
    "https://a.example",
    "(",
    ")",
    ".",
    " ",
    "ế",
    "\n",
    "@",
    "/",
  );
  fc.assert(fc.property(fc.array(words), (parts) => {
    const text = parts.join("");
    assert.equal(linkify(text).map((piece) => piece.text).join(""), text);
  }));
});

Deno.test("linkify() takes a message made of brackets", () => {
  const brackets = "(".repeat(4_000) + ")".repeat(8_000);
  assert.deepEqual(linksIn(`https://a.example/${brackets}`), [
    `https://a.example/${brackets.slice(0, 8_000)}`,
  ]);
});
