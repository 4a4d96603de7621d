/**
 * A few jobs at once, a few more waiting in order, and no to the rest: what
 * keeps a flood of logins from taking the memory.
 * @module
 */

/** The queue has no place left. */
export class QueueFullError extends Error {
  override name = "QueueFullError";
}

export class WorkQueue {
  readonly #atOnce: number;
  readonly #waitingMax: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor({ atOnce, waitingMax }: { atOnce: number; waitingMax: number }) {
    this.#atOnce = atOnce;
    this.#waitingMax = waitingMax;
  }

  /** Runs `job` when its turn comes; throws QueueFullError at once if none will. */
  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#running < this.#atOnce) this.#running++;
    else await this.#turn();
    try {
      return await job();
    } finally {
      // The place is handed on, so nobody can slip in between.
      const next = this.#waiting.shift();
      if (next !== undefined) next();
      else this.#running--;
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#waitingMax) {
      throw new QueueFullError(
        `Cannot queue more than ${this.#waitingMax} jobs`,
      );
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
