import assert from "node:assert/strict";
import fc from "fast-check";
import { PieceSet } from "../../lib/mesh/piece_set.ts";

Deno.test("PieceSet holds what a set of numbers would", () => {
  const piece = fc.integer({ min: -3, max: 25 });
  const steps = fc.array(fc.tuple(fc.boolean(), piece));
  fc.assert(fc.property(steps, (steps) => {
    const [set, plain] = [new PieceSet(21), new Set<number>()];
    for (const [adds, piece] of steps) {
      if (adds) {
        set.add(piece);
        if (piece >= 0 && piece < 21) plain.add(piece);
      } else {
        set.delete(piece);
        plain.delete(piece);
      }
      assert.equal(set.size, plain.size);
    }
    for (let at = -3; at < 30; at++) assert.equal(set.has(at), plain.has(at));
  }));
});

Deno.test("PieceSet is whole with all pieces, and from the start where there are none", () => {
  const set = new PieceSet(9, [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal(set.isWhole, false);
  set.add(8);
  assert.equal(set.isWhole, true);
  assert.equal(new PieceSet(0).isWhole, true);
});
