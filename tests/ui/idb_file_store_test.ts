import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { openDB } from "idb";
import { NoRoomError } from "../../lib/mesh/file_store.ts";
import { IdbFileStore } from "../../lib/ui/idb_file_store.ts";
import { testFileStore } from "../conformance/file_store.ts";

const HASH = "h".repeat(43);
const ROW = { hash: HASH, size: 30, channel: "general", wanted: false };
let count = 0;

/** What fake-indexeddb has for it. */
interface Abortable {
  _abort(errorName: string): void;
}

testFileStore({
  name: "IdbFileStore",
  open: () => new IdbFileStore(`user${++count}`),
  reopen: () => new IdbFileStore(`user${count}`),
});

function bytes(length: number, fill: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).fill(fill);
}

Deno.test("IdbFileStore keeps the files of one user from another of the same browser", async () => {
  const admin = new IdbFileStore("one");
  await admin.begin(ROW);
  const other = new IdbFileStore("two");
  assert.deepEqual(await other.list(), []);
  admin.close();
  other.close();
});

Deno.test("IdbFileStore.blob() is the whole file, its pieces in order", async () => {
  const store = new IdbFileStore("whole");
  await store.begin(ROW);
  await store.begin({ ...ROW, hash: "o".repeat(43) });
  await store.write("o".repeat(43), 0, bytes(10, 9));
  for (const piece of [10, 2, 0, 1]) {
    await store.write(HASH, piece, bytes(3, piece));
  }
  const whole = await (await store.blob(HASH)).bytes();
  assert.deepEqual([...whole], [0, 0, 0, 1, 1, 1, 2, 2, 2, 10, 10, 10]);
  store.close();
});

Deno.test("IdbFileStore leaves out rows that are not what they should be any more", async () => {
  const store = new IdbFileStore("corrupt");
  await store.begin(ROW);
  await store.write(HASH, 0, bytes(3, 1));
  const database = await openDB("weaprous-files:corrupt");
  const junk: unknown[] = [null, "text", {}, { ...ROW, size: -1 }];
  for (const [index, row] of junk.entries()) {
    await database.put("files", row, `${index}`);
    await database.put("pieces", row, [HASH, index + 1]);
  }
  database.close();
  assert.deepEqual((await store.list()).map(({ hash }) => hash), [HASH]);
  assert.equal(await store.find("0"), undefined);
  assert.equal(await store.read(HASH, 1), undefined);
  assert.equal((await store.blob(HASH)).size, 3);
  store.close();
});

Deno.test("IdbFileStore says where the browser gives no more room", async () => {
  const store = new IdbFileStore("full");
  await store.begin(ROW);
  const { put } = IDBObjectStore.prototype;
  // As browsers do: they take the request, and undo the transaction then.
  IDBObjectStore.prototype.put = function (...row) {
    const request = put.apply(this, row);
    const { transaction } = this as unknown as { transaction: Abortable };
    transaction._abort("QuotaExceededError");
    return request;
  };
  try {
    await assert.rejects(store.begin(ROW), NoRoomError);
    await assert.rejects(store.write(HASH, 0, bytes(3, 1)), NoRoomError);
  } finally {
    IDBObjectStore.prototype.put = put;
  }
  await store.write(HASH, 0, bytes(3, 1));
  assert.deepEqual((await store.find(HASH))?.held, [0]);
  store.close();
});
