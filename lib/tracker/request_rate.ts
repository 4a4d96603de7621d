/**
 * How often one peer may ask the tracker, and the buckets of sessions that ask
 * without one.
 * @module
 */
import { type Rate, TokenBucket } from "../token_bucket.ts";

/** A page that meets a room of peers at once sends a few hundred signals. */
export const REQUEST_RATE: Rate = { perSecond: 40, burst: 400 };

/** A bucket for each name that has asked lately. */
export class TokenBuckets {
  readonly #buckets = new Map<string, TokenBucket>();

  of(name: string, now: number): TokenBucket {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = new TokenBucket(REQUEST_RATE, now);
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
