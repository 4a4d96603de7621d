import assert from "node:assert/strict";
import { endingOf, nameParts } from "../../lib/ui/file_words.ts";

Deno.test("nameParts() keeps a name's ending together, and its characters whole", () => {
  assert.deepEqual(nameParts("a.txt"), ["", "a.txt"]);
  const [start, end] = nameParts("Kế hoạch năm học 2026.pdf");
  assert.equal(start + end, "Kế hoạch năm học 2026.pdf");
  assert.match(end, /2026\.pdf$/);
  assert.deepEqual(nameParts("🦊".repeat(14)), [
    "🦊".repeat(4),
    "🦊".repeat(10),
  ]);
});

Deno.test("nameParts() leaves whole what has nothing before its end that could be cut", () => {
  assert.deepEqual(nameParts("ảnh lớp.png"), ["", "ảnh lớp.png"]);
  assert.deepEqual(nameParts("ảnh họp A.png"), ["", "ảnh họp A.png"]);
  assert.deepEqual(nameParts("ảnh họp lớp.png"), ["ảnh h", "ọp lớp.png"]);
});

Deno.test("endingOf() is the kind of a file where its name has one", () => {
  assert.equal(endingOf("plan.pdf"), "PDF");
  assert.equal(endingOf("a.tar.gz"), "GZ");
  assert.equal(endingOf("Makefile"), undefined);
  assert.equal(endingOf(".bashrc"), undefined);
  assert.equal(endingOf("v1.something"), undefined);
  assert.equal(endingOf("x."), undefined);
});
