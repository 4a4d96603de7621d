/**
 * What may be done to accounts, and what goes with it: names and passwords are
 * checked first, and whoever must no longer be in is out. Each step may be
 * repeated, so a process that dies half-way leaves nothing that a second try
 * would not finish.
 * @module
 */
import type { Audit, AuditEvent } from "./audit.ts";
import type { Clock } from "../clock.ts";
import { ACCOUNT_NAME_RULE, accountNameOf } from "./account_name.ts";
import type { Account, Accounts } from "./accounts.ts";
import { PASSWORD_FAULTS, passwordFault } from "./password_rules.ts";
import type { Passwords } from "./password.ts";
import type { Revocations } from "./revocations.ts";
import type { Sessions } from "./sessions.ts";

/** A change that was refused, in a sentence for who asked for it. */
export class AccountError extends Error {
  override name = "AccountError";
}

export interface AccountDeskParts {
  accounts: Accounts;
  sessions: Pick<Sessions, "endAllOf">;
  revocations: Pick<Revocations, "add">;
  passwords: Pick<Passwords, "hash">;
  audit: Audit;
  /** Who asks for the changes, for the audit log. */
  by: string;
  clock: Clock;
}

export class AccountDesk {
  readonly #parts: AccountDeskParts;

  constructor(parts: AccountDeskParts) {
    this.#parts = parts;
  }

  /** The form in which `typed` can be added now. */
  async freeName(typed: string): Promise<string> {
    const name = accountNameOf(typed);
    const quoted = JSON.stringify(typed.slice(0, 64));
    if (name === undefined) {
      throw new AccountError(`Cannot add ${quoted}: ${ACCOUNT_NAME_RULE}`);
    }
    const taken = await this.#parts.accounts.find(name);
    if (taken !== undefined) throw takenName(taken.username);
    return name;
  }

  /** The account that `typed` names, in any case. */
  async existing(typed: string): Promise<Account> {
    const account = await this.#parts.accounts.find(typed);
    if (account !== undefined) return account;
    const quoted = JSON.stringify(typed.slice(0, 64));
    throw new AccountError(`There is no account ${quoted}`);
  }

  /** Returns the account's name. */
  async add(typed: string, password: string): Promise<string> {
    const { accounts, clock } = this.#parts;
    const username = await this.freeName(typed);
    const added = await accounts.create({
      username,
      passwordHash: await this.#hash(password, username),
      shipped: false,
      disabled: false,
      createdAt: clock.now(),
    });
    if (!added) throw takenName(username);
    this.#record("account-added", username);
    return username;
  }

  async setPassword(typed: string, password: string): Promise<void> {
    const { accounts } = this.#parts;
    const account = await this.existing(typed);
    const { username } = account;
    const passwordHash = await this.#hash(password, username);
    if (!await accounts.setPassword(username, passwordHash)) {
      throw gone(username);
    }
    await this.#endAll(account);
    this.#record("password-changed", username);
  }

  async disable(typed: string): Promise<void> {
    const account = await this.existing(typed);
    await this.#shutOut(account);
    this.#record("account-disabled", account.username);
  }

  async enable(typed: string): Promise<void> {
    const { username } = await this.existing(typed);
    const enabled = await this.#parts.accounts.setDisabled(username, false);
    if (!enabled) throw gone(username);
    this.#record("account-enabled", username);
  }

  /**
   * The last account stays: a database without any gets the default account
   * back. Disabled first, so that nobody gets in between the steps.
   */
  async remove(typed: string): Promise<void> {
    const { accounts } = this.#parts;
    const account = await this.existing(typed);
    const { username } = account;
    if ((await accounts.list()).length === 1) throw lastAccount(username);
    await this.#shutOut(account);
    const removed = await accounts.removeUnlessLast(username);
    if (!removed) {
      const left = await accounts.find(username);
      throw left === undefined ? gone(username) : lastAccount(username);
    }
    this.#record("account-removed", username);
  }

  async #shutOut(account: Account): Promise<void> {
    const { accounts } = this.#parts;
    const { username } = account;
    if (!await accounts.setDisabled(username, true)) throw gone(username);
    await this.#endAll(account);
  }

  /** Nobody who was in is believed any more, by the server or by the others. */
  async #endAll(account: Account): Promise<void> {
    const { sessions, revocations } = this.#parts;
    await sessions.endAllOf(account.username);
    await revocations.add(account);
  }

  #record(event: AuditEvent, user: string): void {
    const { audit, by } = this.#parts;
    audit.record({ event, user, by });
  }

  async #hash(password: string, username: string): Promise<string> {
    const fault = await passwordFault(password, username);
    if (fault !== undefined) {
      throw new AccountError(
        `Cannot use this password: ${PASSWORD_FAULTS[fault]}`,
      );
    }
    return await this.#parts.passwords.hash(password);
  }
}

function takenName(username: string): AccountError {
  return new AccountError(`There is an account "${username}" already`);
}

/** Another process removed it in the meantime. */
function gone(username: string): AccountError {
  return new AccountError(`The account "${username}" has just been removed`);
}

function lastAccount(username: string): AccountError {
  return new AccountError(
    `Cannot remove "${username}": it is the only account. Add another one first`,
  );
}
