/**
 * A hybrid logical clock: dates what we write after all that we have read, near
 * the true time, and never twice the same. The true time is the server's, as
 * far as it was told; else the machine's own. Pure: the machine's time is given.
 * @module
 */

/** A clock further off than this is wrong: it is not followed. */
export const CLOCK_WRONG_MS = 60_000;

export class HybridClock {
  /** What the machine's clock lacks of the server's. */
  #offsetMs = 0;
  #latest = 0;

  /** The server said `serverNow` when the machine's clock said `now`. */
  correct(serverNow: number, now: number): void {
    this.#offsetMs = serverNow - now;
    // A time from before the correction would drag the rest along.
    this.#latest = Math.min(this.#latest, serverNow);
  }

  /** The true time, as far as it is known. */
  trueTime(now: number): number {
    return now + this.#offsetMs;
  }

  /** Whether `time` lies so far from now that its clock must be wrong. */
  isBehind(time: number, now: number): boolean {
    return time < this.trueTime(now) - CLOCK_WRONG_MS;
  }

  /** An entry with that time was read; one far ahead is not followed. */
  observe(time: number, now: number): void {
    if (time > this.trueTime(now) + CLOCK_WRONG_MS) return;
    this.#latest = Math.max(this.#latest, time);
  }

  /** The time of what is written now. */
  next(now: number): number {
    this.#latest = Math.max(this.trueTime(now), this.#latest + 1);
    return this.#latest;
  }
}
