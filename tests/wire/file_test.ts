import assert from "node:assert/strict";
import fc from "fast-check";
import {
  FILE_BYTES_MAX,
  FILE_NAME_BYTES_MAX,
  fileHashBytes,
  fileNameOf,
  isFileName,
  isFileSize,
  mediaTypeOf,
  PIECE_BYTES,
  pieceCount,
  pieceLength,
  UNKNOWN_MEDIA_TYPE,
} from "../../lib/wire/file.ts";

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

Deno.test("fileNameOf() leaves a name as it is that can be one", () => {
  for (
    const name of [
      "a",
      ".profile",
      "Bài tập 3.docx",
      "👨‍👩‍👧.png",
      "a.tar.gz",
      "नमस्ते.txt",
    ]
  ) {
    assert.equal(fileNameOf(name), name);
    assert.equal(isFileName(name), true, name);
  }
});

Deno.test("fileNameOf() makes any text a file name", () => {
  assert.equal(fileNameOf("../../etc/passwd"), ".._.._etc_passwd");
  assert.equal(fileNameOf("C:\\x\u0000.exe"), "C:_x_.exe");
  assert.equal(fileNameOf("photo\u202egpj.exe"), "photo_gpj.exe");
  assert.equal(fileNameOf("e\u0301.txt"), "é.txt");
  assert.equal(fileNameOf("\ud800"), "\ufffd");
  for (const raw of ["", " ", ".", "..", " .. "]) {
    assert.equal(fileNameOf(raw), "_");
  }
  fc.assert(fc.property(fc.string({ unit: "binary" }), (raw) => {
    assert.equal(isFileName(fileNameOf(raw)), true);
  }));
});

Deno.test("fileNameOf() shortens a long name between its letters, and keeps the ending", () => {
  const long = fileNameOf(`${"ắ".repeat(200)}.pdf`);
  assert.ok(long.endsWith("ắ.pdf"));
  assert.ok(bytesOf(long) <= FILE_NAME_BYTES_MAX);
  assert.ok(bytesOf(long) > FILE_NAME_BYTES_MAX - 4);
  const noEnding = fileNameOf(`a.${"b".repeat(300)}`);
  assert.equal(noEnding, `a.${"b".repeat(FILE_NAME_BYTES_MAX - 2)}`);
  const rotated = fc.string({ unit: "binary", minLength: 100 });
  fc.assert(fc.property(rotated, rotated, (name, ending) => {
    assert.equal(isFileName(fileNameOf(`${name}.${ending}`)), true);
  }));
});

Deno.test("isFileName() refuses what fileNameOf() would change", () => {
  for (
    const name of [
      "",
      ".",
      "..",
      "a/b",
      "a\\b",
      "a\tb",
      " a",
      "a ",
      "\u2028",
      "\ud800",
      5,
      null,
    ]
  ) {
    assert.equal(isFileName(name), false, JSON.stringify(name));
  }
  assert.equal(isFileName("x".repeat(256)), false);
});

Deno.test("mediaTypeOf() takes the type of what a browser says, or none", () => {
  assert.equal(mediaTypeOf("image/svg+xml"), "image/svg+xml");
  assert.equal(mediaTypeOf("Text/Plain; charset=UTF-8"), "text/plain");
  for (const raw of ["", "text", "a/b/c", "text/<b>", "x/" + "y".repeat(99)]) {
    assert.equal(mediaTypeOf(raw), UNKNOWN_MEDIA_TYPE, raw);
  }
});

Deno.test("pieceCount() and pieceLength() divide any file without rest", () => {
  assert.equal(pieceCount(0), 0);
  assert.equal(pieceCount(1), 1);
  assert.equal(pieceCount(PIECE_BYTES), 1);
  assert.equal(pieceCount(PIECE_BYTES + 1), 2);
  assert.equal(pieceLength(PIECE_BYTES + 1, 1), 1);
  assert.equal(pieceLength(PIECE_BYTES, 1), 0);
  assert.equal(pieceCount(FILE_BYTES_MAX), 16_384);
  for (const size of [1, PIECE_BYTES, 5 * PIECE_BYTES - 3]) {
    let sum = 0;
    for (let piece = 0; piece < pieceCount(size); piece++) {
      sum += pieceLength(size, piece);
    }
    assert.equal(sum, size);
  }
});

Deno.test("isFileSize() takes whole numbers up to 4 GiB", () => {
  for (const size of [0, 1, FILE_BYTES_MAX]) {
    assert.equal(isFileSize(size), true);
  }
  for (const size of [-1, 0.5, FILE_BYTES_MAX + 1, NaN, "1", null]) {
    assert.equal(isFileSize(size), false, String(size));
  }
});

Deno.test("fileHashBytes() is what PROTOCOL.md says: a line, the size, the hashes", () => {
  const bytes = fileHashBytes(300_000, Uint8Array.of(0xff, 0));
  const line = new TextEncoder().encode("weaprous-file-1\n300000\n");
  assert.deepEqual([...bytes], [...line, 0xff, 0]);
});
