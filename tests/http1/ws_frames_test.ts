/**
 * Where frames end, in any split of the bytes.
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CLIENT_GOING_AWAY,
  FrameCounter,
  SERVER_GOING_AWAY,
} from "../../lib/http1/ws_frames.ts";

interface Frame {
  opcode: number;
  masked: boolean;
  length: number;
}

/** A frame's bytes; its payload looks like frames, to mislead. */
function bytesOf({ opcode, masked, length }: Frame): number[] {
  const mask = masked ? 0x80 : 0;
  const size = length < 126
    ? [mask | length]
    : length < 65536
    ? [mask | 126, length >> 8, length & 255]
    : [
      mask | 127,
      0,
      0,
      0,
      0,
      0,
      length >> 16,
      (length >> 8) & 255,
      length & 255,
    ];
  const key = masked ? [1, 2, 3, 4] : [];
  const payload = Array.from({ length }, (_, at) => at % 2 === 0 ? 0x88 : 0);
  return [0x80 | opcode, ...size, ...key, ...payload];
}

const frames = fc.array(
  fc.record({
    opcode: fc.constantFrom(0, 1, 2, 9, 10),
    masked: fc.boolean(),
    length: fc.oneof(
      fc.constantFrom(0, 1, 125, 126, 127, 65535, 65536),
      fc.nat(300),
    ),
  }),
  { minLength: 1, maxLength: 5 },
);

Deno.test("FrameCounter stops behind each frame, however the bytes are cut", () => {
  fc.assert(
    fc.property(
      frames,
      fc.array(fc.integer({ min: 1, max: 2000 })),
      (list, cuts) => {
        const ends: number[] = [];
        const bytes: number[] = [];
        for (const frame of list) {
          for (const byte of bytesOf(frame)) bytes.push(byte);
          ends.push(bytes.length);
        }
        const all = Uint8Array.from(bytes);
        const counter = new FrameCounter();
        const found: number[] = [];
        let turn = 0;
        for (let at = 0; at < all.length;) {
          const to = Math.min(all.length, at + (cuts[turn++] ?? 100_000));
          while (at < to) {
            at = counter.toBoundary(all, at, to);
            if (counter.between) found.push(at);
          }
        }
        assert.deepEqual(found, ends);
        assert.equal(counter.closed, false);
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("FrameCounter.closed tells of a close frame once it is whole", () => {
  for (const frame of [SERVER_GOING_AWAY, CLIENT_GOING_AWAY]) {
    const counter = new FrameCounter();
    counter.take(frame, 0, frame.length - 1);
    assert.equal(counter.closed, false);
    assert.equal(counter.between, false);
    counter.take(frame, frame.length - 1, frame.length);
    assert.equal(counter.closed, true);
    assert.equal(counter.between, true);
  }
});

Deno.test("FrameCounter follows a frame of 16 MiB without its bytes being kept", () => {
  const counter = new FrameCounter();
  const head = Uint8Array.of(0x82, 127, 0, 0, 0, 0, 1, 0, 0, 0);
  counter.take(head, 0, head.length);
  const piece = new Uint8Array(1024 * 1024).fill(0x88);
  for (let count = 0; count < 16; count++) {
    assert.equal(counter.between, false);
    counter.take(piece, 0, piece.length);
  }
  assert.equal(counter.between, true);
});
