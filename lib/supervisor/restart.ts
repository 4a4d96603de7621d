/**
 * Decides what follows when a service has died. Pure: deaths and the time come
 * in, a decision comes out; it knows no processes.
 *
 * - A service that fails before the system was ever ready has said why it
 *   cannot start, and would say the same again: give up at once.
 * - Otherwise it is started again, each time after twice the wait.
 * - The fifth death within a minute ends it; a quiet minute forgets them all.
 * @module
 */

export const DEATHS_MAX = 5;
export const DEATHS_WINDOW_MS = 60_000;
export const FIRST_DELAY_MS = 250;

/** How a process ended, and whether the system had been ready by then. */
export interface Death {
  /** Null where a signal ended it. */
  exitCode: number | null;
  systemWasReady: boolean;
}

export type Decision =
  | { type: "restart"; delayMs: number }
  | { type: "give-up"; reason: string };

/** The deaths of one service, and what to do about the latest. */
export class RestartPolicy {
  #deathTimes: number[] = [];

  died({ exitCode, systemWasReady }: Death, now: number): Decision {
    const failed = exitCode !== null && exitCode !== 0;
    if (failed && !systemWasReady) {
      return { type: "give-up", reason: "could not start" };
    }
    const recent = this.#deathTimes.filter((at) => now - at < DEATHS_WINDOW_MS);
    this.#deathTimes = [...recent, now];
    if (recent.length + 1 >= DEATHS_MAX) {
      return {
        type: "give-up",
        reason: `ended ${DEATHS_MAX} times within a minute`,
      };
    }
    return { type: "restart", delayMs: FIRST_DELAY_MS * 2 ** recent.length };
  }
}
