/**
 * A person's change of password in the shared SQLite file: the hash, the end of
 * the other sessions and of the devices' certificates, and the new id of the
 * session that asks are one transaction.
 * With a disk that is full in the middle, everything is as it was.
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import type { Rehash } from "./accounts.ts";
import { transact } from "./database.ts";
import type { Session } from "./sessions.ts";
import type { SqliteAccounts } from "./sqlite_accounts.ts";
import type { SqliteRevocations } from "./sqlite_revocations.ts";
import type { SqliteSessions } from "./sqlite_sessions.ts";

export interface PasswordChangeStores {
  accounts: SqliteAccounts;
  sessions: SqliteSessions;
  revocations: SqliteRevocations;
}

/** The account has another password by now than the one that was checked. */
export const OUTDATED = Symbol("outdated");

/** The session's new cookie value; undefined where it has ended. */
export type PasswordChanged = string | undefined | typeof OUTDATED;

export class SqlitePasswordChange {
  readonly #database: DatabaseSync;
  readonly #accounts: SqliteAccounts;
  readonly #sessions: SqliteSessions;
  readonly #revocations: SqliteRevocations;

  constructor(
    database: DatabaseSync,
    stores: PasswordChangeStores,
  ) {
    this.#database = database;
    this.#accounts = stores.accounts;
    this.#sessions = stores.sessions;
    this.#revocations = stores.revocations;
  }

  make({ user, id }: Session, hashes: Rehash): PasswordChanged {
    return transact(this.#database, () => {
      if (!this.#accounts.replacePassword(user, hashes)) return OUTDATED;
      this.#sessions.endOthersOf(user, id);
      const account = this.#accounts.find(user);
      if (account !== undefined) this.#revocations.add(account);
      return this.#sessions.renew(id);
    });
  }
}
