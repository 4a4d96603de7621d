/**
 * A few jobs at once, a few more waiting in order and not for long, and no to
 * the rest: what keeps a flood of logins from taking the memory, and whoever
 * waits from being given up by a proxy before there is an answer.
 * @module
 */
import type { Clock } from "../clock.ts";

/** The queue has no place left, or none came free in time. */
export class QueueFullError extends Error {
  override name = "QueueFullError";
}

export interface QueueLimits {
  atOnce: number;
  waitingMax: number;
  /** Whoever has waited so long is told no. */
  waitMsMax: number;
}

export class WorkQueue {
  readonly #limits: QueueLimits;
  readonly #clock: Clock;
  /** In order; each begins a job. */
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(limits: QueueLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Runs `job` when its turn comes; throws QueueFullError if that is too late. */
  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#running < this.#limits.atOnce) this.#running++;
    else await this.#turn();
    try {
      return await job();
    } finally {
      // The place is handed on, so nobody can slip in between.
      const [next] = this.#waiting;
      if (next !== undefined) next();
      else this.#running--;
    }
  }

  #turn(): Promise<void> {
    const { waitingMax, waitMsMax } = this.#limits;
    if (this.#waiting.size >= waitingMax) {
      throw new QueueFullError(`Cannot queue more than ${waitingMax} jobs`);
    }
    return new Promise((resolve, reject) => {
      const begin = () => {
        cancel();
        this.#waiting.delete(begin);
        resolve();
      };
      const cancel = this.#clock.after(waitMsMax, () => {
        this.#waiting.delete(begin);
        reject(new QueueFullError(`No place came free in ${waitMsMax} ms`));
      });
      this.#waiting.add(begin);
    });
  }
}
