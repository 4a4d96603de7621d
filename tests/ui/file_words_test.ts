import assert from "node:assert/strict";
import { endingOf, nameParts, sizeInWords } from "../../lib/ui/file_words.ts";

Deno.test("sizeInWords() says a size as people do, in either language", () => {
  const words = (bytes: number) => sizeInWords(bytes, "en");
  assert.equal(words(0), "0 bytes");
  assert.equal(words(1), "1 byte");
  assert.equal(words(1_023), "1,023 bytes");
  assert.equal(words(1_536), "1.5 kB");
  assert.equal(words(3 * 1024 ** 2), "3 MB");
  assert.equal(words(640.4 * 1024 ** 2), "640 MB");
  assert.equal(words(4 * 1024 ** 3), "4 GB");
  assert.equal(sizeInWords(1_536, "vi"), "1,5 kB");
});

Deno.test("nameParts() keeps a name's ending together, and its characters whole", () => {
  assert.deepEqual(nameParts("a.txt"), ["", "a.txt"]);
  const [start, end] = nameParts("Kế hoạch năm học 2026.pdf");
  assert.equal(start + end, "Kế hoạch năm học 2026.pdf");
  assert.match(end, /2026\.pdf$/);
  assert.deepEqual(nameParts("🦊".repeat(12)), [
    "🦊".repeat(2),
    "🦊".repeat(10),
  ]);
});

Deno.test("endingOf() is the kind of a file where its name has one", () => {
  assert.equal(endingOf("plan.pdf"), "PDF");
  assert.equal(endingOf("a.tar.gz"), "GZ");
  assert.equal(endingOf("Makefile"), undefined);
  assert.equal(endingOf(".bashrc"), undefined);
  assert.equal(endingOf("v1.something"), undefined);
  assert.equal(endingOf("x."), undefined);
});
