import assert from "node:assert/strict";
import fc from "fast-check";
import { LineEditor } from "../../lib/cli/line_editor.ts";
import { fitted, promptRow, widthOf, wrapped } from "../../lib/cli/prompt.ts";

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
  assert.deepEqual(row, {
    ...{ label: "#a › ", before: "日本ở", after: "", column: 10 },
  });
});

Deno.test("promptRow() shows the part around the cursor, and that there is more", () => {
  const editor = typed("abcdefghijklmnopqrstuvwxyz");
  assert.deepEqual(promptRow("› ", editor, 14), {
    ...{ label: "› ", before: "‹stuvwxyz", after: "", column: 11 },
  });
  editor.press({ type: "key", name: "home" });
  const row = promptRow("› ", editor, 14);
  assert.deepEqual(row, {
    ...{ label: "› ", before: "", after: "abcdefgh›", column: 2 },
  });
});

Deno.test("promptRow() never fills the row, and always shows the cursor in it", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 60 });
  const label = fc.constantFrom("» ", "#bảo-trì-日本 ✓12/34 › ");
  const columns = fc.integer({ min: 3, max: 60 });
  fc.assert(fc.property(label, text, fc.nat(80), columns, (
    label,
    text,
    moves,
    columns,
  ) => {
    const editor = typed(text);
    for (let at = 0; at < moves; at++) {
      editor.press({ type: "key", name: "left" });
    }
    const row = promptRow(label, editor, columns);
    const width = widthOf(row.label + row.before + row.after);
    assert.ok(width < columns, `${width}`);
    assert.ok(row.column < columns);
  }));
});

Deno.test("promptRow() cuts a label that would leave no room for the line", () => {
  const row = (columns: number) =>
    promptRow("#general ✓12/34 › ", typed("abc"), columns);
  assert.deepEqual(row(27).label, "#general ✓12/34 › ");
  assert.deepEqual(row(20), {
    ...{ label: "#general … ", before: "abc", after: "", column: 14 },
  });
  assert.deepEqual(row(10), { label: "", before: "abc", after: "", column: 3 });
});

Deno.test("fitted() cuts between characters and says so", () => {
  assert.equal(fitted("日本語です", 10), "日本語です");
  assert.equal(fitted("日本語です", 9), "日本語で…");
  assert.equal(fitted("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 4), "👩‍👩‍👧…");
});

Deno.test("wrapped() breaks between words, by the columns that they take", () => {
  assert.deepEqual(wrapped("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrapped("日本 日本 x", 6), ["日本", "日本 x"]);
  assert.deepEqual(wrapped("a verylongword b", 4), ["a", "verylongword", "b"]);
  assert.deepEqual(wrapped("", 4), [""]);
});
