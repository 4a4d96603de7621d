/**
 * Whether a backend is fit to be asked, from how requests to it went. Pure: it
 * is told the time and what happened.
 *
 *   up ── maxFails failures within failTimeout ──► down ── failTimeout ──► up
 *
 * Up again it is on trial: one more failure and it is down, a success and all is
 * forgotten.
 * @module
 */

/** When to give a backend a rest. */
export interface HealthRules {
  /** 0 for never. */
  maxFails: number;
  failTimeoutMs: number;
}

/** One backend's record. */
export class Health {
  readonly #rules: HealthRules;
  #failures = 0;
  #firstFailureAt = 0;
  #downUntil = 0;

  constructor(rules: HealthRules) {
    this.#rules = rules;
  }

  isDown(now: number): boolean {
    return now < this.#downUntil;
  }

  /** A request failed at the backend. True where that takes it down. */
  failed(now: number): boolean {
    const { maxFails, failTimeoutMs } = this.#rules;
    if (maxFails === 0 || this.isDown(now)) return false;
    const onTrial = this.#downUntil > 0;
    const fresh = now - this.#firstFailureAt < failTimeoutMs;
    if (this.#failures === 0 || (!fresh && !onTrial)) {
      this.#failures = 0;
      this.#firstFailureAt = now;
    }
    this.#failures++;
    if (this.#failures < maxFails && !onTrial) return false;
    this.#downUntil = now + failTimeoutMs;
    return true;
  }

  /** A request got an answer. */
  succeeded(): void {
    this.#failures = 0;
    this.#downUntil = 0;
  }
}
