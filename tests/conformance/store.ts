/**
 * What every Store promises, as tests: call it with a way to open one and to
 * open the same one again.
 * @module
 */
import assert from "node:assert/strict";
import { forkOf } from "../../lib/mesh/author_log.ts";
import { LogMovedError, type Store } from "../../lib/mesh/store.ts";
import type { KnownFork } from "../../lib/mesh/sync_state.ts";
import type { KeptEntry } from "../../lib/mesh/verified_entry.ts";
import { certificateOf, deviceKey } from "../tools/cheap_keys.ts";
import { chain, signedBy } from "../tools/entries.ts";

const alice = deviceKey("alice");
const bob = deviceKey("bob");

function kept(
  channel: string,
  seq: number,
  fields: Partial<KeptEntry> = {},
): KeptEntry {
  const prev = "p".repeat(43);
  const entry = signedBy(alice, { channel, seq, prev });
  return { ...entry, at: entry.entry.time, ...fields };
}

function own(count: number): KeptEntry[] {
  return chain(alice, count)
    .map((entry) => ({ ...entry, at: entry.entry.time }));
}

/** Two forks of alice's log, the one at `seq`. */
function forkAt(seq: number): KnownFork {
  const prev = "p".repeat(43);
  const [a, b] = [1, 2].map((time) => signedBy(alice, { seq, prev, time }));
  const fork = a && b && forkOf(a, b);
  assert.ok(fork);
  return { author: alice, user: "alice", fork };
}

async function seqs(store: Store, channel = "general"): Promise<number[]> {
  const { entries } = await store.load(channel);
  return entries.map(({ entry }) => entry.seq).toSorted((a, b) => a - b);
}

export interface StoreUnderTest {
  name: string;
  open(): Store;
  /** The same store after a restart; undefined where it forgets. */
  reopen?(): Store;
  /** Another tab or process on the same store, while the first is open. */
  another?(): Store;
}

export function testStore(
  { name, open, reopen, another }: StoreUnderTest,
): void {
  Deno.test(`${name}.load() gives back what was kept, for that channel only`, async () => {
    const store = open();
    const first = kept("general", 1, { via: "bob", held: 3 });
    await store.keep([first, kept("general", 2), kept("other", 3)]);
    const { entries } = await store.load("general");
    assert.deepEqual(await seqs(store), [1, 2]);
    assert.deepEqual(entries.find(({ entry }) => entry.seq === 1), first);
    const nothing = { entries: [], heads: new Map(), forks: [] };
    assert.deepEqual(await store.load("empty"), nothing);
    store.close();
  });

  Deno.test(`${name}.keep() of an entry that is there already does not double it`, async () => {
    const store = open();
    await store.keep([kept("general", 1)]);
    await store.keep([kept("general", 1), kept("general", 1)]);
    assert.deepEqual(await seqs(store), [1]);
    store.close();
  });

  Deno.test(`${name}.keep() leaves an entry as it came first, but for a higher number of holders`, async () => {
    const store = open();
    await store.keep([kept("general", 1, { at: 7, held: 2 })]);
    await store.keep([kept("general", 1, { at: 9, via: "bob", held: 1 })]);
    await store.keep([kept("general", 1, { at: 9, via: "bob", held: 4 })]);
    const { entries } = await store.load("general");
    assert.deepEqual(entries, [kept("general", 1, { at: 7, held: 4 })]);
    store.close();
  });

  Deno.test(`${name}.append() keeps an own entry and moves the head of its log`, async () => {
    const store = open();
    const [first, second] = own(2) as [KeptEntry, KeptEntry];
    await store.append(first);
    await store.append(second);
    const { heads } = await store.load("general");
    assert.deepEqual(await seqs(store), [1, 2]);
    assert.deepEqual([...heads], [[alice, { seq: 2, hash: second.hash }]]);
    store.close();
  });

  Deno.test(`${name}.append() refuses an entry that does not go on from the end of the log`, async () => {
    const store = open();
    const [first, second, third] = own(3) as KeptEntry[];
    const other = signedBy(alice, { seq: 2, prev: "x".repeat(43) });
    await store.append(first as KeptEntry);
    const wrong = [first, third, { ...other, at: 1 }] as KeptEntry[];
    for (const one of wrong) {
      await assert.rejects(store.append(one), LogMovedError);
    }
    await store.append(second as KeptEntry);
    assert.deepEqual(await seqs(store), [1, 2]);
    store.close();
  });

  Deno.test(`${name}.append() lets only one of many that write the same place have it`, async () => {
    const store = open();
    const rivals = [1, 2, 3, 4].map((time) => {
      const entry = signedBy(alice, { seq: 1, time });
      return { ...entry, at: time };
    });
    const outcomes = await Promise.allSettled(
      rivals.map((one) => store.append(one)),
    );
    const won = outcomes.filter(({ status }) => status === "fulfilled");
    assert.equal(won.length, 1);
    assert.deepEqual(await seqs(store), [1]);
    store.close();
  });

  Deno.test(`${name}.raiseHead() has a log go on behind entries that the store has lost`, async () => {
    const store = open();
    const [first, second, third, fourth] = own(4) as [
      KeptEntry,
      KeptEntry,
      KeptEntry,
      KeptEntry,
    ];
    await store.append(first);
    const head = { seq: 3, hash: third.hash };
    await store.raiseHead("general", alice, head);
    await store.raiseHead("general", alice, { seq: 2, hash: second.hash });
    const { heads } = await store.load("general");
    assert.deepEqual([...heads], [[alice, head]]);
    await assert.rejects(store.append(second), LogMovedError);
    await store.append(fourth);
    assert.deepEqual(await seqs(store), [1, 4]);
    store.close();
  });

  Deno.test(`${name} knows where a log goes on after its entries are dropped`, async () => {
    const store = open();
    const [first] = own(1) as [KeptEntry];
    await store.append(first);
    await store.forget([first.entry]);
    const { entries, heads } = await store.load("general");
    assert.deepEqual(entries, []);
    assert.deepEqual(heads.get(alice), { seq: 1, hash: first.hash });
    store.close();
  });

  Deno.test(`${name}.forget() drops what it names and nothing else`, async () => {
    const store = open();
    await store.keep([
      kept("general", 1),
      kept("general", 2),
      kept("other", 1),
    ]);
    await store.forget([
      { channel: "general", author: alice, seq: 1 },
      { channel: "general", author: alice, seq: 99 },
    ]);
    assert.deepEqual(await seqs(store), [2]);
    assert.deepEqual(await seqs(store, "other"), [1]);
    store.close();
  });

  Deno.test(`${name}.keepFork() keeps one fork of each author, that with the lowest place`, async () => {
    const store = open();
    for (const seq of [5, 3, 4]) await store.keepFork("general", forkAt(seq));
    const { forks } = await store.load("general");
    assert.deepEqual(forks, [forkAt(3)]);
    assert.deepEqual((await store.load("other")).forks, []);
    store.close();
  });

  Deno.test(`${name}.certificates() gives back the latest of each key`, async () => {
    const store = open();
    const renewed = {
      ...certificateOf("alice", alice),
      expiresAt: 9_100_000_000_000,
    };
    await store.keepCertificate(certificateOf("alice", alice));
    await store.keepCertificate(certificateOf("bob", bob));
    await store.keepCertificate(renewed);
    const users = (await store.certificates())
      .toSorted((a, b) => a.user < b.user ? -1 : 1);
    assert.deepEqual(users, [renewed, certificateOf("bob", bob)]);
    store.close();
  });

  Deno.test(`${name}.forgetCertificate() drops that of one key, once or twice`, async () => {
    const store = open();
    await store.keepCertificate(certificateOf("alice", alice));
    await store.keepCertificate(certificateOf("bob", bob));
    await store.forgetCertificate(alice);
    await store.forgetCertificate(alice);
    assert.deepEqual(await store.certificates(), [certificateOf("bob", bob)]);
    store.close();
  });

  Deno.test(`${name}.channels() gives back those added and not removed`, async () => {
    const store = open();
    assert.deepEqual(await store.channels(), []);
    await store.addChannel("general");
    await store.addChannel("lớp-12");
    await store.addChannel("lớp-12");
    await store.removeChannel("general");
    await store.removeChannel("never-there");
    assert.deepEqual(await store.channels(), ["lớp-12"]);
    store.close();
  });

  Deno.test(`${name} keeps channels apart whose names begin alike`, async () => {
    const store = open();
    await store.keep([kept("a", 1), kept("ab", 2), kept("a-b", 3)]);
    assert.deepEqual(await seqs(store, "a"), [1]);
    store.close();
  });

  if (another !== undefined) {
    Deno.test(`${name} lets two tabs write one log without a fork`, async () => {
      const one = open();
      const two = another();
      const [first, second] = own(2) as [KeptEntry, KeptEntry];
      await one.append(first);
      const late = signedBy(alice, { seq: 1, time: 9 });
      await assert.rejects(two.append({ ...late, at: 9 }), LogMovedError);
      const { heads } = await two.load("general");
      assert.deepEqual(heads.get(alice), { seq: 1, hash: first.hash });
      await two.append(second);
      assert.deepEqual(await seqs(one), [1, 2]);
      one.close();
      two.close();
    });
  }

  if (reopen === undefined) return;
  Deno.test(`${name} has everything after a restart`, async () => {
    const before = open();
    const [first] = own(1) as [KeptEntry];
    await before.append(first);
    await before.keep([kept("general", 5)]);
    await before.keepFork("general", forkAt(9));
    await before.keepCertificate(certificateOf("alice", alice));
    await before.addChannel("general");
    before.close();
    const after = reopen();
    const { heads, forks } = await after.load("general");
    assert.deepEqual(await seqs(after), [1, 5]);
    assert.deepEqual(heads.get(alice), { seq: 1, hash: first.hash });
    assert.deepEqual(forks, [forkAt(9)]);
    assert.equal((await after.certificates()).length, 1);
    assert.deepEqual(await after.channels(), ["general"]);
    after.close();
  });
}
