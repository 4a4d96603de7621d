import assert from "node:assert/strict";
import { digestOf } from "../../lib/mesh/digest.ts";
import type { HeldRun } from "../../lib/wire/link.ts";

const ANN = `${"A".repeat(42)}E`;
const BEN = `${"B".repeat(42)}E`;
const ANNS: HeldRun[] = [{ held: [0, 3], head: "abcdefgh" }];
const BENS: HeldRun[] = [
  { held: [2, 5], head: "ABCDEFGH" },
  { held: [7, 9], head: "01234567" },
];

/** As PROTOCOL.md tells it to whoever writes another client. */
function hashOfText(text: string): [high: bigint, low: bigint] {
  const times = (a: bigint, b: bigint) => BigInt.asUintN(32, a * b);
  let [h, l] = [0xdeadbeefn, 0x41c6ce57n];
  for (let at = 0; at < text.length; at++) {
    const unit = BigInt(text.charCodeAt(at));
    h = times(h ^ unit, 2654435761n);
    l = times(l ^ unit, 1597334677n);
  }
  h = times(h ^ (h >> 16n), 2246822507n) ^ times(l ^ (l >> 13n), 3266489909n);
  l = times(l ^ (l >> 16n), 2246822507n) ^ times(h ^ (h >> 13n), 3266489909n);
  return [h, l];
}

function textOf(...texts: string[]): string {
  let [high, low] = [0n, 0n];
  for (const text of texts) {
    const [h, l] = hashOfText(text);
    high ^= h;
    low ^= l;
  }
  return high.toString(36) + low.toString(36).padStart(7, "0");
}

Deno.test("digestOf() is what PROTOCOL.md says, with its example", () => {
  const one = new Map([[ANN, ANNS]]);
  assert.equal(digestOf(one), textOf(`${ANN} 3 abcdefgh`));
  const both = new Map([[ANN, ANNS], [BEN, BENS]]);
  const texts = [`${ANN} 3 abcdefgh`, `${BEN} 5 ABCDEFGH,9 01234567`];
  assert.equal(digestOf(both), textOf(...texts));
  assert.equal(digestOf(both), "vv5e7t1bz8qrq");
  assert.equal(digestOf(new Map()), "00000000");
});

Deno.test("digestOf() is the same in any order, and wherever runs begin", () => {
  const both = new Map([[ANN, ANNS], [BEN, BENS]]);
  const turned = new Map([[BEN, BENS], [ANN, ANNS]]);
  assert.equal(digestOf(turned), digestOf(both));
  const later = ANNS.map((run) => ({ ...run, held: [2, 3] as const }));
  assert.equal(digestOf(new Map([[ANN, later], [BEN, BENS]])), digestOf(both));
});

Deno.test("digestOf() differs by author, by length, by hash and by a run", () => {
  const [run] = ANNS as [HeldRun];
  const vectors: [string, HeldRun[]][][] = [
    [[ANN, ANNS]],
    [[BEN, ANNS]],
    [[ANN, [{ ...run, held: [0, 4] }]]],
    [[ANN, [{ ...run, head: "abcdefgi" }]]],
    [[ANN, [run, { held: [5, 6], head: "12345678" }]]],
    [],
  ];
  const digests = vectors.map((rows) => digestOf(new Map(rows)));
  assert.equal(new Set(digests).size, vectors.length);
});
