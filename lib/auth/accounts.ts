/**
 * Who may log in: the store's interface and its in-memory twin. A store keeps
 * password hashes as text and never sees a password.
 * @module
 */

/** One person's account. */
export interface Account {
  /** As it was chosen; shown to others. */
  username: string;
  /** What lib/auth/password.ts made of the password. */
  passwordHash: string;
  /** Came with the program, and still has the password it came with. */
  shipped: boolean;
  /** Kept, but nobody logs in with it. */
  disabled: boolean;
  createdAt: number;
}

/** A hash in place of another, which must still be the account's. */
export interface Rehash {
  from: string;
  to: string;
}

/**
 * Accounts by name. A store may be shared by several processes, so every
 * answer may be old by the time it is read; what must not race is one call.
 */
export interface Accounts {
  find(username: string): Promise<Account | undefined> | Account | undefined;
  /** Every account, in the order of their keys. */
  list(): Promise<Account[]> | Account[];
  isEmpty(): Promise<boolean> | boolean;
  /** False where the name is taken. */
  create(account: Account): Promise<boolean> | boolean;
  /** Creates an account only while there is none at all. */
  createFirst(account: Account): Promise<boolean> | boolean;
  /**
   * Replaces the hash of an unchanged password, as when its cost goes up. Where
   * the hash is no longer `from` the password was changed meanwhile, and stays.
   */
  rehash(username: string, hashes: Rehash): Promise<void> | void;
  /**
   * Sets another password in place of the one with the hash `from`; false where
   * that is no longer the account's.
   */
  replacePassword(
    username: string,
    hashes: Rehash,
  ): Promise<boolean> | boolean;
  /** Sets another password; false where there is no such account. */
  setPassword(
    username: string,
    passwordHash: string,
  ): Promise<boolean> | boolean;
  /** False where there is no such account. */
  setDisabled(username: string, disabled: boolean): Promise<boolean> | boolean;
  /** False for the last account of all, and where there is no such account. */
  removeUnlessLast(username: string): Promise<boolean> | boolean;
}

/**
 * What names are compared by: `Ａdmin`, `ADMIN` and `admin` are one account.
 * Folded again after lower-casing, which can undo the normal form.
 */
export function accountKey(username: string): string {
  return username.normalize("NFKC").toLowerCase().normalize("NFKC");
}

/** Accounts that end with the process; for tests. */
export class MemoryAccounts implements Accounts {
  readonly #accounts = new Map<string, Account>();

  find(username: string): Account | undefined {
    const account = this.#accounts.get(accountKey(username));
    return account && { ...account };
  }

  list(): Account[] {
    return [...this.#accounts].sort(([a], [b]) => a < b ? -1 : 1)
      .map(([, account]) => ({ ...account }));
  }

  isEmpty(): boolean {
    return this.#accounts.size === 0;
  }

  create(account: Account): boolean {
    const key = accountKey(account.username);
    if (this.#accounts.has(key)) return false;
    this.#accounts.set(key, { ...account });
    return true;
  }

  createFirst(account: Account): boolean {
    return this.isEmpty() && this.create(account);
  }

  rehash(username: string, { from, to }: Rehash): void {
    const account = this.#accounts.get(accountKey(username));
    if (account?.passwordHash === from) account.passwordHash = to;
  }

  replacePassword(username: string, { from, to }: Rehash): boolean {
    const account = this.#accounts.get(accountKey(username));
    return account?.passwordHash === from && this.setPassword(username, to);
  }

  setPassword(username: string, passwordHash: string): boolean {
    return this.#change(username, { passwordHash, shipped: false });
  }

  setDisabled(username: string, disabled: boolean): boolean {
    return this.#change(username, { disabled });
  }

  removeUnlessLast(username: string): boolean {
    if (this.#accounts.size === 1) return false;
    return this.#accounts.delete(accountKey(username));
  }

  #change(username: string, change: Partial<Account>): boolean {
    const account = this.#accounts.get(accountKey(username));
    if (account === undefined) return false;
    Object.assign(account, change);
    return true;
  }
}
