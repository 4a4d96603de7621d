/**
 * Decides whether somebody with a link gets the account they ask for, and logs
 * them in with it. A link that is unknown, expired, used up or revoked has one
 * answer. Knows no HTTP but the error it throws.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Accounts } from "./accounts.ts";
import { chosenHash, chosenName } from "./choices.ts";
import { HttpError } from "./http_error.ts";
import { type Invites, inviteTokenHash } from "./invites.ts";
import type { Passwords } from "./password.ts";
import type { Sessions } from "./sessions.ts";

export interface JoinParts {
  invites: Pick<Invites, "isOpen" | "redeem">;
  accounts: Pick<Accounts, "find">;
  passwords: Pick<Passwords, "hash">;
  sessions: Pick<Sessions, "begin">;
  clock: Clock;
}

export interface JoinAttempt {
  /** What the link carries. */
  token: string;
  username: string;
  password: string;
  address: string;
  /** The User-Agent, for the person's own list of sessions. */
  browser: string;
}

export interface Joined {
  user: string;
  /** The number of the invitation. */
  invite: number;
  /** The session cookie's value. */
  token: string;
}

export class Join {
  readonly #parts: JoinParts;

  constructor(parts: JoinParts) {
    this.#parts = parts;
  }

  async isOpen(token: string): Promise<boolean> {
    const hash = inviteTokenHash(token);
    return hash !== undefined && await this.#parts.invites.isOpen(hash);
  }

  /** A new account and its first session, or an HttpError with why not. */
  async begin(attempt: JoinAttempt): Promise<Joined> {
    const { address, browser } = attempt;
    const { user, invite } = await this.#makeAccount(attempt);
    const token = await this.#parts.sessions.begin({ user, address, browser });
    return { user, invite, token };
  }

  /** Cheap refusals first: only who holds an open link gets a hash made. */
  async #makeAccount(
    { token, username, password }: JoinAttempt,
  ): Promise<{ user: string; invite: number }> {
    const { invites, accounts, passwords, clock } = this.#parts;
    const tokenHash = inviteTokenHash(token);
    if (tokenHash === undefined || !await this.isOpen(token)) throw notOpen();
    const user = chosenName(username);
    const known = await accounts.find(user);
    if (known !== undefined) throw taken(known.username);
    const passwordHash = await chosenHash(passwords, {
      password,
      username: user,
    });
    const redeemed = await invites.redeem(tokenHash, {
      username: user,
      passwordHash,
      shipped: false,
      disabled: false,
      createdAt: clock.now(),
    });
    if (redeemed === "not-open") throw notOpen();
    if (redeemed === "name-taken") throw taken(user);
    return { user, invite: redeemed };
  }
}

function notOpen(): HttpError {
  return new HttpError(
    404,
    "invite-not-open",
    "This invitation can't be used: it is mistyped, has expired or was used already. Ask for a new one",
  );
}

function taken(username: string): HttpError {
  const message = `There is an account "${username}" already`;
  return new HttpError(409, "username-taken", message);
}
