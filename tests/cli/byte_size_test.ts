import assert from "node:assert/strict";
import { bytesInWords } from "../../lib/cli/byte_size.ts";

Deno.test("bytesInWords() says how much as people do", () => {
  const words = new Map([
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1_000, "1.0 kB"],
    [1_250, "1.3 kB"],
    [9_949, "9.9 kB"],
    [9_950, "10 kB"],
    [999_499, "999 kB"],
    [999_500, "1.0 MB"],
    [4 * 1024 ** 3, "4.3 GB"],
    [5e13, "50000 GB"],
  ]);
  for (const [bytes, wanted] of words) {
    assert.equal(bytesInWords(bytes), wanted, `${bytes}`);
  }
});
