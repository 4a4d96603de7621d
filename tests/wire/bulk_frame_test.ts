import assert from "node:assert/strict";
import fc from "fast-check";
import {
  BULK_FRAME_BYTES_MAX,
  type BulkFrame,
  decodeBulkFrame,
  encodeBulkFrame,
  HASHES_PIECE,
  PART_BYTES,
} from "../../lib/wire/bulk_frame.ts";
import { PIECE_BYTES } from "../../lib/wire/file.ts";
import { WireError } from "../../lib/wire/wire_error.ts";

Deno.test("decodeBulkFrame() reads back what encodeBulkFrame() wrote", () => {
  const number = fc.integer({ min: 0, max: 0xffff_ffff });
  const part = fc.record({
    stream: number,
    piece: fc.oneof(number, fc.constant(HASHES_PIECE)),
    offset: fc.integer({ min: 0, max: PIECE_BYTES }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 99 }),
  });
  fc.assert(fc.property(part, (frame) => {
    const read = decodeBulkFrame(encodeBulkFrame(frame));
    assert.deepEqual(read, { ...frame });
  }));
  const none: BulkFrame = { stream: 5, piece: 6, offset: 0, bytes: undefined };
  assert.deepEqual(decodeBulkFrame(encodeBulkFrame(none)), none);
});

Deno.test("encodeBulkFrame() writes what PROTOCOL.md says", () => {
  const bytes = Uint8Array.of(0xaa, 0xbb);
  const frame = encodeBulkFrame({
    ...{ stream: 1, piece: 0x01020304, offset: 0x8000, bytes },
  });
  const head = [0, 0, 0, 0, 1, 1, 2, 3, 4, 0, 0, 0x80, 0];
  assert.deepEqual([...frame], [...head, 0xaa, 0xbb]);
  const none = encodeBulkFrame({
    ...{ stream: 1, piece: HASHES_PIECE, offset: 0, bytes: undefined },
  });
  const ones = [255, 255, 255, 255];
  assert.deepEqual([...none], [1, 0, 0, 0, 1, ...ones, 0, 0, 0, 0]);
});

Deno.test("decodeBulkFrame() reads a frame inside of other bytes", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const frame = encodeBulkFrame({ stream: 1, piece: 2, offset: 3, bytes });
  const around = new Uint8Array(frame.length + 9);
  around.set(frame, 4);
  const read = decodeBulkFrame(around.subarray(4, 4 + frame.length));
  assert.deepEqual(read, { stream: 1, piece: 2, offset: 3, bytes });
});

Deno.test("decodeBulkFrame() refuses frames that are cut, too long, empty, or of another kind", () => {
  const part = encodeBulkFrame({
    ...{ stream: 1, piece: 2, offset: 0, bytes: Uint8Array.of(9) },
  });
  for (let length = 0; length < part.length; length++) {
    assert.throws(() => decodeBulkFrame(part.subarray(0, length)), WireError);
  }
  const long = new Uint8Array(BULK_FRAME_BYTES_MAX + 1);
  assert.throws(() => decodeBulkFrame(long), WireError);
  decodeBulkFrame(long.subarray(1));
  const kind = part.slice();
  kind[0] = 2;
  assert.throws(() => decodeBulkFrame(kind), WireError);
  kind[0] = 1;
  assert.throws(() => decodeBulkFrame(kind), WireError);
  const far = encodeBulkFrame({
    ...{ stream: 1, piece: 2, offset: 0xffff_ffff },
    bytes: new Uint8Array(PART_BYTES),
  });
  assert.throws(() => decodeBulkFrame(far), WireError);
});

Deno.test("decodeBulkFrame() throws nothing but WireError", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    try {
      decodeBulkFrame(bytes);
    } catch (error) {
      assert.ok(error instanceof WireError);
    }
  }));
});
