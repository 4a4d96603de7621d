/**
 * Writes to a store in order, one after the other, and says once when the store
 * fails: the talk goes on without it. What others wrote is gathered for a
 * moment: an own entry goes before it, for nobody is sent it until it is stored.
 * Stored means that it survives the page and the browser; that it survives a
 * power cut as well is seen to in the moment after.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { ChannelName } from "../wire/names.ts";
import { LogMovedError, type Store, type StoredChannel } from "./store.ts";
import { Timers } from "./timers.ts";
import type { KeptEntry } from "./verified_entry.ts";

/** What a crash may cost of what others hold as well. */
export const GATHER_MS = 50;
/** So long after it was sent, an own entry may be lost by a power cut. */
export const FLUSH_MS = 50;
/** More than a page of them is not waited with. */
export const GATHERED_MAX = 200;

export interface StoreWriterParts {
  store: Store;
  clock: Clock;
  failed(): void;
}

export class StoreWriter {
  readonly #store: Store;
  readonly #onFailure: () => void;
  readonly #gathering: Timers;
  readonly #flushing: Timers;
  #isUnflushed = false;
  #gathered: KeptEntry[] = [];
  #writes: Promise<void> = Promise.resolve();
  #works = true;

  constructor({ store, clock, failed }: StoreWriterParts) {
    this.#store = store;
    this.#onFailure = failed;
    this.#gathering = new Timers(clock);
    this.#flushing = new Timers(clock);
  }

  get works(): boolean {
    return this.#works;
  }

  async load(channel: ChannelName): Promise<StoredChannel> {
    this.#keepGathered();
    await this.#writes;
    const nothing: StoredChannel = { entries: [], heads: new Map(), forks: [] };
    return await this.read((store) => store.load(channel), nothing);
  }

  /** An entry of our own: `moved` where another tab was faster. */
  append(own: KeptEntry): Promise<"kept" | "moved" | "failed"> {
    // Nothing that is being written bears on it: it need not wait for that.
    const appended = this.#store.append(own);
    this.#writes = Promise.allSettled([this.#writes, appended]).then(() => {});
    return appended.then(() => this.#appended(), (error) => {
      if (error instanceof LogMovedError) return "moved";
      this.#failed();
      return "failed";
    });
  }

  keep(kept: KeptEntry[]): void {
    if (this.#gathered.length === 0) {
      this.#gathering.after(GATHER_MS, () => this.#keepGathered());
    }
    this.#gathered.push(...kept);
    if (this.#gathered.length >= GATHERED_MAX) this.#keepGathered();
  }

  forget(dropped: KeptEntry[]): void {
    const keys = dropped.map(({ entry: { channel, author, seq } }) => {
      return { channel, author, seq };
    });
    this.write((store) => store.forget(keys));
  }

  write(write: (store: Store) => Promise<void>): void {
    this.#keepGathered();
    this.#write(write);
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
    this.#flush();
    this.#keepGathered();
    this.#writes.finally(() => this.#store.close());
  }

  /** Whoever waits for the disk waits 30 ms on some: it is sent before that. */
  #appended(): "kept" {
    if (!this.#isUnflushed) this.#flushing.after(FLUSH_MS, () => this.#flush());
    this.#isUnflushed = true;
    return "kept";
  }

  #flush(): void {
    this.#flushing.clear();
    if (this.#isUnflushed) this.write((store) => store.flush());
    this.#isUnflushed = false;
  }

  #keepGathered(): void {
    this.#gathering.clear();
    const kept = this.#gathered;
    this.#gathered = [];
    if (kept.length > 0) this.#write((store) => store.keep(kept));
  }

  #write(write: (store: Store) => Promise<void>): void {
    this.#writes = this.#writes.then(() => write(this.#store))
      .catch(() => this.#failed());
  }

  #failed(): void {
    if (!this.#works) return;
    this.#works = false;
    this.#onFailure();
  }
}
