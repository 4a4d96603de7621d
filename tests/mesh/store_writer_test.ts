import assert from "node:assert/strict";
import { ManualClock } from "../../lib/clock.ts";
import { LogMovedError, MemoryStore } from "../../lib/mesh/store.ts";
import {
  FLUSH_MS,
  GATHER_MS,
  GATHERED_MAX,
  StoreWriter,
} from "../../lib/mesh/store_writer.ts";
import type { KeptEntry } from "../../lib/mesh/verified_entry.ts";
import { deviceKey } from "../tools/cheap_keys.ts";
import { chain } from "../tools/entries.ts";

const alice = deviceKey("alice");
const bob = deviceKey("bob");

function keptOf(author: string, count: number): KeptEntry[] {
  return chain(author, count)
    .map((entry) => ({ ...entry, at: entry.entry.time }));
}

/** Notes in which order it is written to. */
class NotingStore extends MemoryStore {
  readonly notes: string[] = [];

  override append(own: KeptEntry): Promise<void> {
    this.notes.push(`append ${own.entry.seq}`);
    return super.append(own);
  }

  override flush(): Promise<void> {
    this.notes.push("flush");
    return super.flush();
  }

  override keep(entries: KeptEntry[]): Promise<void> {
    this.notes.push(`keep ${entries.map(({ entry }) => entry.seq).join(" ")}`);
    return super.keep(entries);
  }
}

function setUp() {
  const [store, clock] = [new NotingStore(), new ManualClock()];
  const failed = () => assert.fail("the store failed");
  return { store, clock, writer: new StoreWriter({ store, clock, failed }) };
}

Deno.test("StoreWriter.append() does not wait for what others wrote", async () => {
  const { store, clock, writer } = setUp();
  const [first, second] = keptOf(bob, 2) as [KeptEntry, KeptEntry];
  const [own] = keptOf(alice, 1) as [KeptEntry];
  writer.keep([first]);
  writer.keep([second]);
  assert.equal(await writer.append(own), "kept");
  clock.advance(GATHER_MS);
  await writer.load("general");
  assert.deepEqual(store.notes, ["append 1", "keep 1 2", "flush"]);
});

Deno.test("StoreWriter.append() does not wait for what is being written, and load() waits for it", async () => {
  const { store, writer } = setUp();
  const [own] = keptOf(alice, 1) as [KeptEntry];
  const written = Promise.withResolvers<void>();
  writer.write(() => written.promise);
  assert.equal(await writer.append(own), "kept");
  store.append = () => Promise.reject(new LogMovedError(own, undefined));
  assert.equal(await writer.append(own), "moved");
  let loaded = false;
  const loading = writer.load("general").then(() => loaded = true);
  await Promise.resolve();
  assert.equal(loaded, false);
  written.resolve();
  await loading;
});

Deno.test("StoreWriter.append() has what was appended flushed to the disk in a moment, once for all of it", async () => {
  const { store, clock, writer } = setUp();
  const [first, second, third] = keptOf(alice, 3) as [
    KeptEntry,
    KeptEntry,
    KeptEntry,
  ];
  await writer.append(first);
  clock.advance(FLUSH_MS - 1);
  await writer.append(second);
  clock.advance(1);
  await writer.load("general");
  clock.advance(FLUSH_MS);
  await writer.append(third);
  writer.close();
  await writer.load("general");
  const appended = ["append 1", "append 2", "flush"];
  assert.deepEqual(store.notes, [...appended, "append 3", "flush"]);
});

Deno.test("StoreWriter.keep() gathers no more than its limit", async () => {
  const { store, writer } = setUp();
  for (const kept of keptOf(bob, GATHERED_MAX)) writer.keep([kept]);
  await writer.load("general");
  assert.equal(store.notes.length, 1);
  assert.ok(store.notes[0]?.startsWith("keep 1 2 3 "));
});

Deno.test("StoreWriter.forget() and load() come after what was gathered before them", async () => {
  const { writer } = setUp();
  const kept = keptOf(bob, 3);
  writer.keep(kept);
  writer.forget(kept.slice(0, 1));
  const { entries } = await writer.load("general");
  assert.deepEqual(entries.map(({ entry }) => entry.seq), [2, 3]);
});

Deno.test("StoreWriter.close() writes what was gathered, and closes after it", async () => {
  const { store, writer } = setUp();
  const closed = Promise.withResolvers<void>();
  store.close = () => {
    store.notes.push("close");
    closed.resolve();
  };
  writer.keep(keptOf(bob, 1));
  writer.close();
  await closed.promise;
  assert.deepEqual(store.notes, ["keep 1", "close"]);
});
