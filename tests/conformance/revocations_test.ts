/**
 * What every store of revoked certificates must do, run on each of them.
 * @module
 */
import assert from "node:assert/strict";
import { openDatabase } from "../../lib/auth/database.ts";
import {
  CERTIFICATE_LIFE_MS,
  CLOCK_BACK_MS_MAX,
  MemoryRevocations,
  type Revocations,
} from "../../lib/auth/revocations.ts";
import { SqliteRevocations } from "../../lib/auth/sqlite_revocations.ts";
import { ManualClock } from "../../lib/clock.ts";
import {
  CERTIFICATE_TOLERANCE_MS,
  REVOCATIONS_MAX,
} from "../../lib/wire/identity.ts";

const MAI = { username: "Mai", createdAt: 7 };
const AN = { username: "an", createdAt: 8 };

interface Stores {
  revocations: Revocations;
  clock: ManualClock;
}

function conformance(
  store: string,
  withStore: (use: (stores: Stores) => Promise<void>) => Promise<void>,
): void {
  Deno.test(`${store} knows nothing at first`, () =>
    withStore(async ({ revocations }) => {
      assert.equal(await revocations.last(), 0);
      assert.equal(await revocations.beforeOf(MAI), undefined);
      const none = { revocations: [], last: 0 };
      assert.deepEqual(await revocations.listAfter(0), none);
    }));

  Deno.test(`${store}.add() is about this very millisecond, and this account`, () =>
    withStore(async ({ revocations, clock }) => {
      await revocations.add(MAI);
      const before = clock.now() + 1;
      assert.equal(await revocations.beforeOf(MAI), before);
      const typed = { ...MAI, username: "ＭAI" };
      assert.equal(await revocations.beforeOf(typed), before);
      assert.equal(await revocations.beforeOf(AN), undefined);
      const anew = { ...MAI, createdAt: 9 };
      assert.equal(await revocations.beforeOf(anew), undefined);
    }));

  Deno.test(`${store}.add() is about what was issued since the last one by a clock that was ahead`, () =>
    withStore(async ({ revocations, clock }) => {
      clock.advance(3 * CLOCK_BACK_MS_MAX);
      await revocations.add(MAI);
      const first = await revocations.beforeOf(MAI) ?? 0;
      // What is issued now is dated as the account's certificates must be.
      clock.advance(-600_000);
      await revocations.add(MAI);
      assert.equal(await revocations.beforeOf(MAI), first + 1);
      // By more than clocks differ, it was wrong.
      clock.advance(-2 * CLOCK_BACK_MS_MAX);
      await revocations.add(MAI);
      assert.equal(await revocations.beforeOf(MAI), clock.now() + 1);
    }));

  Deno.test(`${store}.listAfter() tells what came after, an account once`, () =>
    withStore(async ({ revocations, clock }) => {
      await revocations.add(MAI);
      await revocations.add(AN);
      clock.advance(5);
      await revocations.add(MAI);
      const { revocations: all, last } = await revocations.listAfter(0);
      assert.deepEqual(all, [
        { user: "an", userSince: 8, before: clock.now() - 4 },
        { user: "Mai", userSince: 7, before: clock.now() + 1 },
      ]);
      assert.equal(await revocations.last(), last);
      assert.equal((await revocations.listAfter(last)).revocations.length, 0);
      await revocations.add(AN);
      const later = await revocations.listAfter(last);
      assert.deepEqual(later.revocations.map(({ user }) => user), ["an"]);
      assert.ok(later.last > last);
    }));

  Deno.test(`${store} forgets one that no certificate can outlive, and keeps counting`, () =>
    withStore(async ({ revocations, clock }) => {
      await revocations.add(MAI);
      const last = await revocations.last();
      // For so long a certificate from before would be taken.
      clock.advance(CERTIFICATE_LIFE_MS + CERTIFICATE_TOLERANCE_MS - 1);
      await revocations.add(AN);
      assert.notEqual(await revocations.beforeOf(MAI), undefined);
      clock.advance(2);
      await revocations.add(AN);
      assert.equal(await revocations.beforeOf(MAI), undefined);
      assert.ok(await revocations.last() > last);
    }));

  Deno.test(`${store} keeps REVOCATIONS_MAX of them, the latest`, () =>
    withStore(async ({ revocations }) => {
      for (let count = 0; count <= REVOCATIONS_MAX; count++) {
        await revocations.add({ username: `user${count}`, createdAt: 1 });
      }
      const { revocations: all } = await revocations.listAfter(0);
      assert.equal(all.length, REVOCATIONS_MAX);
      assert.equal(all[0]?.user, "user1");
    }));
}

conformance("MemoryRevocations", (use) => {
  const clock = new ManualClock();
  return use({ revocations: new MemoryRevocations(clock), clock });
});

conformance("SqliteRevocations", async (use) => {
  const dir = await Deno.makeTempDir();
  const database = openDatabase(dir);
  // What syncing to the disk costs is not the point of thousands of rows here.
  database.exec("PRAGMA synchronous = OFF");
  const clock = new ManualClock();
  try {
    await use({ revocations: new SqliteRevocations(database, clock), clock });
  } finally {
    database.close();
    await Deno.remove(dir, { recursive: true });
  }
});
