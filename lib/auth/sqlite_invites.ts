/**
 * Invitations in the shared SQLite file. The account and the use that it takes
 * are one transaction: a process that dies in it leaves neither.
 * @module
 */
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { Clock } from "../clock.ts";
import type { Account } from "./accounts.ts";
import { transact } from "./database.ts";
import {
  type Invite,
  type Invites,
  INVITES_KEPT_MAX,
  INVITES_OPEN_MAX,
  type NewInvite,
  type Redeemed,
} from "./invites.ts";
import { SqliteAccounts } from "./sqlite_accounts.ts";

/** What isOpenInvite() says, at the time `?1`. */
const OPEN = `revoked = 0 AND expires_at > ?1 AND uses >
  (SELECT count(*) FROM invite_uses WHERE invite = number)`;

export class SqliteInvites implements Invites {
  readonly #database: DatabaseSync;
  readonly #accounts: SqliteAccounts;
  readonly #clock: Clock;
  readonly #countOpen: StatementSync;
  readonly #insert: StatementSync;
  readonly #trim: StatementSync;
  readonly #trimUses: StatementSync;
  readonly #list: StatementSync;
  readonly #joined: StatementSync;
  readonly #revoke: StatementSync;
  readonly #find: StatementSync;
  readonly #use: StatementSync;

  constructor(database: DatabaseSync, clock: Clock) {
    this.#database = database;
    this.#accounts = new SqliteAccounts(database);
    this.#clock = clock;
    this.#countOpen = database.prepare(
      `SELECT count(*) AS open FROM invites WHERE ${OPEN}`,
    );
    this.#insert = database.prepare(
      `INSERT INTO invites (token_hash, uses, made_at, expires_at)
       VALUES (?, ?, ?, ?) RETURNING number`,
    );
    this.#trim = database.prepare(
      `DELETE FROM invites WHERE number <= ?2 AND NOT (${OPEN})`,
    );
    this.#trimUses = database.prepare(
      `DELETE FROM invite_uses
       WHERE invite NOT IN (SELECT number FROM invites)`,
    );
    this.#list = database.prepare(
      "SELECT * FROM invites ORDER BY number DESC",
    );
    this.#joined = database.prepare(
      "SELECT username FROM invite_uses WHERE invite = ? ORDER BY rowid",
    );
    this.#revoke = database.prepare(
      `UPDATE invites SET revoked = 1 WHERE number = ?2 AND ${OPEN}`,
    );
    this.#find = database.prepare(
      `SELECT number FROM invites WHERE token_hash = ?2 AND ${OPEN}`,
    );
    this.#use = database.prepare(
      "INSERT INTO invite_uses (invite, username, used_at) VALUES (?, ?, ?)",
    );
  }

  add({ tokenHash, uses, madeAt, expiresAt }: NewInvite): number | undefined {
    return transact(this.#database, () => {
      const open = Number(this.#countOpen.get(madeAt)?.["open"]);
      if (open >= INVITES_OPEN_MAX) return undefined;
      const row = this.#insert.get(tokenHash, uses, madeAt, expiresAt);
      const number = Number(row?.["number"]);
      this.#trim.run(madeAt, number - INVITES_KEPT_MAX);
      this.#trimUses.run();
      return number;
    });
  }

  list(): Invite[] {
    return this.#list.all().map((row) => this.#inviteOf(row));
  }

  revoke(number: number): boolean {
    return this.#revoke.run(this.#clock.now(), number).changes === 1;
  }

  isOpen(tokenHash: string): boolean {
    return this.#find.get(this.#clock.now(), tokenHash) !== undefined;
  }

  redeem(tokenHash: string, account: Account): Redeemed {
    const now = this.#clock.now();
    return transact(this.#database, () => {
      const row = this.#find.get(now, tokenHash);
      if (row === undefined) return "not-open";
      if (!this.#accounts.create(account)) return "name-taken";
      const number = Number(row["number"]);
      this.#use.run(number, account.username, now);
      return number;
    });
  }

  #inviteOf(row: Record<string, SQLOutputValue>): Invite {
    const number = Number(row["number"]);
    return {
      number,
      uses: Number(row["uses"]),
      madeAt: Number(row["made_at"]),
      expiresAt: Number(row["expires_at"]),
      revoked: row["revoked"] === 1,
      joined: this.#joined.all(number).map(({ username }) => String(username)),
    };
  }
}
