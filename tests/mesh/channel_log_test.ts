import assert from "node:assert/strict";
import { forkOf } from "../../lib/mesh/author_log.ts";
import { ChannelLog, DEFAULT_RETENTION } from "../../lib/mesh/channel_log.ts";
import type { VerifiedEntry } from "../../lib/mesh/verified_entry.ts";
import { RUNS_PER_AUTHOR_MAX } from "../../lib/wire/link.ts";
import { deviceKey } from "../tools/cheap_keys.ts";
import { chain, signedBy } from "../tools/entries.ts";

const alice = deviceKey("alice");
const bob = deviceKey("bob");
const NOW = 1_000_000;

function logWith(...entries: VerifiedEntry[]): ChannelLog {
  const log = new ChannelLog("general");
  for (const entry of entries) log.add(entry, { receivedAt: NOW });
  return log;
}

function names(log: ChannelLog): string[] {
  return log.view.map(({ user, entry }) => `${user} ${entry.seq}`);
}

/** `0-3` for each run of alice's. */
function runs(log: ChannelLog): string[] {
  return log.held(alice).map(({ held }) => held.join("-"));
}

function nth(entries: VerifiedEntry[], seq: number): VerifiedEntry {
  return entries[seq - 1] as VerifiedEntry;
}

Deno.test("ChannelLog.add() takes entries in any order and joins what belongs together", () => {
  const entries = chain(alice, 6);
  const log = logWith(nth(entries, 6), nth(entries, 5));
  assert.deepEqual(runs(log), ["4-6"]);
  log.add(nth(entries, 2), { receivedAt: NOW });
  assert.deepEqual(runs(log), ["1-2", "4-6"]);
  log.add(nth(entries, 4), { receivedAt: NOW });
  log.add(nth(entries, 3), { receivedAt: NOW });
  log.add(nth(entries, 1), { receivedAt: NOW });
  assert.deepEqual(runs(log), ["0-6"]);
  const again = log.add(nth(entries, 3), { receivedAt: NOW });
  assert.deepEqual(again, {});
  assert.equal(log.view.length, 6);
});

Deno.test("ChannelLog.add() keeps the same text said twice as two entries", () => {
  const body = { kind: "text" as const, text: "yes" };
  const log = logWith(...chain(alice, 2, () => ({ body })));
  assert.equal(log.view.length, 2);
});

Deno.test("ChannelLog.add() sees two entries for one place as a fork, and keeps the first", () => {
  const entries = chain(alice, 2);
  const rival = signedBy(alice, {
    seq: 2,
    prev: nth(entries, 1).hash,
    time: 7,
  });
  const log = logWith(...entries);
  const { fork, kept } = log.add(rival, { receivedAt: NOW });
  assert.equal(kept, undefined);
  assert.equal(fork?.seq, 2);
  const signed = fork?.proof.map((one) => one.signed);
  assert.deepEqual(signed, [nth(entries, 2).signed, rival.signed]);
  assert.deepEqual(names(log), ["alice 1", "alice 2"]);
});

Deno.test("ChannelLog.add() sees a fork in an entry that does not chain to its neighbour, on either side", () => {
  const entries = chain(alice, 3);
  const other = signedBy(alice, { seq: 3, prev: "x".repeat(43) });
  const above = logWith(nth(entries, 1), nth(entries, 2))
    .add(other, { receivedAt: NOW });
  assert.equal(above.fork?.seq, 2);
  const low = signedBy(alice, { seq: 2, prev: "x".repeat(43) });
  const below = logWith(nth(entries, 3)).add(low, { receivedAt: NOW });
  assert.equal(below.fork?.seq, 2);
});

Deno.test("ChannelLog.close() takes nothing more from the fork on, tells nothing of it, and shows what was there", () => {
  const entries = chain(alice, 4);
  const log = logWith(...entries.slice(0, 3));
  const rival = signedBy(alice, {
    seq: 2,
    prev: nth(entries, 1).hash,
    time: 7,
  });
  const fork = forkOf(nth(entries, 2), rival);
  assert.ok(fork);
  const known = { author: alice, user: "alice", fork };
  assert.equal(log.close(known), true);
  assert.equal(log.close(known), false);
  assert.deepEqual(log.add(nth(entries, 4), { receivedAt: NOW }), {});
  assert.deepEqual(runs(log), ["0-1"]);
  const range = { author: alice, after: 0, upTo: 9 };
  assert.deepEqual([...log.newestFirst(range)].map((it) => it.entry.seq), [1]);
  assert.deepEqual(names(log), ["alice 1", "alice 2", "alice 3"]);
  assert.equal(log.newestGap(alice, [{ held: [0, 9], head: "x" }]), undefined);
});

Deno.test("forkOf() finds no fault in entries that can stand in one log", () => {
  const [one, two, three] = chain(alice, 3) as VerifiedEntry[];
  const elsewhere = signedBy(alice, { channel: "tea", seq: 1 });
  const others = signedBy(bob, { seq: 1 });
  for (const other of [one, two, three, elsewhere, others]) {
    assert.equal(
      forkOf(one as VerifiedEntry, other as VerifiedEntry),
      undefined,
    );
  }
});

Deno.test("ChannelLog.newestGap() names the newest that is missing first", () => {
  const entries = chain(alice, 9);
  const log = logWith(nth(entries, 3), nth(entries, 6));
  const theirs = (floor: number, last: number) =>
    log.newestGap(alice, [{ held: [floor, last], head: "x" }]);
  const gap = (after: number, upTo: number) => ({ author: alice, after, upTo });
  assert.deepEqual(theirs(0, 9), gap(6, 9));
  assert.deepEqual(theirs(0, 6), gap(3, 5));
  assert.deepEqual(theirs(4, 6), gap(4, 5));
  assert.deepEqual(theirs(0, 3), gap(0, 2));
  assert.equal(theirs(2, 3), undefined);
  assert.deepEqual(log.newestGap(bob, [{ held: [2, 5], head: "x" }]), {
    author: bob,
    after: 2,
    upTo: 5,
  });
});

Deno.test("ChannelLog holds a bounded number of runs, the highest ones", () => {
  const log = new ChannelLog("general");
  for (let at = 1; at <= RUNS_PER_AUTHOR_MAX + 3; at++) {
    const entry = signedBy(alice, { seq: 1 + 10 * at, prev: "p".repeat(43) });
    log.add(entry, { receivedAt: NOW });
  }
  assert.equal(log.held(alice).length, RUNS_PER_AUTHOR_MAX);
  assert.equal(log.view.length, RUNS_PER_AUTHOR_MAX);
  const low = signedBy(alice, { seq: 5, prev: "p".repeat(43) });
  assert.deepEqual(log.add(low, { receivedAt: NOW }), {});
});

Deno.test("ChannelLog.view is ordered by time across authors, in whatever order they come", () => {
  const entries = [
    signedBy(alice, { seq: 1, time: 30 }),
    signedBy(bob, { seq: 1, time: 10 }),
    ...chain(bob, 2, (seq) => ({ time: seq === 1 ? 10 : 40 })).slice(1),
  ];
  const expected = ["bob 1", "alice 1", "bob 2"];
  assert.deepEqual(names(logWith(...entries)), expected);
  assert.deepEqual(names(logWith(...entries.toReversed())), expected);
});

Deno.test("ChannelLog.view keeps a clock months ahead from pinning its messages below all others", () => {
  const monthsAhead = NOW + 120 * 86_400_000;
  const log = logWith(signedBy(alice, { seq: 1, time: monthsAhead }));
  const later = signedBy(bob, { seq: 1, time: NOW + 1_000 });
  log.add(later, { receivedAt: NOW + 1_000 });
  assert.deepEqual(names(log), ["alice 1", "bob 1"]);
  assert.ok(log.view.every(({ at }) => at <= NOW + 1_000));
});

Deno.test("ChannelLog.view keeps one author's entries in order when its clock jumps back", () => {
  const entries = chain(alice, 3, (seq) => ({ time: 9_000 - seq * 1_000 }));
  const expected = ["alice 1", "alice 2", "alice 3"];
  assert.deepEqual(names(logWith(...entries)), expected);
  assert.deepEqual(names(logWith(...entries.toReversed())), expected);
});

Deno.test("ChannelLog.prune() drops the oldest beyond the limit and never asks for them again", () => {
  const log = new ChannelLog("general", {
    ...DEFAULT_RETENTION,
    entriesMax: 2,
  });
  const entries = chain(alice, 3);
  for (const entry of entries) log.add(entry, { receivedAt: NOW });
  const dropped = log.prune(NOW).map(({ entry }) => entry.seq);
  assert.deepEqual(dropped, [1]);
  assert.deepEqual(runs(log), ["1-3"]);
  assert.deepEqual(log.add(nth(entries, 1), { receivedAt: NOW }), {});
  assert.equal(log.newestGap(alice, [{ held: [0, 3], head: "x" }]), undefined);
});

Deno.test("ChannelLog.prune() drops what is older than the channel keeps", () => {
  const log = new ChannelLog("general", {
    ...DEFAULT_RETENTION,
    ageMaxMs: 1_000,
  });
  for (const entry of chain(alice, 3, (seq) => ({ time: seq * 1_000 }))) {
    log.add(entry, { receivedAt: NOW });
  }
  assert.equal(log.prune(3_000).length, 1);
  assert.deepEqual(names(log), ["alice 2", "alice 3"]);
});

Deno.test("ChannelLog.prune() does not let one author's flood drown the others", () => {
  const log = new ChannelLog("general", {
    ...DEFAULT_RETENTION,
    entriesMax: 10,
  });
  log.add(signedBy(bob, { seq: 1, time: 1 }), { receivedAt: NOW });
  for (const entry of chain(alice, 50)) {
    log.add(entry, { receivedAt: NOW });
    log.prune(NOW);
  }
  assert.equal(log.view.length, 10);
  assert.equal(names(log)[0], "bob 1");
});

Deno.test("ChannelLog.prune() comes down to the limit at once, whoever wrote how much", () => {
  const log = new ChannelLog("general", {
    ...DEFAULT_RETENTION,
    entriesMax: 10,
  });
  for (const name of ["a", "b", "c"]) {
    for (const entry of chain(deviceKey(name), 8)) {
      log.add(entry, { receivedAt: NOW });
    }
  }
  const dropped = log.prune(NOW);
  assert.deepEqual([dropped.length, log.view.length], [14, 10]);
  const seqs = log.view.map(({ entry }) => entry.seq);
  assert.ok(Math.min(...seqs) > 3, `${seqs}`);
});

Deno.test("ChannelLog.prune() drops the authors not heard of for longest beyond their limit", () => {
  const log = new ChannelLog("general", {
    ...DEFAULT_RETENTION,
    authorsMax: 2,
  });
  for (const [at, name] of ["alice", "bob", "carol"].entries()) {
    const entry = signedBy(deviceKey(name), { seq: 1, time: 100 + at });
    log.add(entry, { receivedAt: NOW });
    log.prune(NOW);
  }
  assert.deepEqual(names(log), ["bob 1", "carol 1"]);
  const late = signedBy(deviceKey("dave"), { seq: 1, time: 5 });
  assert.deepEqual(log.add(late, { receivedAt: NOW }), {});
});

Deno.test("ChannelLog.restore() puts back what a store kept, in any order", () => {
  const before = logWith(...chain(alice, 2), ...chain(bob, 1));
  const after = new ChannelLog("general");
  after.restore(before.view.toReversed());
  assert.deepEqual(after.view, before.view);
  assert.deepEqual(after.vector(), before.vector());
});

Deno.test("ChannelLog.restore() leaves a lost row to be fetched from others, and keeps what lies on both sides", () => {
  const before = logWith(...chain(alice, 4));
  const after = new ChannelLog("general");
  after.restore(before.view.filter(({ entry }) => entry.seq !== 3));
  assert.deepEqual(runs(after), ["0-2", "3-4"]);
  const gap = after.newestGap(alice, [{ held: [0, 4], head: "x" }]);
  assert.deepEqual(gap, { author: alice, after: 2, upTo: 3 });
});
