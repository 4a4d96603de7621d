import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { openDB } from "idb";
import { IdbStore } from "../../lib/ui/idb_store.ts";
import { testStore } from "../conformance/store.ts";
import { entryOf, peerId } from "../tools/ids.ts";

let count = 0;

testStore({
  name: "IdbStore",
  open: () => new IdbStore(`user${++count}`),
  reopen: () => new IdbStore(`user${count}`),
});

Deno.test("IdbStore keeps the entries of one user from another of the same browser", async () => {
  const admin = new IdbStore("one");
  const entry = entryOf({ author: peerId("alice"), seq: 1 });
  await admin.keep([{ channel: "general", entry, at: 1 }]);
  const other = new IdbStore("two");
  assert.deepEqual(await other.load("general"), []);
  admin.close();
  other.close();
});

Deno.test("IdbStore.load() leaves out rows that are no entries any more", async () => {
  const store = new IdbStore("corrupt");
  const entry = entryOf({ author: peerId("alice"), seq: 1 });
  await store.keep([{ channel: "general", entry, at: 1 }]);
  const database = await openDB("weaprous:corrupt");
  const junk: unknown[] = [null, "text", {}, { entry: { ...entry, seq: -1 } }];
  for (const [index, row] of junk.entries()) {
    await database.put("entries", row, ["general", "junk", index]);
  }
  database.close();
  const loaded = await store.load("general");
  assert.deepEqual(loaded.map(({ entry }) => entry.seq), [1]);
  store.close();
});

Deno.test("IdbStore rejects where the browser gives it no database", async () => {
  const real = globalThis.indexedDB;
  const refusing = {
    open() {
      throw new DOMException("private window", "SecurityError");
    },
  };
  Object.assign(globalThis, { indexedDB: refusing });
  try {
    const store = new IdbStore("nobody");
    await assert.rejects(store.load("general"), /private window/);
    store.close();
  } finally {
    Object.assign(globalThis, { indexedDB: real });
  }
});
