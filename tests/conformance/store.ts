/**
 * What every Store promises, as tests: call it with a way to open one and to
 * open the same one again.
 * @module
 */
import assert from "node:assert/strict";
import type { KeptEntry } from "../../lib/mesh/chat.ts";
import type { Store } from "../../lib/mesh/store.ts";
import { entryOf, peerId } from "../tools/ids.ts";

const alice = peerId("alice");

function kept(channel: string, seq: number, fields: Partial<KeptEntry> = {}) {
  const entry = entryOf({ author: alice, seq });
  return { channel, entry, at: entry.time, ...fields };
}

function seqs(entries: KeptEntry[]): number[] {
  return entries.map(({ entry }) => entry.seq).toSorted((a, b) => a - b);
}

export interface StoreUnderTest {
  name: string;
  open(): Store;
  /** The same store after a restart; undefined where it forgets. */
  reopen?(): Store;
}

export function testStore({ name, open, reopen }: StoreUnderTest): void {
  Deno.test(`${name}.load() gives back what was kept, for that channel only`, async () => {
    const store = open();
    const first = kept("general", 1, { via: "bob", own: true });
    await store.keep([first, kept("general", 2), kept("other", 3)]);
    const loaded = await store.load("general");
    assert.deepEqual(seqs(loaded), [1, 2]);
    assert.deepEqual(loaded.find(({ entry }) => entry.seq === 1), first);
    assert.deepEqual(await store.load("empty"), []);
    store.close();
  });

  Deno.test(`${name}.keep() of an entry that is there already does not double it`, async () => {
    const store = open();
    await store.keep([kept("general", 1)]);
    await store.keep([kept("general", 1), kept("general", 1)]);
    assert.deepEqual(seqs(await store.load("general")), [1]);
    store.close();
  });

  Deno.test(`${name}.keep() lets what is known of an own entry stand against another tab's copy`, async () => {
    const store = open();
    await store.keep([kept("general", 1, { own: true })]);
    await store.keep([kept("general", 1, { own: true, held: 2 })]);
    await store.keep([kept("general", 1, { via: "bob" })]);
    const [row] = await store.load("general");
    assert.deepEqual(row, kept("general", 1, { own: true, held: 2 }));
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
    assert.deepEqual(seqs(await store.load("general")), [2]);
    assert.deepEqual(seqs(await store.load("other")), [1]);
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
    assert.deepEqual(seqs(await store.load("a")), [1]);
    store.close();
  });

  if (reopen === undefined) return;
  Deno.test(`${name} has everything after a restart`, async () => {
    const before = open();
    await before.keep([kept("general", 1)]);
    await before.addChannel("general");
    before.close();
    const after = reopen();
    assert.deepEqual(seqs(await after.load("general")), [1]);
    assert.deepEqual(await after.channels(), ["general"]);
    after.close();
  });
}
