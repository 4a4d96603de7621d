import assert from "node:assert/strict";
import fc from "fast-check";
import { plainLine, plainLines } from "../../lib/cli/plain_text.ts";

Deno.test("plainLine() leaves nothing that a terminal obeys", () => {
  const attacks = [
    "\x1b[2J\x1b[H",
    "\x1b]0;owned\x07",
    "\x1b]52;c;cm0gLXJmIH4=\x07",
    "\x9b31m",
    "\x90+q\x9c",
    "\r\x08\x7f\x00",
    "a\u202eb\u2066c",
    "\u{e0041}\u2028\u2029",
  ];
  for (const attack of attacks) {
    const line = plainLine(`before${attack}after`);
    assert.match(line, /^before.*after$/u);
    // deno-lint-ignore no-control-regex -- they are what must not be there.
    assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066]/);
  }
});

Deno.test("plainLines() never yields a control character, whatever comes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
      for (const line of plainLines(text)) {
        assert.doesNotMatch(line, /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
      }
    }),
  );
});

Deno.test("plainLine() keeps what people write, in any script", () => {
  const texts = [
    "Tiếng Việt có dấu",
    "日本語 한국어",
    "👩‍👩‍👧 🇻🇳 ❤️ 1️⃣",
    "café नमस्ते",
  ];
  for (const text of texts) assert.equal(plainLine(text), text);
});

Deno.test("plainLine() takes heaps of marks down to a few", () => {
  assert.equal([...plainLine(`a${"\u0301".repeat(500)}b`)].length, 6);
});

Deno.test("plainLines() breaks where the text does, and tabs become blanks", () => {
  assert.deepEqual(plainLines("a\r\nb\n\nc\td"), ["a", "b", "", "c    d"]);
});
