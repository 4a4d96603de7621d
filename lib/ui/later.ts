/**
 * A script that a page loads after it is drawn: by itself when there is time,
 * earlier where somebody needs it. Where the server is away, the next who needs
 * it tries again.
 * @module
 */
import { signal } from "@preact/signals";

export class Later<T> {
  /** Undefined until it is there. */
  readonly part = signal<T | undefined>(undefined);
  /** It could not be loaded the last time. */
  readonly failed = signal(false);
  readonly #open: () => Promise<T>;
  #opening: Promise<T | undefined> | undefined;

  constructor(open: () => Promise<T>) {
    this.#open = open;
  }

  /** Resolves with undefined where it can't be loaded now. */
  load(): Promise<T | undefined> {
    this.#opening ??= this.#try();
    return this.#opening;
  }

  async #try(): Promise<T | undefined> {
    try {
      this.part.value = await this.#open();
      this.failed.value = false;
    } catch {
      // The browser names the cause on its console.
      this.#opening = undefined;
      this.failed.value = true;
    }
    return this.part.value;
  }
}

/**
 * Imports the script at `url` each time it is called. Browsers may remember that
 * a script could not be loaded, so the next time it has another address.
 */
export function scriptAt<T>(
  url: string,
  load: (url: string) => Promise<T> = (url) => import(url),
): () => Promise<T> {
  let failures = 0;
  return async () => {
    try {
      return await load(failures === 0 ? url : `${url}?again=${failures}`);
    } catch (error) {
      failures++;
      throw error;
    }
  };
}
