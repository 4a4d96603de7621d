/**
 * What people may do with their own account: another password, for who knows
 * the one they have. The browser it is changed in stays logged in, under a new
 * id; every other one is out. Knows no HTTP but the error it throws.
 * @module
 */
import type { Clock } from "../clock.ts";
import { accountKey, type Accounts } from "./accounts.ts";
import { chosenHash } from "./choices.ts";
import { HttpError } from "./http_error.ts";
import type { Passwords } from "./password.ts";
import {
  type Session,
  SESSION_LIFE,
  sessionIdOf,
  type Sessions,
} from "./sessions.ts";
import {
  OUTDATED,
  type SqlitePasswordChange,
} from "./sqlite_password_change.ts";
import type { LoginThrottle } from "./throttle.ts";

export interface OwnAccountParts {
  accounts: Pick<Accounts, "find">;
  passwords: Pick<Passwords, "hash" | "verify">;
  sessions: Pick<Sessions, "listOf">;
  /** All of a change, or nothing. */
  changes: Pick<SqlitePasswordChange, "make">;
  /** That of the login: who is signed in is slowed by own failures only. */
  throttle: LoginThrottle;
  clock: Clock;
}

/** The same session under another cookie. */
export interface Renewed {
  /** The session cookie's value. */
  token: string;
  /** How long the browser keeps it; without, until it is closed. */
  keptMs: number | undefined;
}

export interface PasswordChange {
  session: Session;
  address: string;
  /** The password that the account has. */
  current: string;
  chosen: string;
}

export class OwnAccount {
  readonly #parts: OwnAccountParts;

  constructor(parts: OwnAccountParts) {
    this.#parts = parts;
  }

  /**
   * Returns the session's new cookie; none where the session was ended
   * meanwhile.
   */
  async changePassword(change: PasswordChange): Promise<Renewed | undefined> {
    const { passwords, changes } = this.#parts;
    const { session, chosen: password } = change;
    const { user } = session;
    const from = await this.#check(change);
    if (password === change.current) throw samePassword();
    const to = await chosenHash(passwords, { password, username: user });
    const token = changes.make(session, { from, to });
    // The operator has set another one since: that one counts.
    if (token === OUTDATED) throw wrongPassword();
    return token === undefined ? undefined : this.#renewed(user, token);
  }

  async #renewed(user: string, token: string): Promise<Renewed> {
    const { sessions, clock } = this.#parts;
    const id = sessionIdOf(token);
    const { idleMs = 0, endsAt = 0 } =
      (await sessions.listOf(user)).find((session) => session.id === id) ?? {};
    const kept = idleMs > SESSION_LIFE.idleMs;
    return { token, keptMs: kept ? endsAt - clock.now() : undefined };
  }

  /** The account's hash, where `current` is its password. */
  async #check({ session, address, current }: PasswordChange): Promise<string> {
    const { accounts, passwords, throttle } = this.#parts;
    const account = await accounts.find(session.user);
    const key = accountKey(session.user);
    const tried = { account: key, address, session: session.id };
    // Again at its turn and after it, as in a login: many may come at once.
    const refuseEarly = () => refuseTooEarly(throttle.waitMs(tried));
    refuseEarly();
    const hash = account?.passwordHash;
    const matches = await passwords.verify(current, hash, refuseEarly);
    refuseEarly();
    if (account === undefined || account.disabled || !matches) {
      throttle.failed(tried);
      throw wrongPassword();
    }
    throttle.succeeded(tried);
    return account.passwordHash;
  }
}

function wrongPassword(): HttpError {
  const message = "The current password is wrong";
  return new HttpError(403, "wrong-password", message);
}

/** Whoever believes that it is another one now is to be told. */
function samePassword(): HttpError {
  const message = "Cannot use this password: the account has it already";
  return new HttpError(422, "password-same", message);
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
