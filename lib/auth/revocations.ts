/**
 * Whose device certificates hold no longer though they have not run out: of
 * accounts that were disabled, removed, or given another password. The store's
 * interface, its bounds, and the in-memory twin.
 *
 * A revocation is kept for as long as a certificate from before it could hold.
 * They are numbered, so that peers ask for those only that they do not have.
 * @module
 */
import type { Clock } from "../clock.ts";
import {
  type Revocation,
  type Revocations as Answer,
  REVOCATIONS_MAX,
} from "../wire/identity.ts";
import { type Account, accountKey } from "./accounts.ts";

/**
 * How long a certificate holds: as long as a session can last. A revocation is
 * of use for that time, and forgotten after it.
 */
export const CERTIFICATE_LIFE_MS = 30 * 24 * 3_600_000;

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

/** Revocations that end with the process; for tests. */
export class MemoryRevocations implements Revocations {
  readonly #clock: Clock;
  #rows: (Revocation & { key: string; number: number })[] = [];
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add({ username: user, createdAt: userSince }: RevokedAccount): void {
    // One of this very millisecond is from before as well.
    const before = this.#clock.now() + 1;
    const key = accountKey(user);
    const others = this.#rows.filter((row) =>
      (row.key !== key || row.userSince !== userSince) &&
      row.before > before - CERTIFICATE_LIFE_MS
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
