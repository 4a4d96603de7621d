import assert from "node:assert/strict";
import fc from "fast-check";
import { LineEditor } from "../../lib/cli/line_editor.ts";
import { fitted, promptRow, widthOf } from "../../lib/cli/prompt.ts";

function typed(text: string) {
  const editor = new LineEditor();
  editor.press({ type: "text", text });
  return editor;
}

Deno.test("widthOf() is what terminals give to Vietnamese, CJK and emoji", () => {
  assert.equal(widthOf("Tiếng Việt"), 10);
  assert.equal(widthOf("Tiếng Việt".normalize("NFD")), 10);
  assert.equal(widthOf("日本語"), 6);
  assert.equal(widthOf("🦊👩‍👩‍👧🇻🇳"), 6);
});

Deno.test("promptRow() puts the cursor behind wide characters", () => {
  const row = promptRow("#a › ", typed("日本ở"), 80);
  assert.deepEqual(row, { text: "#a › 日本ở", column: 10 });
});

Deno.test("promptRow() shows the part around the cursor, and that there is more", () => {
  const editor = typed("abcdefghijklmnopqrstuvwxyz");
  assert.deepEqual(promptRow("› ", editor, 14), {
    text: "› ‹stuvwxyz",
    column: 11,
  });
  editor.press({ type: "key", name: "home" });
  const row = promptRow("› ", editor, 14);
  assert.deepEqual(row, { text: "› abcdefgh›", column: 2 });
});

Deno.test("promptRow() never fills the row, and always shows the cursor in it", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 60 });
  fc.assert(fc.property(text, fc.nat(80), fc.integer({ min: 12, max: 60 }), (
    text,
    moves,
    columns,
  ) => {
    const editor = typed(text);
    for (let at = 0; at < moves; at++) {
      editor.press({ type: "key", name: "left" });
    }
    const row = promptRow("» ", editor, columns);
    assert.ok(widthOf(row.text) < columns, `${widthOf(row.text)}`);
    assert.ok(row.column < columns);
  }));
});

Deno.test("fitted() cuts between characters and says so", () => {
  assert.equal(fitted("日本語です", 10), "日本語です");
  assert.equal(fitted("日本語です", 9), "日本語で…");
  assert.equal(fitted("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 4), "👩‍👩‍👧…");
});
