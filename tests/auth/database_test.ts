/** The database file: how it is made, shared, and refused. @module */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openDatabase, transact, unflushed } from "../../lib/auth/database.ts";
import { SqliteAccounts } from "../../lib/auth/sqlite_accounts.ts";
import { Opener } from "./_opener.ts";

async function withDir(use: (dir: string) => Promise<void> | void) {
  const dir = await Deno.makeTempDir();
  try {
    await use(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test({
  name: "openDatabase() keeps folder and files from other users of the machine",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withDir(async (dir) => {
      const database = openDatabase(`${dir}/data`);
      assert.equal(((await Deno.stat(`${dir}/data`)).mode ?? 0) & 0o777, 0o700);
      const names = Array.from(Deno.readDirSync(`${dir}/data`), (e) => e.name);
      assert.ok(names.includes("weaprous.db-wal"));
      for (const name of names) {
        const { mode } = Deno.statSync(`${dir}/data/${name}`);
        assert.equal((mode ?? 0) & 0o777, 0o600, name);
      }
      database.close();
    }),
});

Deno.test("openDatabase() says in one sentence why it can't", () =>
  withDir((dir) => {
    Deno.mkdirSync(`${dir}/damaged`);
    Deno.writeTextFileSync(`${dir}/damaged/weaprous.db`, "x".repeat(9_000));
    Deno.writeTextFileSync(`${dir}/file`, "");
    Deno.mkdirSync(`${dir}/newer`);
    const newer = new DatabaseSync(`${dir}/newer/weaprous.db`);
    newer.exec("PRAGMA user_version = 99");
    newer.close();
    const cases: [string, RegExp][] = [
      [
        "damaged",
        /^Cannot open the database .*weaprous\.db: the file is damaged/,
      ],
      ["file", /^Cannot open the database /],
      ["newer", /: it was written by a newer version \(99,/],
    ];
    for (const [name, message] of cases) {
      assert.throws(() => openDatabase(`${dir}/${name}`), { message }, name);
    }
  }));

Deno.test("openDatabase() waits for another process and says when it is locked out", () =>
  withDir((dir) => {
    openDatabase(dir).close();
    const other = new DatabaseSync(`${dir}/weaprous.db`);
    other.exec("BEGIN EXCLUSIVE");
    const message = /: another program keeps it locked$/;
    assert.throws(() => openDatabase(dir), { message });
    other.close();
    openDatabase(dir).close();
  }));

Deno.test("openDatabase() keeps what was written when it opens again", () =>
  withDir((dir) => {
    const first = openDatabase(dir);
    first.exec("INSERT INTO accounts VALUES ('mai', 'Mai', 'hash', 0, 7, 0)");
    first.close();
    const again = openDatabase(dir);
    assert.equal(again.prepare("SELECT key FROM accounts").all().length, 1);
    again.close();
  }));

/** The tables as the first version made them, with one account. */
const FIRST_VERSION = `
  CREATE TABLE accounts (
    key TEXT PRIMARY KEY, username TEXT NOT NULL, password_hash TEXT NOT NULL,
    shipped INTEGER NOT NULL, created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE sessions (
    id TEXT PRIMARY KEY, user TEXT NOT NULL, address TEXT NOT NULL,
    browser TEXT NOT NULL, created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL, idle_ms INTEGER NOT NULL, ends_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sessions_by_user ON sessions (user, seen_at);
  INSERT INTO accounts VALUES ('mai', 'Mai', 'hash', 0, 7);
  PRAGMA user_version = 1;
`;

Deno.test("openDatabase() brings the first version's file up to date, once", () =>
  withDir((dir) => {
    const old = new DatabaseSync(`${dir}/weaprous.db`);
    old.exec(FIRST_VERSION);
    old.close();
    for (let opened = 0; opened < 2; opened++) {
      const database = openDatabase(dir);
      assert.deepEqual(new SqliteAccounts(database).list(), [{
        username: "Mai",
        passwordHash: "hash",
        shipped: false,
        disabled: false,
        createdAt: 7,
      }]);
      database.close();
    }
  }));

Deno.test("openDatabase() lets several processes make the same file at the same moment", () =>
  withDir(async (dir) => {
    const openers = Array.from(
      { length: 3 },
      () => new Opener("open_database_process.ts"),
    );
    await Promise.all(openers.map((opener) => opener.said()));
    const said = new Set<string>();
    for (let round = 0; round < 40; round++) {
      const answers = openers.map((opener) => opener.open(`${dir}/${round}`));
      for (const answer of await Promise.all(answers)) said.add(answer);
    }
    await Promise.all(openers.map((opener) => opener.end()));
    assert.deepEqual([...said], ["opened"]);
  }));

Deno.test("unflushed() waits for no disk within, and for the disk again after it", () =>
  withDir((dir) => {
    const database = openDatabase(dir);
    const level = () =>
      database.prepare("PRAGMA synchronous").get()?.["synchronous"];
    const [normal, full] = [1, 2];
    assert.equal(level(), full);
    assert.equal(unflushed(database, level), normal);
    assert.equal(level(), full);
    const fail = () => {
      throw new RangeError("no");
    };
    assert.throws(() => unflushed(database, fail), RangeError);
    assert.equal(level(), full);
    const inner = () => unflushed(database, level);
    assert.equal(transact(database, inner), full, "a transaction is flushed");
    database.close();
  }));
