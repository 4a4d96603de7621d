/**
 * Whether a backend is fit to be asked, from how requests to it went and from
 * what a health check found. Pure: it is told the time and what happened.
 *
 *   up ── maxFails failures within failTimeout ──► down ── failTimeout ──► trial
 *    ▲ ▲                                            ▲                       │
 *    │ ╰── success ─────────────────────────────────┼────────── success ────┤
 *    │                                              ╰── failure, or asked ──╯
 *    ╰── `rises` checks passed ── failed checks ◄── `falls` checks failed ── any
 *
 * On trial it gets one request: all others still pass it by until that one has
 * been answered, so that a backend which hangs costs one client a wait, not all.
 * Passing a check ends a rest as well: the check has just seen it work.
 * @module
 */

/** When to give a backend a rest. */
export interface HealthRules {
  /** 0 for never. */
  maxFails: number;
  failTimeoutMs: number;
}

/** How many checks in a row decide. */
export interface CheckRules {
  rises: number;
  falls: number;
}

/** What a health check changed, where it did. */
export type Turn = "up" | "down" | undefined;

/** One backend's record. */
export class Health {
  readonly #rules: HealthRules;
  #failures = 0;
  #firstFailureAt = 0;
  #downUntil = 0;
  /** Checks in a row that spoke against what is believed. */
  #dissent = 0;
  #failsChecks = false;

  constructor(rules: HealthRules) {
    this.#rules = rules;
  }

  isDown(now: number): boolean {
    return this.#failsChecks || now < this.#downUntil;
  }

  /** It is asked now: where it is on trial, nobody else asks meanwhile. */
  asked(now: number): void {
    if (this.#downUntil === 0) return;
    this.#downUntil = now + this.#rules.failTimeoutMs;
  }

  /** A request failed at the backend. True where that takes it down. */
  failed(now: number): boolean {
    const { maxFails, failTimeoutMs } = this.#rules;
    if (maxFails === 0) return false;
    const knownDown = this.isDown(now);
    const onTrial = this.#downUntil > 0;
    const fresh = now - this.#firstFailureAt < failTimeoutMs;
    if (this.#failures === 0 || (!fresh && !onTrial)) {
      this.#failures = 0;
      this.#firstFailureAt = now;
    }
    this.#failures++;
    if (this.#failures < maxFails && !onTrial) return false;
    this.#downUntil = now + failTimeoutMs;
    return !knownDown;
  }

  /** A request got an answer. True where that ends a rest. */
  succeeded(): boolean {
    const rested = this.#downUntil > 0;
    this.#failures = 0;
    this.#downUntil = 0;
    return rested && !this.#failsChecks;
  }

  /** A health check passed or failed; says whether that turned the backend. */
  checked(passed: boolean, { rises, falls }: CheckRules, now: number): Turn {
    const wasDown = this.isDown(now);
    if (passed === this.#failsChecks) this.#dissent++;
    else this.#dissent = 0;
    if (this.#dissent >= (passed ? rises : falls)) {
      this.#failsChecks = !passed;
      this.#dissent = 0;
    }
    // What requests have failed since the last rest still counts.
    if (passed && !this.#failsChecks && this.#downUntil > 0) this.succeeded();
    const isDown = this.isDown(now);
    if (wasDown === isDown) return undefined;
    return isDown ? "down" : "up";
  }

  /**
   * Goes on from another's record, which must have had the same address: after
   * a reload nobody has to learn anew which backends are down. Where no health
   * check is made any more, pass `checked` false, or its verdict would stand
   * for ever.
   */
  carryOver(from: Health, { checked }: { checked: boolean }): void {
    this.#failures = from.#failures;
    this.#firstFailureAt = from.#firstFailureAt;
    this.#downUntil = this.#rules.maxFails === 0 ? 0 : from.#downUntil;
    this.#failsChecks = checked && from.#failsChecks;
    this.#dissent = checked ? from.#dissent : 0;
  }
}
