import assert from "node:assert/strict";
import { sizeInWords } from "../../lib/mesh/file_size.ts";

Deno.test("sizeInWords() says how much as people do, by thousands", () => {
  const words = new Map([
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1_000, "1 kB"],
    [1_024, "1 kB"],
    [1_260, "1.3 kB"],
    [99_940, "99.9 kB"],
    [99_960, "100 kB"],
    [640_400, "640 kB"],
    [999_499, "999 kB"],
    [999_500, "1 MB"],
    [1_153_434, "1.2 MB"],
    [999_500_000, "1 GB"],
    [4 * 1024 ** 3, "4.3 GB"],
    [5e13, "50,000 GB"],
  ]);
  for (const [bytes, wanted] of words) {
    assert.equal(sizeInWords(bytes, "en"), wanted, `${bytes}`);
  }
});

Deno.test("sizeInWords() says it in either language", () => {
  assert.equal(sizeInWords(1_500, "vi"), "1,5 kB");
  assert.equal(sizeInWords(12, "vi"), "12 byte");
});
