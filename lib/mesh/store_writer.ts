/**
 * Writes to a store in order, one after the other, and says once when the store
 * fails: the talk goes on without it.
 * @module
 */
import type { KeptEntry } from "./chat.ts";
import type { Store } from "./store.ts";

export class StoreWriter {
  readonly #store: Store;
  readonly #onFailure: () => void;
  #writes: Promise<void> = Promise.resolve();
  #works = true;

  constructor(store: Store, onFailure: () => void) {
    this.#store = store;
    this.#onFailure = onFailure;
  }

  get works(): boolean {
    return this.#works;
  }

  keep(kept: KeptEntry[]): void {
    this.write((store) => store.keep(kept));
  }

  forget(dropped: KeptEntry[]): void {
    const keys = dropped.map(({ channel, entry }) => {
      return { channel, author: entry.author, seq: entry.seq };
    });
    this.write((store) => store.forget(keys));
  }

  write(write: (store: Store) => Promise<void>): void {
    this.#writes = this.#writes.then(() => write(this.#store))
      .catch(() => this.#failed());
  }

  /** What `read` finds, or `otherwise` where the store fails. */
  async read<T>(
    read: (store: Store) => Promise<T>,
    otherwise: T,
  ): Promise<T> {
    try {
      return await read(this.#store);
    } catch {
      this.#failed();
      return otherwise;
    }
  }

  /** Closes once all is written. */
  close(): void {
    this.#writes.finally(() => this.#store.close());
  }

  #failed(): void {
    if (!this.#works) return;
    this.#works = false;
    this.#onFailure();
  }
}
