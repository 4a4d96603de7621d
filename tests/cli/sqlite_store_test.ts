import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { SqliteStore } from "../../lib/cli/sqlite_store.ts";
import { testStore } from "../conformance/store.ts";
import { deviceKey } from "../tools/cheap_keys.ts";
import { chain } from "../tools/entries.ts";

const alice = deviceKey("alice");
const folder = Deno.makeTempDirSync();
let count = 0;

globalThis.addEventListener("unload", () => {
  Deno.removeSync(folder, { recursive: true });
});

function newPath(): string {
  return `${folder}/${++count}.db`;
}

function kept(count: number) {
  return chain(alice, count).map((entry) => ({ ...entry, at: 5 }));
}

testStore({
  name: "SqliteStore",
  open: () => new SqliteStore(newPath()),
  reopen: () => new SqliteStore(`${folder}/${count}.db`),
  another: () => new SqliteStore(`${folder}/${count}.db`),
});

Deno.test("SqliteStore makes a file that its owner alone can read", () => {
  const path = newPath();
  new SqliteStore(path).close();
  assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
});

Deno.test("SqliteStore.load() leaves out rows that are not what they should be any more", async () => {
  const path = newPath();
  const store = new SqliteStore(path);
  await store.keep(kept(3));
  const database = new DatabaseSync(path);
  database.exec(`
    UPDATE entries SET signed = substr(signed, 1, 30) WHERE seq = 2;
    INSERT INTO heads VALUES ('general', 'x', 0, '');
    INSERT INTO forks VALUES ('general', 'x', 1, 'not JSON');
    INSERT INTO certificates VALUES ('x', '{}');
    INSERT INTO channels VALUES ('Not A Channel');
  `);
  database.close();
  const { entries, heads, forks } = await store.load("general");
  assert.deepEqual(entries.map(({ entry }) => entry.seq), [1, 3]);
  assert.deepEqual([heads.size, forks.length], [0, 0]);
  assert.deepEqual(await store.certificates(), []);
  assert.deepEqual(await store.channels(), []);
  store.close();
});

Deno.test("SqliteStore refuses a file of a later version, and one that is no database, by name", () => {
  const later = newPath();
  const database = new DatabaseSync(later);
  database.exec("PRAGMA user_version = 99");
  database.close();
  assert.throws(() => new SqliteStore(later), /version 99, this program knows/);
  const text = newPath();
  Deno.writeTextFileSync(
    text,
    "not a database at all, but long enough to be one".repeat(99),
  );
  assert.throws(() => new SqliteStore(text), /not a database/);
});

Deno.test("SqliteStore.append() on a disk that takes nothing more rejects, and keeps neither entry nor head", async () => {
  const path = newPath();
  const store = new SqliteStore(path);
  const [first, second] = kept(2) as [
    ReturnType<typeof kept>[0],
    ReturnType<typeof kept>[0],
  ];
  await store.append(first);
  const database = new DatabaseSync(path);
  database.exec(`
    CREATE TRIGGER full BEFORE INSERT ON entries
    BEGIN SELECT raise(ABORT, 'database or disk is full'); END;
  `);
  await assert.rejects(store.append(second), /disk is full/);
  database.exec("DROP TRIGGER full");
  database.close();
  const { entries, heads } = await store.load("general");
  assert.equal(entries.length, 1);
  assert.equal(heads.get(alice)?.seq, 1);
  await store.append(second);
  store.close();
});
