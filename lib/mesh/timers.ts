/**
 * The timers of one state of a state machine: all of them end when it is left.
 * @module
 */
import type { Clock } from "../clock.ts";

export class Timers {
  readonly #clock: Clock;
  readonly #cancels = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  after(delayMs: number, run: () => void): void {
    const cancel = this.#clock.after(delayMs, () => {
      this.#cancels.delete(cancel);
      run();
    });
    this.#cancels.add(cancel);
  }

  repeat(periodMs: number, run: () => void): void {
    this.after(periodMs, () => {
      this.repeat(periodMs, run);
      run();
    });
  }

  clear(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}
