import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { openDB } from "idb";
import { IdbStore } from "../../lib/ui/idb_store.ts";
import { testStore } from "../conformance/store.ts";
import { deviceKey } from "../tools/cheap_keys.ts";
import { signedBy } from "../tools/entries.ts";

const alice = deviceKey("alice");
let count = 0;

testStore({
  name: "IdbStore",
  open: () => new IdbStore(`user${++count}`),
  reopen: () => new IdbStore(`user${count}`),
  another: () => new IdbStore(`user${count}`),
});

function kept(seq: number) {
  return { ...signedBy(alice, { seq, prev: "p".repeat(43) }), at: seq };
}

Deno.test("IdbStore keeps the entries of one user from another of the same browser", async () => {
  const admin = new IdbStore("one");
  await admin.keep([kept(1)]);
  const other = new IdbStore("two");
  assert.deepEqual((await other.load("general")).entries, []);
  admin.close();
  other.close();
});

Deno.test("IdbStore.load() leaves out rows that are not what they should be any more", async () => {
  const store = new IdbStore("corrupt");
  await store.keep([kept(1), kept(2)]);
  const database = await openDB("weaprous:corrupt");
  const { signed, signature } = kept(2);
  const cut = { ...kept(2), signed: signed.slice(0, 40) };
  const junk: unknown[] = [
    null,
    "text",
    {},
    { signed, signature },
    cut,
    kept(2),
  ];
  for (const [index, row] of junk.entries()) {
    await database.put("signed-entries", row, ["general", alice, 10 + index]);
    await database.put("heads", row, ["general", `${index}`]);
    await database.put("forks", row, ["general", `${index}`]);
    await database.put("certificates", row ?? 0, `${index}`);
  }
  database.close();
  const { entries, heads, forks } = await store.load("general");
  assert.deepEqual(entries.map(({ entry }) => entry.seq), [1, 2]);
  assert.deepEqual([...heads], []);
  assert.deepEqual(forks, []);
  assert.deepEqual(await store.certificates(), []);
  store.close();
});

Deno.test("IdbStore.append() that runs out of space leaves neither entry nor head", async () => {
  const store = new IdbStore("full");
  await store.channels();
  const real = IDBObjectStore.prototype.put;
  const full = new DOMException("no space left", "QuotaExceededError");
  IDBObjectStore.prototype.put = function (value, key) {
    if (this.name === "signed-entries") throw full;
    return real.call(this, value, key);
  };
  try {
    const own = signedBy(alice, { seq: 1 });
    await assert.rejects(store.append({ ...own, at: 1 }), /no space left/);
  } finally {
    IDBObjectStore.prototype.put = real;
  }
  const { entries, heads } = await store.load("general");
  assert.deepEqual([entries.length, heads.size], [0, 0]);
  store.close();
});

Deno.test("IdbStore takes over the channels of its first version, whose entries nobody signed", async () => {
  const old = await openDB("weaprous:before", 1, {
    upgrade(database) {
      database.createObjectStore("entries");
      database.createObjectStore("channels");
    },
  });
  await old.put("channels", true, "lớp-12");
  await old.put("entries", { at: 1 }, ["general", "x", 1]);
  old.close();
  const store = new IdbStore("before");
  assert.deepEqual(await store.channels(), ["lớp-12"]);
  assert.deepEqual((await store.load("general")).entries, []);
  await store.keep([kept(1)]);
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
