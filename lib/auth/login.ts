/**
 * Decides a login: account, throttle, password, in this order and in the same
 * time whether the name exists or not; and begins the session. Knows no HTTP
 * but the error it throws.
 * @module
 */
import { isUserName } from "../wire/names.ts";
import { type Account, accountKey, type Accounts } from "./accounts.ts";
import { HttpError, unavailable } from "./http_error.ts";
import { networkOf } from "./network.ts";
import type { Passwords } from "./password.ts";
import { type Session, sessionIdOf, type Sessions } from "./sessions.ts";
import type { LoginThrottle, Tried } from "./throttle.ts";
import { QueueFullError } from "./work_queue.ts";

export interface LoginParts {
  accounts: Accounts;
  passwords: Passwords;
  sessions: Pick<Sessions, "begin" | "end" | "listOf">;
  throttle: LoginThrottle;
  /** Resolves once the first account exists; logins before it wait. */
  ready: Promise<unknown>;
}

export interface LoginAttempt {
  username: string;
  password: string;
  address: string;
  /** From the machine itself: there alone the default account works. */
  local: boolean;
  /** The User-Agent, for the person's own list of sessions. */
  browser: string;
  /** Whether the person wants to stay signed in. */
  keep?: boolean;
  /** The session that the browser has, of whichever account. */
  session?: Session | undefined;
}

/** A login that went well. */
export interface Begun {
  /** The account's name. */
  user: string;
  /** The session cookie's value. */
  token: string;
}

export class Login {
  readonly #parts: LoginParts;

  constructor(parts: LoginParts) {
    this.#parts = parts;
  }

  /** A new session, or an HttpError with what to tell the person. */
  async begin(attempt: LoginAttempt): Promise<Begun> {
    const { sessions } = this.#parts;
    const { password, address, browser, keep = false } = attempt;
    const account = await this.#check(attempt);
    const user = account.username;
    const token = await sessions.begin({ user, address, browser, keep });
    // Whoever changes an account ends its sessions after that: only one that
    // began later still is left, and is caught here.
    if (!await this.#isStillGood(account, password)) {
      await sessions.end(sessionIdOf(token));
      throw wrongCredentials();
    }
    await this.#renewHash(account, password);
    return { user, token };
  }

  async #check(attempt: LoginAttempt): Promise<Account> {
    const { accounts, throttle, ready } = this.#parts;
    await ready;
    // A name that can't exist gets one key, or the throttle would keep 16 KiB.
    const typed = accountKey(attempt.username);
    const key = isUserName(typed) ? typed : "";
    const account = key === "" ? undefined : await accounts.find(key);
    const tried = await this.#tried(attempt, { key, account });
    const matches = await this.#verifyInTime(attempt.password, {
      hash: account?.passwordHash,
      refuseEarly: () => refuseTooEarly(throttle.waitMs(tried)),
    });
    if (account === undefined || account.disabled || !matches) {
      throttle.failed(tried);
      throw wrongCredentials(matches ? "account-disabled" : undefined);
    }
    if (account.shipped && !attempt.local) {
      throttle.failed(tried);
      throw localAccountOnly();
    }
    throttle.succeeded(tried);
    return account;
  }

  /** The attempt as the throttle judges it: is this somebody who is in? */
  async #tried(
    { address, session }: LoginAttempt,
    { key, account }: { key: string; account: Account | undefined },
  ): Promise<Tried> {
    if (account === undefined) return { account: key, address };
    const { username } = account;
    const live = await this.#parts.sessions.listOf(username);
    const network = networkOf(address);
    const known = live.some(({ address }) => networkOf(address) === network);
    const own = session?.user === username ? session.id : undefined;
    return { account: key, address, session: own, known };
  }

  /** Whether the account that was checked still takes the password. */
  async #isStillGood(checked: Account, password: string): Promise<boolean> {
    const account = await this.#parts.accounts.find(checked.username);
    if (account === undefined || account.disabled) return false;
    return account.passwordHash === checked.passwordHash ||
      await this.#verify(password, account.passwordHash);
  }

  /**
   * Asks again once it is this attempt's turn, and when the answer is known: of
   * many that are made at once, all come before the first failure is counted.
   */
  async #verifyInTime(
    password: string,
    { hash, refuseEarly }: { hash: string | undefined; refuseEarly(): void },
  ): Promise<boolean> {
    refuseEarly();
    const matches = await this.#verify(password, hash, refuseEarly);
    refuseEarly();
    return matches;
  }

  async #verify(
    password: string,
    hash: string | undefined,
    onTurn?: () => void,
  ): Promise<boolean> {
    try {
      return await this.#parts.passwords.verify(password, hash, onTurn);
    } catch (error) {
      if (!(error instanceof QueueFullError)) throw error;
      throw unavailable("Too many people log in at this moment", error);
    }
  }

  /** The password is at hand only now: the moment to hash it at today's cost. */
  async #renewHash(
    { username, passwordHash: from }: Account,
    password: string,
  ): Promise<void> {
    const { accounts, passwords } = this.#parts;
    if (!passwords.isOutdated(from)) return;
    await accounts.rehash(username, {
      from,
      to: await passwords.hash(password),
    });
  }
}

/**
 * One answer for all: it must not tell which names exist. The operator's log
 * has why a password that is right opens nothing.
 */
function wrongCredentials(reason = "wrong-credentials"): HttpError {
  const message = "Username or password is wrong";
  return new HttpError(401, "wrong-credentials", message, { reason });
}

/** Its password is no secret, so to say that it is right tells nobody a thing. */
function localAccountOnly(): HttpError {
  return new HttpError(
    401,
    "local-account-only",
    "The account that comes with the program works on the server itself only, " +
      "at 127.0.0.1. Accounts for everybody else are made there: " +
      "deno task user add NAME",
  );
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
