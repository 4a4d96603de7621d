import assert from "node:assert/strict";
import { SubtreeCounts } from "../../lib/mesh/subtree_counts.ts";
import { COUNTS_PER_MESSAGE_MAX } from "../../lib/wire/link.ts";
import { deviceKey } from "../tools/cheap_keys.ts";
import { peerId } from "../tools/ids.ts";

const alice = deviceKey("alice");
const [ann, ben, cleo] = ["ann", "ben", "cleo"].map(peerId) as [
  string,
  string,
  string,
];
const MANY = 1_000;

function countOf(last: number, count: number, floor = 0) {
  return { author: alice, floor, last, count };
}

/** We have alice's entry `last` from ann. */
function setUp(last = 7): SubtreeCounts {
  const counts = new SubtreeCounts();
  counts.came({ author: alice, last }, ann);
  return counts;
}

Deno.test("SubtreeCounts.news() tells the source of us and of those behind us, once", () => {
  const counts = setUp();
  counts.told(ben, countOf(7, 3));
  counts.told(cleo, countOf(7, 1));
  const news = [[ann, [countOf(7, 5)]]];
  assert.deepEqual([...counts.news(() => 0, MANY)], news);
  assert.deepEqual([...counts.news(() => 0, MANY)], []);
  counts.told(ben, countOf(7, 4));
  assert.deepEqual([...counts.news(() => 0, MANY)], [[ann, [countOf(7, 6)]]]);
});

Deno.test("SubtreeCounts counts nobody for an entry that he told nothing of", () => {
  const counts = setUp();
  counts.told(ben, countOf(6, 3));
  assert.deepEqual(counts.below(alice, 7), { floor: 0, count: 0 });
  assert.equal(counts.told(ben, countOf(8, 3)), false);
  assert.equal(counts.told(cleo, { ...countOf(7, 3), author: "X" }), false);
});

Deno.test("SubtreeCounts tells of the newer entry only, and to whom that came from", () => {
  const counts = setUp();
  counts.told(ben, countOf(7, 3));
  counts.came({ author: alice, last: 8 }, ben);
  counts.came({ author: alice, last: 5 }, cleo);
  assert.deepEqual([...counts.news(() => 0, MANY)], [[ben, [countOf(8, 1)]]]);
});

Deno.test("SubtreeCounts.told() counts no source: it would be counted by itself", () => {
  const counts = setUp();
  assert.equal(counts.told(ann, countOf(7, 9)), false);
});

Deno.test("SubtreeCounts says above which entry all of them hold the log", () => {
  const counts = setUp();
  counts.told(ben, countOf(7, 3, 4));
  assert.deepEqual([...counts.news(() => 2, MANY)], [
    [ann, [countOf(7, 4, 4)]],
  ]);
});

Deno.test("SubtreeCounts.forget() counts the neighbour no more, and tells nobody where it was the source", () => {
  const counts = setUp();
  counts.told(ben, countOf(7, 3));
  counts.forget(ben);
  assert.equal(counts.below(alice, 7).count, 0);
  counts.forget(ann);
  assert.equal(counts.news(() => 0, MANY).size, 0);
});

Deno.test("SubtreeCounts.news() says no more than the channel has, and of no more authors than its limit", () => {
  const counts = setUp();
  counts.told(ben, countOf(7, 900_000));
  assert.equal(counts.news(() => 0, 40).get(ann)?.[0]?.count, 40);
  for (let at = 0; at < COUNTS_PER_MESSAGE_MAX * 2; at++) {
    counts.came({ author: deviceKey(`author${at}`), last: 1 }, ann);
  }
  const told = counts.news(() => 0, MANY).get(ann) ?? [];
  assert.equal(told.length, COUNTS_PER_MESSAGE_MAX);
});
