import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Key,
  PASTE_CHARS_MAX,
  TerminalKeys,
} from "../../lib/cli/terminal_keys.ts";

function read(...pieces: string[]): Key[] {
  const keys = new TerminalKeys();
  return pieces.flatMap((piece) => keys.read(piece));
}

function names(...pieces: string[]): string[] {
  return read(...pieces).map((key) =>
    key.type === "key" ? key.name : `${key.type} ${key.text}`
  );
}

Deno.test("TerminalKeys tells text, controls and sequences apart", () => {
  assert.deepEqual(names("xin chào\r\x03\x1b[A\x1bOB\x1b[3~\x1b[1;5D\x1bf"), [
    "text xin chào",
    "enter",
    "interrupt",
    "up",
    "down",
    "delete",
    "word-left",
    "word-right",
  ]);
});

Deno.test("TerminalKeys reads a paste as one, whatever is in it", () => {
  assert.deepEqual(names("\x1b[200~rm -rf\r\x03\x1b[A\x1b[201~ok"), [
    "paste rm -rf\r\x03\x1b[A",
    "text ok",
  ]);
});

Deno.test("TerminalKeys keeps no more of a paste than a message may have", () => {
  const [key] = read(`\x1b[200~${"a".repeat(100_000)}`, "b\x1b[201~");
  assert.equal(key?.type === "paste" && key.text.length, PASTE_CHARS_MAX);
});

Deno.test("TerminalKeys reads the same keys however the bytes are cut", () => {
  const sent = "aé\x1b[A\x1b[200~1\r2\x1b[201~\x1b[1;5C🦊\x15\x1bOH";
  const joined = (keys: Key[]) => {
    const text = (key: Key) => key.type === "key" ? `<${key.name}>` : key.text;
    return keys.map(text).join("");
  };
  const whole = joined(read(sent));
  assert.equal(whole, "aé<up>1\r2<word-right>🦊<erase-before><home>");
  fc.assert(fc.property(
    fc.array(fc.nat({ max: sent.length }), { maxLength: 6 }),
    (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), sent.length];
      const pieces = at.slice(1).map((end, index) =>
        sent.slice(at[index], end)
      );
      assert.equal(joined(read(...pieces)), whole);
    },
  ));
});

Deno.test("TerminalKeys passes over sequences that it does not know", () => {
  assert.deepEqual(names("\x1b[?1;2cx\x1b[99~y\x1bZ\x00z"), [
    "text x",
    "text y",
    "text z",
  ]);
});
