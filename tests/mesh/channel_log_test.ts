import assert from "node:assert/strict";
import { ChannelLog } from "../../lib/mesh/channel_log.ts";
import { entryOf, peerId } from "../tools/ids.ts";

const alice = peerId("alice");
const bob = peerId("bob");
const receivedAt = 5_000;

function logWith(...entries: ReturnType<typeof entryOf>[]): ChannelLog {
  const log = new ChannelLog("general");
  for (const entry of entries) log.add(entry, { receivedAt });
  return log;
}

function texts(log: ChannelLog): string[] {
  return log.view.map(({ entry }) => entry.text);
}

Deno.test("ChannelLog.add() takes each author's entries only in order", () => {
  const log = new ChannelLog("general");
  const add = (seq: number) =>
    log.add(entryOf({ author: alice, seq }), { receivedAt }).result;
  assert.equal(add(2), "gap");
  assert.equal(add(1), "added");
  assert.equal(add(1), "held");
  assert.equal(add(2), "added");
  assert.deepEqual(log.held(alice), [0, 2]);
});

Deno.test("ChannelLog.add() keeps the same text said twice as two entries", () => {
  const log = logWith(
    entryOf({ author: alice, seq: 1, text: "yes" }),
    entryOf({ author: alice, seq: 2, text: "yes" }),
  );
  assert.deepEqual(texts(log), ["yes", "yes"]);
});

Deno.test("ChannelLog.add() refuses an author that changes its user name", () => {
  const log = logWith(entryOf({ author: alice, seq: 1 }));
  const forged = entryOf({ author: alice, seq: 2, user: "bob" });
  assert.equal(log.add(forged, { receivedAt }).result, "impostor");
  assert.equal(log.view.length, 1);
});

Deno.test("ChannelLog.view is ordered by time across authors", () => {
  const log = logWith(
    entryOf({ author: alice, seq: 1, time: 30 }),
    entryOf({ author: bob, seq: 1, time: 10 }),
    entryOf({ author: bob, seq: 2, time: 40 }),
  );
  assert.deepEqual(texts(log), ["bob 1", "alice 1", "bob 2"]);
});

Deno.test("ChannelLog.view keeps a clock months ahead from pinning its messages below all others", () => {
  const monthsAhead = receivedAt + 120 * 86_400_000;
  const log = logWith(entryOf({ author: alice, seq: 1, time: monthsAhead }));
  const later = entryOf({ author: bob, seq: 1, time: receivedAt + 1_000 });
  log.add(later, { receivedAt: receivedAt + 1_000 });
  assert.deepEqual(texts(log), ["alice 1", "bob 1"]);
});

Deno.test("ChannelLog.view keeps one author's entries in order when its clock jumps back", () => {
  const log = logWith(
    entryOf({ author: alice, seq: 1, time: 4_000 }),
    entryOf({ author: alice, seq: 2, time: 1_000 }),
  );
  assert.deepEqual(texts(log), ["alice 1", "alice 2"]);
});

Deno.test("ChannelLog.slice() gives the entries after one seq and up to another", () => {
  const log = logWith(
    ...[1, 2, 3, 4].map((seq) => entryOf({ author: alice, seq })),
  );
  const seqs = log.slice(alice, 1, 3).map(({ seq }) => seq);
  assert.deepEqual(seqs, [2, 3]);
  assert.deepEqual(log.slice(bob, 0, 9), []);
});

Deno.test("ChannelLog.prune() drops the oldest beyond the limit and never asks for them again", () => {
  const log = new ChannelLog("general", { entriesMax: 2, authorsMax: 9 });
  for (const seq of [1, 2, 3]) {
    log.add(entryOf({ author: alice, seq }), { receivedAt });
  }
  const dropped = log.prune().map(({ entry }) => entry.seq);
  assert.deepEqual(dropped, [1]);
  assert.deepEqual(log.held(alice), [1, 3]);
  const again = log.add(entryOf({ author: alice, seq: 1 }), { receivedAt });
  assert.equal(again.result, "held");
});

Deno.test("ChannelLog.prune() drops the authors not heard of for longest beyond their limit", () => {
  const log = new ChannelLog("general", { entriesMax: 99, authorsMax: 1 });
  log.add(entryOf({ author: alice, seq: 1, time: 10 }), { receivedAt });
  log.add(entryOf({ author: bob, seq: 1, time: 20 }), { receivedAt });
  assert.deepEqual(log.prune().map(({ entry }) => entry.text), ["alice 1"]);
  assert.deepEqual([...log.vector().keys()], [bob]);
});

Deno.test("ChannelLog.restore() puts back what a store kept, in any order", () => {
  const before = logWith(
    entryOf({ author: alice, seq: 1 }),
    entryOf({ author: alice, seq: 2 }),
    entryOf({ author: bob, seq: 1 }),
  );
  const after = new ChannelLog("general");
  after.restore(before.view.toReversed());
  assert.deepEqual(after.view, before.view);
  assert.deepEqual(after.vector(), before.vector());
});

Deno.test("ChannelLog.restore() leaves what lies behind a lost row to be fetched from others", () => {
  const before = logWith(
    ...[1, 2, 3, 4].map((seq) => entryOf({ author: alice, seq })),
  );
  const after = new ChannelLog("general");
  after.restore(before.view.filter(({ entry }) => entry.seq !== 3));
  assert.deepEqual(after.held(alice), [0, 2]);
});

Deno.test("ChannelLog.skipTo() goes on above what nobody has any more and keeps showing the rest", () => {
  const log = logWith(entryOf({ author: alice, seq: 1 }));
  log.skipTo(alice, 7, "alice");
  log.add(entryOf({ author: alice, seq: 8 }), { receivedAt });
  assert.deepEqual(log.held(alice), [7, 8]);
  assert.deepEqual(texts(log), ["alice 1", "alice 8"]);
});
