import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { SqliteFileStore } from "../../lib/cli/sqlite_file_store.ts";
import { NoRoomError } from "../../lib/mesh/file_store.ts";
import { PIECE_BYTES } from "../../lib/wire/file.ts";
import { testFileStore } from "../conformance/file_store.ts";

const HASH = "h".repeat(43);
const folder = Deno.makeTempDirSync();
let count = 0;

globalThis.addEventListener("unload", () => {
  Deno.removeSync(folder, { recursive: true });
});

function newPath(): string {
  return `${folder}/${++count}.files.db`;
}

testFileStore({
  name: "SqliteFileStore",
  open: () => new SqliteFileStore(newPath()),
  reopen: () => new SqliteFileStore(`${folder}/${count}.files.db`),
  openFull: () => new SqliteFileStore(newPath(), { bytesMax: 100 }),
});

Deno.test("SqliteFileStore makes a file that its owner alone can read", () => {
  const path = newPath();
  new SqliteFileStore(path).close();
  assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
});

Deno.test("SqliteFileStore.remove() gives the room back to the disk", async () => {
  const path = newPath();
  const store = new SqliteFileStore(path);
  const row = { hash: HASH, size: 16 * PIECE_BYTES, channel: "general" };
  await store.begin({ ...row, wanted: false });
  for (let piece = 0; piece < 16; piece++) {
    await store.write(HASH, piece, new Uint8Array(PIECE_BYTES));
  }
  assert.ok(Deno.statSync(path).size > 16 * PIECE_BYTES);
  await store.remove(HASH);
  assert.ok(Deno.statSync(path).size < PIECE_BYTES);
  store.close();
});

Deno.test("SqliteFileStore.write() on a disk that takes nothing more says so, and keeps what was there", async () => {
  const path = newPath();
  const store = new SqliteFileStore(path);
  const row = { hash: HASH, size: 2 * PIECE_BYTES, channel: "general" };
  await store.begin({ ...row, wanted: true });
  await store.write(HASH, 0, new Uint8Array(PIECE_BYTES));
  store.close();
  const full = new SqliteFileStore(path);
  // The same answer as a full disk's, without filling one.
  const { prototype } = DatabaseSync;
  const { prepare } = prototype;
  prototype.prepare = function (sql) {
    if (!sql.startsWith("INSERT OR REPLACE INTO pieces")) {
      return prepare.call(this, sql);
    }
    const error = new Error("database or disk is full");
    throw Object.assign(error, { code: "ERR_SQLITE_ERROR", errcode: 13 });
  };
  try {
    const more = full.write(HASH, 1, new Uint8Array(PIECE_BYTES));
    await assert.rejects(more, NoRoomError);
  } finally {
    prototype.prepare = prepare;
  }
  assert.deepEqual((await full.find(HASH))?.held, [0]);
  full.close();
});

Deno.test("SqliteFileStore.trim() lets the oldest go, never what is on its way", async () => {
  const store = new SqliteFileStore(newPath());
  const names = ["old", "coming", "newer", "newest"];
  for (const name of names) {
    const hash = name.padEnd(43, "_");
    const wanted = name === "coming";
    await store.begin({ hash, size: 100, channel: "general", wanted });
    await store.write(hash, 0, new Uint8Array(100));
  }
  store.trim(200);
  const kept = (await store.list()).map(({ hash }) => hash.replaceAll("_", ""));
  assert.deepEqual(kept, ["coming", "newest"]);
  store.close();
});

Deno.test("SqliteFileStore remembers over a restart what was saved", () => {
  const path = newPath();
  const store = new SqliteFileStore(path);
  assert.equal(store.isSaved(HASH), false);
  store.noteSaved(HASH);
  store.noteSaved(HASH);
  store.close();
  const again = new SqliteFileStore(path);
  assert.equal(again.isSaved(HASH), true);
  again.close();
});
