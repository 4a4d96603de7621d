/**
 * Failures by whom they are counted for, and how long each has to wait then.
 * Bounded: whoever has no wait yet is forgotten before anybody who has one, so
 * a flood of new names or addresses cannot free the one that is being slowed.
 * @module
 */
import type { Clock } from "../clock.ts";
import { RecentMap } from "./recent_map.ts";

const FIRST_DELAY_MS = 1_000;
const DELAY_MS_MAX = 60_000;
/** Failures are forgotten after this long without another. */
const MEMORY_MS = 15 * 60_000;
/** Of those who wait and of those who do not, each. */
export const ENTRIES_MAX = 10_000;

interface Entry {
  failures: number;
  failedAt: number;
}

export class FailureCounts {
  readonly #clock: Clock;
  readonly #free: number;
  readonly #mild = new RecentMap<Entry>(ENTRIES_MAX);
  readonly #slowed = new RecentMap<Entry>(ENTRIES_MAX);

  /** Up to `free` failures cost nothing. */
  constructor(clock: Clock, free: number) {
    this.#clock = clock;
    this.#free = free;
  }

  get size(): number {
    return this.#mild.size + this.#slowed.size;
  }

  /** How long `key` has to wait; 0 where it may go on. */
  waitMs(key: string): number {
    const entry = this.#slowed.get(key);
    if (entry === undefined) return 0;
    const doublings = entry.failures - this.#free;
    const delayMs = Math.min(DELAY_MS_MAX, FIRST_DELAY_MS * 2 ** doublings);
    const now = this.#clock.now();
    // A clock that was set back must not make the wait an hour longer.
    entry.failedAt = Math.min(entry.failedAt, now);
    return Math.max(0, entry.failedAt + delayMs - now);
  }

  add(key: string): void {
    const known = this.#slowed.get(key) ?? this.#mild.get(key);
    const failedAt = this.#clock.now();
    const recent = known !== undefined && failedAt - known.failedAt < MEMORY_MS;
    const failures = recent ? known.failures + 1 : 1;
    this.forget(key);
    const entries = failures < this.#free ? this.#mild : this.#slowed;
    entries.set(key, { failures, failedAt });
  }

  forget(key: string): void {
    this.#mild.delete(key);
    this.#slowed.delete(key);
  }
}
