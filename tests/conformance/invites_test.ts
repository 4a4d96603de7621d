/**
 * What every store of invitations must do, run on each of them.
 * @module
 */
import assert from "node:assert/strict";
import {
  type Account,
  type Accounts,
  MemoryAccounts,
} from "../../lib/auth/accounts.ts";
import { openDatabase } from "../../lib/auth/database.ts";
import {
  type Invites,
  INVITES_KEPT_MAX,
  INVITES_OPEN_MAX,
  inviteTokenHash,
  MemoryInvites,
  newInviteToken,
} from "../../lib/auth/invites.ts";
import { SqliteAccounts } from "../../lib/auth/sqlite_accounts.ts";
import { SqliteInvites } from "../../lib/auth/sqlite_invites.ts";
import { ManualClock } from "../../lib/clock.ts";

const HOUR_MS = 3_600_000;

function account(username: string): Account {
  return {
    username,
    passwordHash: "hash",
    shipped: false,
    disabled: false,
    createdAt: 7,
  };
}

interface Stores {
  invites: Invites;
  accounts: Accounts;
  clock: ManualClock;
  /** Adds an invitation that is open for an hour. */
  open(tokenHash: string, uses?: number): Promise<number | undefined>;
}

function conformance(
  store: string,
  withStores: (
    use: (stores: Omit<Stores, "open">) => Promise<void>,
  ) => Promise<void>,
): void {
  const withInvites = (use: (stores: Stores) => Promise<void>) =>
    withStores((stores) => {
      const { invites, clock } = stores;
      const open = async (tokenHash: string, uses = 1) => {
        const madeAt = clock.now();
        const expiresAt = madeAt + HOUR_MS;
        return await invites.add({ tokenHash, uses, madeAt, expiresAt });
      };
      return use({ ...stores, open });
    });

  Deno.test(`${store}.redeem() makes the account and counts the use`, () =>
    withInvites(async ({ invites, accounts, clock, open }) => {
      const madeAt = clock.now();
      assert.equal(await open("first", 2), 1);
      assert.equal(await invites.isOpen("first"), true);
      assert.equal(await invites.redeem("first", account("Mai")), 1);
      assert.deepEqual(await accounts.find("mai"), account("Mai"));
      assert.deepEqual(await invites.list(), [{
        number: 1,
        uses: 2,
        madeAt,
        expiresAt: madeAt + HOUR_MS,
        revoked: false,
        joined: ["Mai"],
      }]);
      assert.equal(await invites.redeem("first", account("An")), 1);
      assert.equal(await invites.isOpen("first"), false);
      assert.equal(await invites.redeem("first", account("Bình")), "not-open");
      assert.equal(await accounts.find("bình"), undefined);
      assert.deepEqual((await invites.list())[0]?.joined, ["Mai", "An"]);
    }));

  Deno.test(`${store}.redeem() gives the last use to one of two who come at once`, () =>
    withInvites(async ({ invites, accounts, open }) => {
      await open("first");
      const names = ["Mai", "An", "Bình"];
      const outcomes = await Promise.all(
        names.map((name) => invites.redeem("first", account(name))),
      );
      assert.deepEqual(outcomes, [1, "not-open", "not-open"]);
      const made = (await accounts.list()).map(({ username }) => username);
      assert.deepEqual(made, ["Mai"]);
    }));

  Deno.test(`${store}.redeem() takes no use for a name that there is already`, () =>
    withInvites(async ({ invites, accounts, open }) => {
      await accounts.create(account("Mai"));
      await open("first");
      assert.equal(
        await invites.redeem("first", account("ＭAI")),
        "name-taken",
      );
      assert.equal(await invites.isOpen("first"), true);
      assert.equal(await invites.redeem("first", account("An")), 1);
    }));

  Deno.test(`${store} takes an unknown, an expired and a revoked one alike`, () =>
    withInvites(async ({ invites, accounts, clock, open }) => {
      await open("expired");
      clock.advance(HOUR_MS);
      const revoked = await open("revoked") ?? 0;
      assert.equal(await invites.revoke(revoked), true);
      const tries = ["unknown", "expired", "revoked"].map(async (hash) => [
        await invites.isOpen(hash),
        await invites.redeem(hash, account("Mai")),
      ]);
      const refused = tries.map(() => [false, "not-open"]);
      assert.deepEqual(await Promise.all(tries), refused);
      assert.equal(await accounts.isEmpty(), true);
    }));

  Deno.test(`${store}.revoke() knows open invitations by their number only`, () =>
    withInvites(async ({ invites, clock, open }) => {
      await open("expired");
      clock.advance(HOUR_MS);
      const number = await open("first") ?? 0;
      assert.equal(await invites.revoke(1), false);
      assert.equal(await invites.revoke(99), false);
      assert.equal(await invites.isOpen("first"), true);
      assert.equal(await invites.revoke(number), true);
      assert.equal(await invites.revoke(number), false);
      const states = (await invites.list()).map(({ number, revoked }) => [
        number,
        revoked,
      ]);
      assert.deepEqual(states, [[2, true], [1, false]]);
    }));

  Deno.test(`${store}.add() refuses when too many are open, until one is not`, () =>
    withInvites(async ({ invites, clock, open }) => {
      for (let made = 0; made < INVITES_OPEN_MAX - 1; made++) {
        await invites.add({
          tokenHash: `long ${made}`,
          uses: 1,
          madeAt: clock.now(),
          expiresAt: clock.now() + 2 * HOUR_MS,
        });
      }
      assert.equal(await open("short"), INVITES_OPEN_MAX);
      assert.equal(await open("refused"), undefined);
      assert.equal(await invites.isOpen("refused"), false);
      clock.advance(HOUR_MS);
      assert.equal(await open("later"), INVITES_OPEN_MAX + 1);
    }));

  Deno.test(`${store}.add() forgets the oldest that no longer work, never an open one`, () =>
    withInvites(async ({ invites, accounts, clock, open }) => {
      await invites.add({
        tokenHash: "open",
        uses: 2,
        madeAt: clock.now(),
        expiresAt: clock.now() + 2_000 * HOUR_MS,
      });
      await invites.redeem("open", account("Mai"));
      for (let made = 0; made <= INVITES_KEPT_MAX; made++) {
        await open(`ended ${made}`);
        clock.advance(HOUR_MS);
      }
      const kept = await invites.list();
      assert.equal(kept.length, INVITES_KEPT_MAX + 1);
      assert.deepEqual(kept.at(-1)?.joined, ["Mai"]);
      assert.equal(kept.at(-2)?.number, 3);
      assert.equal(await invites.redeem("open", account("An")), 1);
      assert.equal((await accounts.list()).length, 2);
    }));
}

conformance("MemoryInvites", (use) => {
  const clock = new ManualClock();
  const accounts = new MemoryAccounts();
  const invites = new MemoryInvites(accounts, clock);
  return use({ invites, accounts, clock });
});

conformance("SqliteInvites", async (use) => {
  const dir = await Deno.makeTempDir();
  const database = openDatabase(dir);
  // What syncing to the disk costs is not the point of a thousand links here.
  database.exec("PRAGMA synchronous = OFF");
  const clock = new ManualClock();
  const accounts = new SqliteAccounts(database);
  const invites = new SqliteInvites(database, clock);
  try {
    await use({ invites, accounts, clock });
  } finally {
    database.close();
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("SqliteInvites makes no account whose use could not be written", async () => {
  const dir = await Deno.makeTempDir();
  const database = openDatabase(dir);
  const clock = new ManualClock();
  try {
    const invites = new SqliteInvites(database, clock);
    invites.add({ tokenHash: "first", uses: 1, madeAt: 0, expiresAt: 9e15 });
    database.exec(
      `CREATE TRIGGER full BEFORE INSERT ON invite_uses
       BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END`,
    );
    const redeem = () => invites.redeem("first", account("Mai"));
    assert.throws(redeem, { code: "ERR_SQLITE_ERROR" });
    assert.equal(new SqliteAccounts(database).isEmpty(), true);
    database.exec("DROP TRIGGER full");
    assert.equal(redeem(), 1);
  } finally {
    database.close();
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("inviteTokenHash() takes what newInviteToken() makes and nothing else", () => {
  const token = newInviteToken();
  assert.match(inviteTokenHash(token) ?? "", /^[A-Za-z0-9_-]{43}$/);
  assert.notEqual(newInviteToken(), token);
  const others = ["", token.slice(1), `${token}0`, "A".repeat(32), "\0"];
  const hashes = others.map(inviteTokenHash);
  assert.deepEqual(hashes, others.map(() => undefined));
});
