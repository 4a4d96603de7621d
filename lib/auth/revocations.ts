/**
 * Whose device certificates hold no longer though they have not run out: of
 * accounts that were disabled, removed, or given another password. The store's
 * interface, its bounds, and the in-memory twin.
 *
 * A revocation is kept for as long as a certificate from before it may be taken.
 * They are numbered, so that peers ask for those only that they do not have.
 * @module
 */
import type { Clock } from "../clock.ts";
import {
  CERTIFICATE_TOLERANCE_MS,
  type Revocation,
  type Revocations as Answer,
  REVOCATIONS_MAX,
} from "../wire/identity.ts";
import { type Account, accountKey } from "./accounts.ts";

/** How long a certificate holds: as long as a session can last. */
export const CERTIFICATE_LIFE_MS = 30 * 24 * 3_600_000;
/** A certificate is taken for as long; then a revocation of it is of no use. */
export const REVOCATION_LIFE_MS = CERTIFICATE_LIFE_MS +
  CERTIFICATE_TOLERANCE_MS;
/** A clock that is set back by more has been wrong, and is right now. */
export const CLOCK_BACK_MS_MAX = 3_600_000;

export type RevokedAccount = Pick<Account, "username" | "createdAt">;

export interface Revocations {
  /** From now on no certificate that this account has counts any more. */
  add(account: RevokedAccount): Promise<void> | void;
  /** Of this account, certificates from before then are revoked; or never. */
  beforeOf(
    account: RevokedAccount,
  ): Promise<number | undefined> | number | undefined;
  /** Those above a number, in their order. */
  listAfter(number: number): Promise<Answer> | Answer;
  /** The number of the last one; 0 where there is none. */
  last(): Promise<number> | number;
}

/**
 * From when on an account's certificates count that are revoked now, where
 * `former` was that time until now. One of this very millisecond is from before
 * as well; and so is one that was issued since by a clock that was set back, for
 * it is dated `former`.
 */
export function countsFrom(now: number, former = 0): number {
  const isNear = former <= now + CLOCK_BACK_MS_MAX;
  return Math.max(now, isNear ? former : 0) + 1;
}

/** Revocations that end with the process; for tests. */
export class MemoryRevocations implements Revocations {
  readonly #clock: Clock;
  #rows: (Revocation & { key: string; number: number })[] = [];
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add({ username: user, createdAt: userSince }: RevokedAccount): void {
    const now = this.#clock.now();
    const former = this.beforeOf({ username: user, createdAt: userSince });
    const before = countsFrom(now, former);
    const key = accountKey(user);
    const others = this.#rows.filter((row) =>
      (row.key !== key || row.userSince !== userSince) &&
      row.before > now - REVOCATION_LIFE_MS
    );
    const row = { user, userSince, before, key, number: ++this.#last };
    this.#rows = [...others, row].slice(-REVOCATIONS_MAX);
  }

  beforeOf({ username, createdAt }: RevokedAccount): number | undefined {
    const key = accountKey(username);
    return this.#rows.find((row) =>
      row.key === key && row.userSince === createdAt
    )?.before;
  }

  listAfter(after: number): Answer {
    const revocations = this.#rows.filter(({ number }) => number > after)
      .map(({ user, userSince, before }) => ({ user, userSince, before }));
    return { revocations, last: this.#last };
  }

  last(): number {
    return this.#last;
  }
}
