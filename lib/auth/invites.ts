/**
 * Links with which people make accounts of their own: the store's interface,
 * the rules of an invitation's life, and the in-memory twin. The link leaves
 * the server once, where it is made; what is kept is its token's SHA-256.
 * @module
 */
import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Account, Accounts } from "./accounts.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** How long a link may work, at least and at most. */
export const INVITE_LIFE_MS = [MINUTE_MS, 90 * DAY_MS] as const;
/** Accounts that one link may make. */
export const INVITE_USES_MAX = 500;
/** Links that work at the same time. */
export const INVITES_OPEN_MAX = 100;
/** Of older ones, those that no longer work are forgotten. */
export const INVITES_KEPT_MAX = 1_000;

/** Hex: a chat or mail program cuts no letter or digit off the end of a link. */
const TOKEN_BYTES = 16;
const TOKEN = /^[0-9a-f]{32}$/;

export interface NewInvite {
  tokenHash: string;
  uses: number;
  /** Now, by the reading of the clock that `expiresAt` comes from. */
  madeAt: number;
  expiresAt: number;
}

export interface Invite {
  /** What the operator calls it by; never given again. */
  number: number;
  uses: number;
  madeAt: number;
  expiresAt: number;
  revoked: boolean;
  /** The accounts that it made, the first one first. */
  joined: string[];
}

/** The number of the invitation that made the account, or why none did. */
export type Redeemed = number | "not-open" | "name-taken";

/**
 * Invitations. A store may be shared by several processes: of two people who
 * take the last use at once, one gets it.
 */
export interface Invites {
  /** Its number; undefined while INVITES_OPEN_MAX are open. */
  add(invite: NewInvite): Promise<number | undefined> | number | undefined;
  /** All that are kept, the newest first. */
  list(): Promise<Invite[]> | Invite[];
  /** False where no open invitation has this number. */
  revoke(number: number): Promise<boolean> | boolean;
  isOpen(tokenHash: string): Promise<boolean> | boolean;
  /** Makes the account and counts the use: both, or nothing. */
  redeem(
    tokenHash: string,
    account: Account,
  ): Promise<Redeemed> | Redeemed;
}

/** What a link carries. */
export function newInviteToken(): string {
  return randomBytes(TOKEN_BYTES).toString("hex");
}

/** What is kept of a link; undefined for what can't be one of ours. */
export function inviteTokenHash(token: string): string | undefined {
  if (!TOKEN.test(token)) return undefined;
  return createHash("sha256").update(token).digest("base64url");
}

export function isOpenInvite(invite: Invite, now: number): boolean {
  const { revoked, expiresAt, uses, joined } = invite;
  return !revoked && now < expiresAt && joined.length < uses;
}

/** Invitations that end with the process; for tests. */
export class MemoryInvites implements Invites {
  readonly #accounts: Pick<Accounts, "create">;
  readonly #clock: Clock;
  /** In the order of their numbers. */
  readonly #invites = new Map<string, Invite>();
  #lastNumber = 0;

  constructor(accounts: Pick<Accounts, "create">, clock: Clock) {
    this.#accounts = accounts;
    this.#clock = clock;
  }

  add({ tokenHash, ...invite }: NewInvite): number | undefined {
    const open = this.list().filter((invite) => this.#isOpen(invite));
    if (open.length >= INVITES_OPEN_MAX) return undefined;
    const number = ++this.#lastNumber;
    this.#invites.set(tokenHash, {
      ...invite,
      ...{ number, revoked: false, joined: [] },
    });
    for (const [hash, invite] of this.#invites) {
      const old = invite.number <= number - INVITES_KEPT_MAX;
      if (old && !this.#isOpen(invite)) this.#invites.delete(hash);
    }
    return number;
  }

  list(): Invite[] {
    return [...this.#invites.values()].reverse()
      .map((invite) => ({ ...invite, joined: [...invite.joined] }));
  }

  revoke(number: number): boolean {
    const invite = [...this.#invites.values()]
      .find((candidate) => candidate.number === number);
    if (invite === undefined || !this.#isOpen(invite)) return false;
    invite.revoked = true;
    return true;
  }

  isOpen(tokenHash: string): boolean {
    const invite = this.#invites.get(tokenHash);
    return invite !== undefined && this.#isOpen(invite);
  }

  async redeem(tokenHash: string, account: Account): Promise<Redeemed> {
    const invite = this.#invites.get(tokenHash);
    if (invite === undefined || !this.#isOpen(invite)) return "not-open";
    // Taken first: nobody else gets it while the account is being made.
    invite.joined.push(account.username);
    if (await this.#accounts.create(account)) return invite.number;
    invite.joined.splice(invite.joined.indexOf(account.username), 1);
    return "name-taken";
  }

  #isOpen(invite: Invite): boolean {
    return isOpenInvite(invite, this.#clock.now());
  }
}
