import assert from "node:assert/strict";
import { findHeadEnd } from "../../lib/http1/fields.ts";
import { bytesOf } from "./bytes_of.ts";

const LETTERS = ["x", "\r", "\n", "\t"];

/** Every text of so many of LETTERS. */
function texts(length: number): string[] {
  if (length === 0) return [""];
  return texts(length - 1)
    .flatMap((start) => LETTERS.map((letter) => start + letter));
}

/** As findHeadEnd's own comment has it, and slower. */
function firstEmptyLine(text: string, from: number, to: number): number {
  const found = /\n\r?\n/.exec(text.slice(from, to));
  return found === null ? -1 : from + found.index + found[0].length;
}

Deno.test("findHeadEnd() finds the first empty line wherever it stands, and none beyond its bounds", () => {
  for (let length = 0; length <= 7; length++) {
    for (const text of texts(length)) {
      const bytes = bytesOf(text);
      for (const [from, to] of [[0, length], [1, length], [0, length - 1]]) {
        if (from! > to!) continue;
        const end = findHeadEnd(bytes, from!, to!);
        const expected = firstEmptyLine(text, from!, to!);
        assert.equal(end, expected, `${JSON.stringify(text)} ${from}-${to}`);
      }
    }
  }
});
