/**
 * Requests that cost work are begun a few in each turn of the event loop, in the
 * order in which they came. Two hundred that arrive in one moment would else be
 * read, looked up and refused in a single turn, and whoever only wants a page
 * would wait for all of them. Knows nothing of what they ask.
 * @module
 */
import type { MiddlewareHandler } from "hono";
import type { Clock } from "../clock.ts";
import { READING_METHODS } from "./guard.ts";
import { QueueFullError } from "./work_queue.ts";

/** A login costs about half a millisecond before its password is checked. */
export const BEGUN_IN_A_TURN = 4;
/** The event loop comes round after this at the earliest. */
export const TURN_MS = 1;
/** Gone within a second, for a turn is short; a flood beyond that is told no. */
export const TURNS_WAITING_MAX = 1_000;

export class Turns {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #left = BEGUN_IN_A_TURN;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when it is the caller's turn; throws QueueFullError where too many wait. */
  async enter(): Promise<void> {
    if (this.#left > 0) return this.#begin();
    if (this.#waiting.length >= TURNS_WAITING_MAX) {
      throw new QueueFullError(`Cannot queue more than ${TURNS_WAITING_MAX}`);
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #begin(): void {
    if (this.#left === BEGUN_IN_A_TURN) {
      this.#clock.after(TURN_MS, this.#nextTurn);
    }
    this.#left--;
  }

  readonly #nextTurn = (): void => {
    this.#left = BEGUN_IN_A_TURN;
    for (const resolve of this.#waiting.splice(0, BEGUN_IN_A_TURN)) {
      this.#begin();
      resolve();
    }
  };
}

/** Lets what changes something begin in its turn; reading waits for nobody. */
export function inTurns(clock: Clock): MiddlewareHandler {
  const turns = new Turns(clock);
  return async (c, next) => {
    if (!READING_METHODS.has(c.req.method)) await turns.enter();
    await next();
  };
}
