/** Passwords that are typed unseen, or come from standard input. @module */
import assert from "node:assert/strict";
import {
  askPassword,
  readPassword,
} from "../../lib/operator/password_input.ts";
import type { Input } from "../../lib/service/hidden_lines.ts";

/** A terminal at which `typed` is typed, in the pieces that reads return. */
function terminal(...typed: (string | number[])[]) {
  const chunks = typed.map((text) =>
    typeof text === "string" ? new TextEncoder().encode(text) : text
  );
  const raw: boolean[] = [];
  let shown = "";
  const input: Input = {
    isTerminal: () => true,
    setRaw: (value) => void raw.push(value),
    read(into) {
      const chunk = chunks.shift();
      if (chunk === undefined) return Promise.resolve(null);
      into.set(chunk);
      return Promise.resolve(chunk.length);
    },
  };
  const write = (text: string) => void (shown += text);
  return { input, write, raw, shown: () => shown };
}

Deno.test("askPassword() takes a line typed twice and shows none of it", async () => {
  const at = terminal("con ", "mèo\r", "con mèo", "\n");
  assert.equal(await askPassword("Mai", at), "con mèo");
  assert.equal(
    at.shown(),
    "New password for Mai: \r\nThe same again: \r\n",
  );
  assert.deepEqual(at.raw, [true, false]);
});

Deno.test("askPassword() takes what was typed ahead", async () => {
  assert.equal(await askPassword("Mai", terminal("abc\rabc\r")), "abc");
});

Deno.test("askPassword() keeps a character that comes in two pieces", async () => {
  const piece = [...new TextEncoder().encode("mèo\rmèo\r")];
  const at = terminal(piece.slice(0, 2), piece.slice(2));
  assert.equal(await askPassword("Mai", at), "mèo");
});

Deno.test("askPassword() erases a whole character, or all of the line", async () => {
  const at = terminal("mèọ\x7f\x7fi\r", "wrong\x15mii\b\r");
  assert.equal(await askPassword("Mai", at), "mi");
  assert.equal(await askPassword("Mai", terminal("\x7fa\r", "a\r")), "a");
});

Deno.test("askPassword() gives the terminal back when it is cancelled or fails", async () => {
  const cases: [ReturnType<typeof terminal>, RegExp][] = [
    [terminal("abc\x03"), /^Cancelled$/],
    [terminal("abc\r\x04"), /^Cancelled$/],
    [terminal("abc"), /^Cancelled$/],
    [terminal("abc\r", "abd\r"), /^The two passwords differ$/],
    [terminal([0xff, 0x0d]), /it is not UTF-8$/],
  ];
  await Promise.all(cases.map(async ([at, message]) => {
    await assert.rejects(askPassword("Mai", at), { message });
    assert.deepEqual(at.raw, [true, false]);
    assert.doesNotMatch(at.shown(), /abc/);
  }));
});

Deno.test("readPassword() keeps all but the last line break", async () => {
  const cases = [
    ["con mèo\n", "con mèo"],
    ["con mèo\r\n", "con mèo"],
    ["  con mèo  ", "  con mèo  "],
    ["\ufeffcon\n\n", "\ufeffcon\n"],
    ["", ""],
  ];
  await Promise.all(cases.map(async ([given = "", password]) => {
    assert.equal(await readPassword(terminal(given)), password);
  }));
});

Deno.test("readPassword() reads a bounded part of what does not end", async () => {
  const at = terminal();
  at.input.read = (into) => Promise.resolve(into.fill(97).length);
  assert.equal((await readPassword(at)).length, 4_096);
});
