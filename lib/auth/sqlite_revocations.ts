/**
 * Revoked certificates in the shared SQLite file: the operator's tool and the
 * backend write them, backend and tracker read them.
 * @module
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Clock } from "../clock.ts";
import {
  type Revocations as Answer,
  REVOCATIONS_MAX,
} from "../wire/identity.ts";
import { accountKey } from "./accounts.ts";
import {
  countsFrom,
  REVOCATION_LIFE_MS,
  type Revocations,
  type RevokedAccount,
} from "./revocations.ts";

export class SqliteRevocations implements Revocations {
  readonly #clock: Clock;
  readonly #add: StatementSync;
  readonly #trim: StatementSync;
  readonly #beforeOf: StatementSync;
  readonly #listAfter: StatementSync;
  readonly #last: StatementSync;

  constructor(database: DatabaseSync, clock: Clock) {
    this.#clock = clock;
    // Replaced with a new number: who has the old row is to learn the new one.
    this.#add = database.prepare(
      `INSERT OR REPLACE INTO revocations (key, username, user_since, before)
       VALUES (?, ?, ?, ?)`,
    );
    this.#trim = database.prepare(
      `DELETE FROM revocations WHERE before <= ? OR number IN (
         SELECT number FROM revocations
         ORDER BY number DESC LIMIT -1 OFFSET ${REVOCATIONS_MAX})`,
    );
    this.#beforeOf = database.prepare(
      "SELECT before FROM revocations WHERE key = ? AND user_since = ?",
    );
    this.#listAfter = database.prepare(
      `SELECT username, user_since, before FROM revocations
       WHERE number > ? ORDER BY number`,
    );
    this.#last = database.prepare(
      "SELECT seq FROM sqlite_sequence WHERE name = 'revocations'",
    );
  }

  add(account: RevokedAccount): void {
    const { username, createdAt } = account;
    const now = this.#clock.now();
    const before = countsFrom(now, this.beforeOf(account));
    this.#add.run(accountKey(username), username, createdAt, before);
    this.#trim.run(now - REVOCATION_LIFE_MS);
  }

  beforeOf({ username, createdAt }: RevokedAccount): number | undefined {
    const row = this.#beforeOf.get(accountKey(username), createdAt);
    return row && Number(row["before"]);
  }

  listAfter(number: number): Answer {
    // Read first: what comes in between is then asked for once more.
    const last = this.last();
    const revocations = this.#listAfter.all(number).map((row) => ({
      user: String(row["username"]),
      userSince: Number(row["user_since"]),
      before: Number(row["before"]),
    }));
    return { revocations, last };
  }

  last(): number {
    return Number(this.#last.get()?.["seq"] ?? 0);
  }
}
