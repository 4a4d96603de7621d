/**
 * Accounts in the shared SQLite file. Each method is one statement, so another
 * process on the same file can come between two calls but not inside one.
 * @module
 */
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import {
  type Account,
  accountKey,
  type Accounts,
  type Rehash,
} from "./accounts.ts";

const COLUMNS = "key, username, password_hash, shipped, disabled, created_at";

export class SqliteAccounts implements Accounts {
  readonly #find: StatementSync;
  readonly #list: StatementSync;
  readonly #any: StatementSync;
  readonly #create: StatementSync;
  readonly #createFirst: StatementSync;
  readonly #rehash: StatementSync;
  readonly #replacePassword: StatementSync;
  readonly #setPassword: StatementSync;
  readonly #setDisabled: StatementSync;
  readonly #remove: StatementSync;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare(
      `SELECT ${COLUMNS} FROM accounts WHERE key = ?`,
    );
    this.#list = database.prepare(
      `SELECT ${COLUMNS} FROM accounts ORDER BY key`,
    );
    this.#any = database.prepare("SELECT 1 FROM accounts LIMIT 1");
    this.#create = database.prepare(
      `INSERT OR IGNORE INTO accounts (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#createFirst = database.prepare(
      `INSERT INTO accounts (${COLUMNS}) SELECT ?, ?, ?, ?, ?, ?
       WHERE NOT EXISTS (SELECT 1 FROM accounts)`,
    );
    this.#rehash = database.prepare(
      "UPDATE accounts SET password_hash = ? WHERE key = ? AND password_hash = ?",
    );
    this.#replacePassword = database.prepare(
      `UPDATE accounts SET password_hash = ?, shipped = 0
       WHERE key = ? AND password_hash = ?`,
    );
    this.#setPassword = database.prepare(
      "UPDATE accounts SET password_hash = ?, shipped = 0 WHERE key = ?",
    );
    this.#setDisabled = database.prepare(
      "UPDATE accounts SET disabled = ? WHERE key = ?",
    );
    this.#remove = database.prepare(
      `DELETE FROM accounts WHERE key = ?1
       AND EXISTS (SELECT 1 FROM accounts WHERE key <> ?1)`,
    );
  }

  find(username: string): Account | undefined {
    const row = this.#find.get(accountKey(username));
    return row && accountOf(row);
  }

  list(): Account[] {
    return this.#list.all().map(accountOf);
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

  rehash(username: string, { from, to }: Rehash): void {
    this.#rehash.run(to, accountKey(username), from);
  }

  replacePassword(username: string, { from, to }: Rehash): boolean {
    const key = accountKey(username);
    return this.#replacePassword.run(to, key, from).changes === 1;
  }

  setPassword(username: string, passwordHash: string): boolean {
    const { changes } = this.#setPassword.run(
      passwordHash,
      accountKey(username),
    );
    return changes === 1;
  }

  setDisabled(username: string, disabled: boolean): boolean {
    const { changes } = this.#setDisabled.run(
      disabled ? 1 : 0,
      accountKey(username),
    );
    return changes === 1;
  }

  removeUnlessLast(username: string): boolean {
    return this.#remove.run(accountKey(username)).changes === 1;
  }
}

function accountOf(row: Record<string, SQLOutputValue>): Account {
  return {
    username: String(row["username"]),
    passwordHash: String(row["password_hash"]),
    shipped: row["shipped"] === 1,
    disabled: row["disabled"] === 1,
    createdAt: Number(row["created_at"]),
  };
}

function rowOf(account: Account): (string | number)[] {
  const { username, passwordHash, shipped, disabled, createdAt } = account;
  return [
    accountKey(username),
    username,
    passwordHash,
    shipped ? 1 : 0,
    disabled ? 1 : 0,
    createdAt,
  ];
}
