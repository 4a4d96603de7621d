/**
 * Keeps requests in the order in which they came when there are more than one
 * turn of the event loop can serve.
 *
 *   Of the sockets that are ready, Deno reads 128 in a turn (tokio's cooperative
 *   budget) and puts the rest behind those that become ready meanwhile. Left to
 *   that, a few clients that are answered and ask again are served for ever,
 *   while others wait for seconds. So no more requests are sent on at once than
 *   a turn has room for, and the rest wait here. What stays with a slow backend
 *   is in nobody's way, and soon no longer counts.
 * @module
 */
import type { Clock } from "../clock.ts";

/** So many at once, each with two sockets, fit in a turn. */
export const REQUESTS_AT_ONCE_MAX = 56;
/** Whoever is under way for twice as long is held up by its backend. */
export const TICK_MS = 2;
/** As long as nobody waits, a tick may come that late. */
export const IDLE_TICK_MS = 20;

/** One for all connections of a proxy. */
export class Turnstile {
  readonly #clock: Clock;
  readonly #waiting: ((ticket: number) => void)[] = [];
  /** How many of #waiting have been let in. */
  #gone = 0;
  #tick = 0;
  #tickMs = 0;
  /** Under way since this tick, and since the one before. */
  #young = 0;
  #older = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A ticket for whoever may go on at once; -1 where it has to `wait`. */
  enter(): number {
    if (this.#waiting.length > 0) return -1;
    const now = this.#clock.now();
    if (Math.abs(now - this.#tickMs) >= IDLE_TICK_MS) this.#nextTick(now);
    if (this.#isFull) return -1;
    this.#young++;
    return this.#tick;
  }

  /** The ticket, when it is its turn. */
  wait(): Promise<number> {
    if (this.#waiting.length === 0) this.#clock.after(TICK_MS, this.#onTick);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The one with this ticket is over. */
  leave(ticket: number): void {
    if (ticket === this.#tick) this.#young--;
    else if (ticket === this.#tick - 1) this.#older--;
    if (this.#waiting.length > 0) this.#letIn();
  }

  get #isFull(): boolean {
    return this.#young + this.#older >= REQUESTS_AT_ONCE_MAX;
  }

  #letIn(): void {
    const waiting = this.#waiting;
    while (this.#gone < waiting.length && !this.#isFull) {
      this.#young++;
      waiting[this.#gone++]!(this.#tick);
    }
    // Half of it at a time: one by one would move all others each time.
    if (this.#gone * 2 < waiting.length) return;
    waiting.splice(0, this.#gone);
    this.#gone = 0;
  }

  #nextTick(now: number): void {
    this.#tick++;
    this.#tickMs = now;
    this.#older = this.#young;
    this.#young = 0;
  }

  /** At most once in a turn, however long that takes. */
  readonly #onTick = (): void => {
    this.#nextTick(this.#clock.now());
    this.#letIn();
    if (this.#waiting.length > 0) this.#clock.after(TICK_MS, this.#onTick);
  };
}
