/**
 * What every store of accounts must do, run on each of them.
 * @module
 */
import assert from "node:assert/strict";
import {
  type Account,
  type Accounts,
  MemoryAccounts,
} from "../../lib/auth/accounts.ts";
import { openDatabase } from "../../lib/auth/database.ts";
import { SqliteAccounts } from "../../lib/auth/sqlite_accounts.ts";

function account(username: string): Account {
  return {
    username,
    passwordHash: "hash",
    shipped: false,
    disabled: false,
    createdAt: 7,
  };
}

function conformance(
  store: string,
  withAccounts: (use: (accounts: Accounts) => Promise<void>) => Promise<void>,
): void {
  Deno.test(`${store}.find() returns what create() was given`, () =>
    withAccounts(async (accounts) => {
      assert.equal(await accounts.find("mai"), undefined);
      assert.equal(await accounts.create(account("Mai")), true);
      assert.deepEqual(await accounts.find("Mai"), account("Mai"));
    }));

  Deno.test(`${store} takes names of one NFKC form and any case as one`, () =>
    withAccounts(async (accounts) => {
      await accounts.create(account("Thắng"));
      const typed = ["THẮNG", "thắng".normalize("NFD"), "ｔhắng"];
      await Promise.all(typed.map(async (name) => {
        assert.equal((await accounts.find(name))?.username, "Thắng");
        assert.equal(await accounts.create(account(name)), false);
      }));
    }));

  Deno.test(`${store} keeps names apart from what objects are born with`, () =>
    withAccounts(async (accounts) => {
      const names = ["__proto__", "constructor", "' OR 1=1 --"];
      await Promise.all(names.map(async (name) => {
        assert.equal(await accounts.find(name), undefined);
        assert.equal(await accounts.create(account(name)), true);
        assert.equal((await accounts.find(name))?.username, name);
      }));
    }));

  Deno.test(`${store}.createFirst() refuses once there is any account`, () =>
    withAccounts(async (accounts) => {
      assert.equal(await accounts.isEmpty(), true);
      const first = { ...account("admin"), shipped: true };
      assert.equal(await accounts.createFirst(first), true);
      assert.equal(await accounts.isEmpty(), false);
      assert.equal(await accounts.createFirst(account("other")), false);
      assert.equal((await accounts.find("admin"))?.shipped, true);
    }));

  Deno.test(`${store}.replacePassword() sets another one while the hash is still the same`, () =>
    withAccounts(async (accounts) => {
      await accounts.create({ ...account("Mai"), shipped: true });
      const hashes = { from: "hash", to: "changed" };
      assert.equal(await accounts.replacePassword("MAI", hashes), true);
      const expected = { ...account("Mai"), passwordHash: "changed" };
      assert.deepEqual(await accounts.find("mai"), expected);
      assert.equal(await accounts.replacePassword("mai", hashes), false);
      assert.equal(await accounts.replacePassword("nobody", hashes), false);
      assert.deepEqual(await accounts.list(), [expected]);
    }));

  Deno.test(`${store}.rehash() changes the hash and nothing else`, () =>
    withAccounts(async (accounts) => {
      await accounts.create(account("mai"));
      await accounts.rehash("MAI", { from: "hash", to: "dearer" });
      await accounts.rehash("nobody", { from: "hash", to: "dearer" });
      const expected = { ...account("mai"), passwordHash: "dearer" };
      assert.deepEqual(await accounts.find("mai"), expected);
      assert.equal(await accounts.find("nobody"), undefined);
    }));

  Deno.test(`${store}.rehash() leaves a password that was changed meanwhile`, () =>
    withAccounts(async (accounts) => {
      await accounts.create(account("mai"));
      await accounts.setPassword("mai", "changed");
      await accounts.rehash("mai", { from: "hash", to: "dearer" });
      assert.equal((await accounts.find("mai"))?.passwordHash, "changed");
    }));

  Deno.test(`${store}.list() tells all accounts in the order of their keys`, () =>
    withAccounts(async (accounts) => {
      assert.deepEqual(await accounts.list(), []);
      const names = ["Mai", "an", "Đức", "Bình"];
      await Promise.all(names.map((name) => accounts.create(account(name))));
      const sorted = ["an", "Bình", "Mai", "Đức"];
      assert.deepEqual(await accounts.list(), sorted.map(account));
    }));

  Deno.test(`${store}.setPassword() makes a shipped account an ordinary one`, () =>
    withAccounts(async (accounts) => {
      await accounts.create({ ...account("admin"), shipped: true });
      assert.equal(await accounts.setPassword("ADMIN", "new"), true);
      const expected = { ...account("admin"), passwordHash: "new" };
      assert.deepEqual(await accounts.find("admin"), expected);
      assert.equal(await accounts.setPassword("nobody", "new"), false);
      assert.equal(await accounts.find("nobody"), undefined);
    }));

  Deno.test(`${store}.setDisabled() is undone by itself, and may be repeated`, () =>
    withAccounts(async (accounts) => {
      await accounts.create(account("mai"));
      await accounts.create(account("an"));
      const states = [];
      for (const disabled of [true, true, false]) {
        assert.equal(await accounts.setDisabled("Mai", disabled), true);
        states.push((await accounts.find("mai"))?.disabled);
      }
      assert.deepEqual(states, [true, true, false]);
      assert.deepEqual(await accounts.find("mai"), account("mai"));
      assert.equal((await accounts.find("an"))?.disabled, false);
      assert.equal(await accounts.setDisabled("nobody", true), false);
    }));

  Deno.test(`${store}.removeUnlessLast() keeps the last account of all`, () =>
    withAccounts(async (accounts) => {
      await accounts.create(account("admin"));
      assert.equal(await accounts.removeUnlessLast("admin"), false);
      await accounts.create(account("mai"));
      assert.equal(await accounts.removeUnlessLast("nobody"), false);
      assert.equal(await accounts.removeUnlessLast("ADMIN"), true);
      assert.deepEqual(await accounts.list(), [account("mai")]);
      assert.equal(await accounts.removeUnlessLast("mai"), false);
      assert.equal(await accounts.create(account("admin")), true);
    }));
}

conformance("MemoryAccounts", (use) => use(new MemoryAccounts()));

conformance("SqliteAccounts", async (use) => {
  const dir = await Deno.makeTempDir();
  const database = openDatabase(dir);
  try {
    await use(new SqliteAccounts(database));
  } finally {
    database.close();
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("SqliteAccounts of two processes make one first account", async () => {
  const dir = await Deno.makeTempDir();
  const [ours, theirs] = [openDatabase(dir), openDatabase(dir)];
  try {
    const [a, b] = [new SqliteAccounts(ours), new SqliteAccounts(theirs)];
    assert.deepEqual([a.isEmpty(), b.isEmpty()], [true, true]);
    assert.equal(a.createFirst(account("admin")), true);
    assert.equal(b.createFirst(account("admin")), false);
    assert.equal(b.create(account("mai")), true);
    assert.equal(a.find("mai")?.username, "mai");
  } finally {
    ours.close();
    theirs.close();
    await Deno.remove(dir, { recursive: true });
  }
});
