import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Complete,
  LINE_CHARS_MAX,
  LineEditor,
  REMEMBERED_MAX,
} from "../../lib/cli/line_editor.ts";
import type { KeyName } from "../../lib/cli/terminal_keys.ts";

function type(editor: LineEditor, text: string): void {
  editor.press({ type: "text", text });
}

function press(editor: LineEditor, ...names: KeyName[]): void {
  for (const name of names) editor.press({ type: "key", name });
}

function shown(editor: LineEditor): string {
  const { characters, cursor } = editor;
  return [...characters.slice(0, cursor), "|", ...characters.slice(cursor)]
    .join("");
}

Deno.test("LineEditor erases what a reader takes for one character", () => {
  const editor = new LineEditor();
  for (const character of ["e\u0302\u0323", "👩‍👩‍👧", "🇻🇳", "한", "ở"]) {
    type(editor, character);
    assert.equal(editor.cursor, 1, character);
    press(editor, "backspace");
    assert.equal(editor.text, "");
  }
});

Deno.test("LineEditor joins a mark to the letter before the cursor", () => {
  const editor = new LineEditor();
  type(editor, "xe nha");
  press(editor, "word-left", "left");
  type(editor, "\u0302\u0323");
  assert.equal(shown(editor), "xe\u0302\u0323| nha");
  press(editor, "backspace");
  assert.equal(shown(editor), "x| nha");
});

Deno.test("LineEditor moves and erases by words and to the ends", () => {
  const editor = new LineEditor();
  type(editor, "một hai  ba");
  press(editor, "word-left");
  assert.equal(shown(editor), "một hai  |ba");
  press(editor, "erase-word");
  assert.equal(shown(editor), "một |ba");
  press(editor, "end", "left", "erase-before");
  assert.equal(shown(editor), "|a");
  press(editor, "erase-after");
  assert.equal(shown(editor), "|");
  type(editor, "abc");
  press(editor, "home", "right", "delete", "word-right", "left");
  assert.equal(shown(editor), "a|c");
});

Deno.test("LineEditor has lines again, and the one that was being typed", () => {
  const editor = new LineEditor();
  for (const line of ["one", "two", "two", " "]) {
    type(editor, line);
    press(editor, "enter");
  }
  type(editor, "dra");
  press(editor, "up");
  assert.equal(editor.text, "two");
  press(editor, "up", "up", "up");
  assert.equal(editor.text, "one");
  press(editor, "down", "down", "down");
  assert.equal(shown(editor), "dra|");
});

Deno.test("LineEditor remembers so many lines and no more", () => {
  const editor = new LineEditor();
  for (let at = 0; at < REMEMBERED_MAX + 50; at++) {
    type(editor, `line ${at}`);
    press(editor, "enter");
  }
  for (let at = 0; at < REMEMBERED_MAX + 50; at++) press(editor, "up");
  assert.equal(editor.text, "line 50");
});

Deno.test("LineEditor clears at the first Ctrl-C and leaves at the second", () => {
  const editor = new LineEditor();
  const interrupt = { type: "key", name: "interrupt" } as const;
  type(editor, "half a sentence");
  assert.deepEqual(editor.press(interrupt), { type: "cleared" });
  assert.equal(editor.text, "");
  type(editor, "a");
  press(editor, "backspace");
  assert.deepEqual(editor.press(interrupt), { type: "cleared" });
  assert.deepEqual(editor.press(interrupt), { type: "left" });
});

Deno.test("LineEditor leaves at Ctrl-D on an empty line only", () => {
  const editor = new LineEditor();
  const end = { type: "key", name: "end-of-input" } as const;
  type(editor, "ab");
  press(editor, "home");
  assert.deepEqual(editor.press(end), { type: "edited" });
  assert.equal(editor.text, "b");
  press(editor, "delete");
  assert.deepEqual(editor.press(end), { type: "left" });
});

Deno.test("LineEditor keeps the lines of a paste, and sends none of them", () => {
  const editor = new LineEditor();
  const text = "one\r\ntwo\rthree\t\x1b[31mred\x07\n";
  assert.equal(editor.press({ type: "paste", text }).type, "edited");
  assert.equal(editor.text, "one\ntwo\nthree  [31mred");
});

Deno.test("LineEditor goes through completions, each in place of the last", () => {
  const complete: Complete = (before) => {
    const start = before.lastIndexOf(" ") + 1;
    const words = ["minh ", "mai "]
      .filter((word) => word.startsWith(before.slice(start)));
    return { start, words };
  };
  const editor = new LineEditor(complete);
  type(editor, "hi m!");
  press(editor, "left", "tab");
  assert.equal(shown(editor), "hi minh |!");
  press(editor, "tab");
  assert.equal(shown(editor), "hi mai |!");
  press(editor, "tab");
  assert.equal(shown(editor), "hi minh |!");
  type(editor, "x");
  press(editor, "tab");
  assert.equal(shown(editor), "hi minh x|!");
});

Deno.test("LineEditor keeps its cursor in the line, whatever is pressed", () => {
  const name = fc.constantFrom<KeyName>(
    ...["left", "right", "home", "end", "up", "down", "enter"] as const,
    ...["backspace", "delete", "word-left", "word-right", "tab"] as const,
    ...["erase-word", "erase-before", "erase-after", "interrupt"] as const,
  );
  const key = fc.oneof(
    name.map((name) => ({ type: "key", name }) as const),
    fc.string({ unit: "grapheme", maxLength: 6 })
      .map((text) => ({ type: "text", text }) as const),
    fc.string({ unit: "binary", maxLength: 6 })
      .map((text) => ({ type: "paste", text }) as const),
  );
  fc.assert(fc.property(fc.array(key, { maxLength: 40 }), (keys) => {
    const editor = new LineEditor();
    for (const key of keys) {
      editor.press(key);
      assert.ok(editor.cursor >= 0);
      assert.ok(editor.cursor <= editor.characters.length);
    }
  }));
});

Deno.test("LineEditor takes no more than a line may have", () => {
  const editor = new LineEditor();
  for (let at = 0; at < 3; at++) type(editor, "a".repeat(10_000));
  assert.equal(editor.text.length, LINE_CHARS_MAX);
});
