/**
 * How often somebody may ask: a bucket that refills steadily and allows a
 * burst. Pure: the time is given.
 * @module
 */

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #filledAt: number;

  /** Full at `now`, ms since 1970. */
  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#filledAt = now;
  }

  /** Whether one more request is allowed now; it is counted if so. */
  take(now: number): boolean {
    this.#refill(now);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** How long until `take` allows the next one. */
  msUntilNext(now: number): number {
    this.#refill(now);
    return Math.max(0, (1 - this.#tokens) / this.#rate.perSecond * 1000);
  }

  /** Whether it is as good as a new one. */
  isFull(now: number): boolean {
    this.#refill(now);
    return this.#tokens >= this.#rate.burst;
  }

  #refill(now: number): void {
    // A clock set back must not take tokens away.
    const passedMs = Math.max(0, now - this.#filledAt);
    this.#filledAt = now;
    const refilled = this.#tokens + passedMs / 1000 * this.#rate.perSecond;
    this.#tokens = Math.min(this.#rate.burst, refilled);
  }
}
