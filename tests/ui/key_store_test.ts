import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { openDB } from "idb";
import { IdbKeyStore } from "../../lib/ui/key_store.ts";
import {
  certificateOf,
  KEY_B,
  scriptKey,
  SLOT,
  testKeyStore,
} from "../conformance/key_store.ts";

let count = 0;

testKeyStore({
  name: "IdbKeyStore",
  open: () => new IdbKeyStore(`user${++count}`),
  reopen: () => new IdbKeyStore(`user${count}`),
});

Deno.test("IdbKeyStore keeps the key of one user from another of the same browser", async () => {
  const [mai, an] = [new IdbKeyStore("mai"), new IdbKeyStore("an")];
  await mai.keepKey(SLOT, scriptKey());
  assert.equal(await an.load(SLOT), undefined);
  mai.close();
  an.close();
});

Deno.test("IdbKeyStore replaces a row that holds no key any more", async () => {
  const good = scriptKey();
  const damaged: unknown[] = [
    ...[null, "text", {}, { key: null }, { key: { ...good, key: "short" } }],
    ...[{ key: { ...good, secret: new Uint8Array(31) } }],
    ...[{ key: { ...good, secret: "x".repeat(32) } }],
    ...[{ key: { ...good, kind: "native" } }],
    { key: { kind: "native", key: good.key, privateKey: {} } },
  ];
  for (const [at, row] of damaged.entries()) {
    const store = new IdbKeyStore(`damaged${at}`);
    assert.equal(await store.load(SLOT), undefined);
    const database = await openDB(`weaprous-identity:damaged${at}`);
    await database.put("devices", row, [SLOT.userSince, SLOT.kind]);
    database.close();
    assert.equal(await store.load(SLOT), undefined, JSON.stringify(row));
    const kept = await store.keepKey(SLOT, scriptKey(KEY_B));
    assert.deepEqual(kept, { key: scriptKey(KEY_B) });
    store.close();
  }
});

Deno.test("IdbKeyStore keeps the key where its certificate is damaged", async () => {
  const store = new IdbKeyStore("halved");
  await store.keepKey(SLOT, scriptKey());
  const database = await openDB("weaprous-identity:halved");
  const certificate = { ...certificateOf(), signature: "short" };
  const row = { key: scriptKey(), certificate };
  await database.put("devices", row, [SLOT.userSince, SLOT.kind]);
  database.close();
  assert.deepEqual(await store.load(SLOT), { key: scriptKey() });
  store.close();
});

Deno.test("IdbKeyStore rejects where the browser gives it no database", async () => {
  const real = globalThis.indexedDB;
  const refusing = {
    open() {
      throw new DOMException("private window", "SecurityError");
    },
  };
  Object.assign(globalThis, { indexedDB: refusing });
  try {
    const store = new IdbKeyStore("nobody");
    await assert.rejects(store.load(SLOT), /private window/);
    store.close();
  } finally {
    Object.assign(globalThis, { indexedDB: real });
  }
});
