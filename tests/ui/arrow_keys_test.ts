import assert from "node:assert/strict";
import { indexAfter } from "../../lib/ui/arrow_keys.ts";

function from(index: number, columns: number) {
  return (key: string) => indexAfter(key, { index, count: 10, columns });
}

Deno.test("indexAfter() goes through a row by left and right only", () => {
  const inRow = from(3, Infinity);
  assert.equal(inRow("ArrowLeft"), 2);
  assert.equal(inRow("ArrowRight"), 4);
  assert.equal(inRow("ArrowUp"), undefined);
  assert.equal(inRow("Home"), 0);
  assert.equal(inRow("End"), 9);
});

Deno.test("indexAfter() goes through a column by up and down only", () => {
  const inColumn = from(3, 1);
  assert.equal(inColumn("ArrowUp"), 2);
  assert.equal(inColumn("ArrowDown"), 4);
  assert.equal(inColumn("ArrowLeft"), undefined);
});

Deno.test("indexAfter() goes through rows of some", () => {
  assert.equal(from(5, 4)("ArrowUp"), 1);
  assert.equal(from(5, 4)("ArrowDown"), 9);
  assert.equal(from(7, 4)("ArrowDown"), undefined);
  assert.equal(from(1, 4)("ArrowUp"), undefined);
});

Deno.test("indexAfter() stays at both ends, and knows no other key", () => {
  assert.equal(from(0, 1)("ArrowUp"), undefined);
  assert.equal(from(9, 1)("ArrowDown"), undefined);
  assert.equal(from(3, 1)("a"), undefined);
});
