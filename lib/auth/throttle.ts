/**
 * Slows down whoever guesses: after a few failures for one account from one
 * address each further try has to wait, twice as long each time. Kept in
 * memory: each process slows its own share, and a restart forgives.
 * @module
 */
import type { Clock } from "../clock.ts";

/** Failures that cost nothing: people mistype. */
const FREE_FAILURES = 10;
const FIRST_DELAY_MS = 1_000;
const DELAY_MS_MAX = 60_000;
/** Failures are forgotten after this long without another. */
const MEMORY_MS = 15 * 60_000;
/** Above it the oldest entry goes, so a million addresses take no more. */
const ENTRIES_MAX = 10_000;

interface Entry {
  failures: number;
  failedAt: number;
}

/** Who tries what: the account's key and the client's address. */
export interface Attempt {
  account: string;
  address: string;
}

export class LoginThrottle {
  readonly #clock: Clock;
  /** In the order of the last failure, oldest first. */
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long this attempt has to wait; 0 where it may go on. */
  waitMs(attempt: Attempt): number {
    const entry = this.#entries.get(keyOf(attempt));
    if (entry === undefined || entry.failures < FREE_FAILURES) return 0;
    const doublings = entry.failures - FREE_FAILURES;
    const delayMs = Math.min(DELAY_MS_MAX, FIRST_DELAY_MS * 2 ** doublings);
    return Math.max(0, entry.failedAt + delayMs - this.#clock.now());
  }

  failed(attempt: Attempt): void {
    const key = keyOf(attempt);
    const now = this.#clock.now();
    const entry = this.#entries.get(key);
    const recent = entry !== undefined && now - entry.failedAt < MEMORY_MS;
    this.#entries.delete(key);
    this.#entries.set(key, {
      failures: recent ? entry.failures + 1 : 1,
      failedAt: now,
    });
    if (this.#entries.size <= ENTRIES_MAX) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  succeeded(attempt: Attempt): void {
    this.#entries.delete(keyOf(attempt));
  }
}

function keyOf({ account, address }: Attempt): string {
  return `${address} ${account}`;
}
