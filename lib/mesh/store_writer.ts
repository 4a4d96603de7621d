/**
 * Writes to a store in order, one after the other, and says once when the store
 * fails: the talk goes on without it.
 * @module
 */
import type { ChannelName } from "../wire/names.ts";
import { LogMovedError, type Store, type StoredChannel } from "./store.ts";
import type { KeptEntry } from "./verified_entry.ts";

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

  load(channel: ChannelName): Promise<StoredChannel> {
    const nothing: StoredChannel = { entries: [], heads: new Map(), forks: [] };
    return this.read((store) => store.load(channel), nothing);
  }

  /** An entry of our own: `moved` where another tab was faster. */
  append(own: KeptEntry): Promise<"kept" | "moved" | "failed"> {
    const appended = this.#writes.then(() => this.#store.append(own));
    this.#writes = appended.catch(() => {});
    return appended.then(() => "kept" as const, (error) => {
      if (error instanceof LogMovedError) return "moved";
      this.#failed();
      return "failed";
    });
  }

  keep(kept: KeptEntry[]): void {
    this.write((store) => store.keep(kept));
  }

  forget(dropped: KeptEntry[]): void {
    const keys = dropped.map(({ entry: { channel, author, seq } }) => {
      return { channel, author, seq };
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
