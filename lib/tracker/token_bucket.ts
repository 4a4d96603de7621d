/**
 * How often one peer may ask: a bucket that refills steadily and allows a burst.
 * Pure: the time is given.
 * @module
 */

export const REQUESTS_PER_SECOND = 40;
/** A page that meets a room of peers at once sends a few hundred signals. */
export const REQUESTS_BURST = 400;

export class TokenBucket {
  #tokens = REQUESTS_BURST;
  #filledAt: number;

  constructor(now: number) {
    this.#filledAt = now;
  }

  /** Whether one more request is allowed now; it is counted if so. */
  take(now: number): boolean {
    this.#refill(now);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Whether it is as good as a new one. */
  isFull(now: number): boolean {
    this.#refill(now);
    return this.#tokens >= REQUESTS_BURST;
  }

  #refill(now: number): void {
    // A clock set back must not take tokens away.
    const passedMs = Math.max(0, now - this.#filledAt);
    this.#filledAt = now;
    const refilled = this.#tokens + passedMs / 1000 * REQUESTS_PER_SECOND;
    this.#tokens = Math.min(REQUESTS_BURST, refilled);
  }
}

/** A bucket for each name that has asked lately. */
export class TokenBuckets {
  readonly #buckets = new Map<string, TokenBucket>();

  of(name: string, now: number): TokenBucket {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = new TokenBucket(now);
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }

  /** Forgets those that are as good as new; returns how many are left. */
  sweep(now: number): number {
    for (const [name, bucket] of this.#buckets) {
      if (bucket.isFull(now)) this.#buckets.delete(name);
    }
    return this.#buckets.size;
  }
}
