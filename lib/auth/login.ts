/**
 * Decides a login: throttle, account, password, in this order and in the same
 * time whether the name exists or not. Knows no HTTP but the error it throws.
 * @module
 */
import { isUserName } from "../wire/names.ts";
import { accountKey, type Accounts } from "./accounts.ts";
import { HttpError, unavailable } from "./http_error.ts";
import type { Passwords } from "./password.ts";
import type { LoginThrottle } from "./throttle.ts";
import { QueueFullError } from "./work_queue.ts";

export interface LoginParts {
  accounts: Accounts;
  passwords: Passwords;
  throttle: LoginThrottle;
  /** Resolves once the first account exists; logins before it wait. */
  ready: Promise<unknown>;
}

export interface LoginAttempt {
  username: string;
  password: string;
  address: string;
}

export class Login {
  readonly #parts: LoginParts;

  constructor(parts: LoginParts) {
    this.#parts = parts;
  }

  /** The account's name, or an HttpError with what to tell the person. */
  async check(attempt: LoginAttempt): Promise<string> {
    const { accounts, throttle, ready } = this.#parts;
    const { username, password, address } = attempt;
    // A name that can't exist gets one key, or the throttle would keep 16 KiB.
    const key = accountKey(username);
    const tried = { account: isUserName(key) ? key : "", address };
    refuseTooEarly(throttle.waitMs(tried));
    await ready;
    const account = tried.account === ""
      ? undefined
      : await accounts.find(tried.account);
    const matches = await this.#verify(password, account?.passwordHash);
    if (account === undefined || !matches) {
      throttle.failed(tried);
      throw new HttpError(
        401,
        "wrong-credentials",
        "Username or password is wrong",
      );
    }
    throttle.succeeded(tried);
    await this.#renewHash(account, password);
    return account.username;
  }

  async #verify(password: string, hash: string | undefined): Promise<boolean> {
    try {
      return await this.#parts.passwords.verify(password, hash);
    } catch (error) {
      if (!(error instanceof QueueFullError)) throw error;
      throw unavailable("Too many people log in at this moment", error);
    }
  }

  /** The password is at hand only now: the moment to hash it at today's cost. */
  async #renewHash(
    account: { username: string; passwordHash: string },
    password: string,
  ): Promise<void> {
    const { accounts, passwords } = this.#parts;
    if (!passwords.isOutdated(account.passwordHash)) return;
    await accounts.rehash(account.username, await passwords.hash(password));
  }
}

function refuseTooEarly(waitMs: number): void {
  if (waitMs === 0) return;
  const retryAfterSeconds = Math.ceil(waitMs / 1_000);
  throw new HttpError(
    429,
    "too-many-requests",
    `Too many wrong passwords. Try again in ${retryAfterSeconds} seconds`,
    { retryAfterSeconds },
  );
}
