/**
 * Ends what takes too long. One coarse sweep over everything that has a deadline
 * costs less than a timer for each request; it runs only while there is
 * something to watch.
 * @module
 */
import type { Clock } from "../clock.ts";

/** Something that may have to end at a given time. */
export interface Watched {
  isDue(now: number): boolean;
  expire(now: number): void;
}

/** How late a deadline may be noticed. */
export const SWEEP_PERIOD_MS = 250;

/** Everything that is watched. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(watched: Watched): void {
    this.#watched.add(watched);
    this.#cancel ??= this.#clock.after(SWEEP_PERIOD_MS, this.#sweep);
  }

  delete(watched: Watched): void {
    this.#watched.delete(watched);
    if (this.#watched.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  readonly #sweep = (): void => {
    this.#cancel = this.#clock.after(SWEEP_PERIOD_MS, this.#sweep);
    const now = this.#clock.now();
    for (const watched of this.#watched) {
      if (watched.isDue(now)) watched.expire(now);
    }
  };
}
