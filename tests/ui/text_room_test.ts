import assert from "node:assert/strict";
import { charactersOver } from "../../lib/ui/text_room.ts";
import { TEXT_BYTES_MAX } from "../../lib/wire/entry.ts";

function over(text: string): number {
  return charactersOver(text, new TextEncoder().encode(text).length);
}

Deno.test("charactersOver() is exact where all characters take the same bytes", () => {
  assert.equal(over("a".repeat(TEXT_BYTES_MAX + 7)), 7);
  assert.equal(over("ế".repeat(Math.ceil(TEXT_BYTES_MAX / 3) + 4)), 5);
  assert.equal(over("😀".repeat(TEXT_BYTES_MAX / 4 + 1)), 1);
});

Deno.test("charactersOver() of a mixed text is right to within a sentence", () => {
  const sentence = "Đây là một câu dài. ";
  const bytes = new TextEncoder().encode(sentence).length;
  const text = sentence.repeat(Math.ceil(TEXT_BYTES_MAX / bytes) + 20);
  const shorter = [...text].slice(0, -over(text) - sentence.length).join("");
  assert.ok(over(shorter) <= 0);
});

Deno.test("charactersOver() is below zero by as many as still fit", () => {
  assert.equal(over("a".repeat(TEXT_BYTES_MAX - 7)), -7);
  assert.equal(over("a".repeat(TEXT_BYTES_MAX)), 0);
  assert.equal(
    over("ế".repeat(2_000)),
    -Math.floor(TEXT_BYTES_MAX / 3 - 2_000),
  );
});
