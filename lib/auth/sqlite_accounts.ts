/**
 * Accounts in the shared SQLite file. Each method is one statement, so another
 * process on the same file can come between two calls but not inside one.
 * @module
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type Account, accountKey, type Accounts } from "./accounts.ts";

const COLUMNS = "key, username, password_hash, shipped, created_at";

export class SqliteAccounts implements Accounts {
  readonly #find: StatementSync;
  readonly #any: StatementSync;
  readonly #create: StatementSync;
  readonly #createFirst: StatementSync;
  readonly #rehash: StatementSync;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare(
      `SELECT ${COLUMNS} FROM accounts WHERE key = ?`,
    );
    this.#any = database.prepare("SELECT 1 FROM accounts LIMIT 1");
    this.#create = database.prepare(
      `INSERT OR IGNORE INTO accounts (${COLUMNS}) VALUES (?, ?, ?, ?, ?)`,
    );
    this.#createFirst = database.prepare(
      `INSERT INTO accounts (${COLUMNS}) SELECT ?, ?, ?, ?, ?
       WHERE NOT EXISTS (SELECT 1 FROM accounts)`,
    );
    this.#rehash = database.prepare(
      "UPDATE accounts SET password_hash = ? WHERE key = ?",
    );
  }

  find(username: string): Account | undefined {
    const row = this.#find.get(accountKey(username));
    return row && {
      username: String(row["username"]),
      passwordHash: String(row["password_hash"]),
      shipped: row["shipped"] === 1,
      createdAt: Number(row["created_at"]),
    };
  }

  isEmpty(): boolean {
    return this.#any.get() === undefined;
  }

  create(account: Account): boolean {
    return this.#create.run(...rowOf(account)).changes === 1;
  }

  createFirst(account: Account): boolean {
    return this.#createFirst.run(...rowOf(account)).changes === 1;
  }

  rehash(username: string, passwordHash: string): void {
    this.#rehash.run(passwordHash, accountKey(username));
  }
}

function rowOf(account: Account): (string | number)[] {
  const { username, passwordHash, shipped, createdAt } = account;
  return [
    accountKey(username),
    username,
    passwordHash,
    shipped ? 1 : 0,
    createdAt,
  ];
}
