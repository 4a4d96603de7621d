/**
 * A token bucket: how many messages someone may send, with a burst.
 * @module
 */
export class Budget {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt = 0;

  constructor({ perSecond, burst }: { perSecond: number; burst: number }) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** False where the budget at `now`, ms, is used up. */
  take(now: number): boolean {
    const elapsedMs = Math.max(0, now - this.#filledAt);
    const filled = this.#tokens + (elapsedMs / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, filled);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
