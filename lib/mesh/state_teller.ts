/**
 * Tells that the state of a file is different: at once what people wait for,
 * the rest a few times a second, and what is on its way once a second, for how
 * fast it comes changes by itself.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { FileHash } from "../wire/file.ts";
import { Timers } from "./timers.ts";

export const TELL_SOON_MS = 200;
export const TELL_MOVING_MS = 1_000;

export interface StateTellerParts {
  changed(hash: FileHash): void;
  /** Files that are on their way. */
  moving(): Iterable<FileHash>;
}

export class StateTeller {
  readonly #timers: Timers;
  readonly #parts: StateTellerParts;
  readonly #waiting = new Set<FileHash>();
  #isWatching = false;

  constructor(clock: Clock, parts: StateTellerParts) {
    this.#timers = new Timers(clock);
    this.#parts = parts;
  }

  now(hash: FileHash): void {
    this.#waiting.delete(hash);
    this.#parts.changed(hash);
    this.#watch();
  }

  soon(hash: FileHash): void {
    if (this.#waiting.size === 0) {
      this.#timers.after(TELL_SOON_MS, () => this.#tell());
    }
    this.#waiting.add(hash);
  }

  stop(): void {
    this.#timers.clear();
  }

  #tell(): void {
    const hashes = [...this.#waiting];
    this.#waiting.clear();
    for (const hash of hashes) this.#parts.changed(hash);
  }

  #watch(): void {
    const [moving] = this.#parts.moving();
    if (this.#isWatching || moving === undefined) return;
    this.#isWatching = true;
    this.#timers.after(TELL_MOVING_MS, () => {
      this.#isWatching = false;
      for (const hash of this.#parts.moving()) this.soon(hash);
      this.#watch();
    });
  }
}
