/**
 * The seam to the machine's time: everything in lib/ that waits or asks the
 * time takes a Clock, so that tests and the simulator own it.
 * @module
 */

/** Milliseconds since the Unix epoch, and one-shot timers. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** Calls `run` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const id = setTimeout(run, delayMs);
    return () => clearTimeout(id);
  },
};

/** Calls `run` every `periodMs` until the returned function is called. */
export function every(
  clock: Clock,
  periodMs: number,
  run: () => void,
): () => void {
  let cancel = clock.after(periodMs, again);
  function again() {
    cancel = clock.after(periodMs, again);
    run();
  }
  return () => cancel();
}

interface Timer {
  at: number;
  run: () => void;
}

/** A clock that a test moves by hand; timers run in the order of their times. */
export class ManualClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(startMs = 1_000_000) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves the time on by `byMs`, running what falls due on the way. */
  advance(byMs: number): void {
    const end = this.#now + byMs;
    for (;;) {
      const next = this.#nextDue(end);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }

  #nextDue(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (next === undefined || timer.at < next.at)) {
        next = timer;
      }
    }
    return next;
  }
}
