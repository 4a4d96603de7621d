/**
 * How many connections this page may have. Browsers stop near 500, and count
 * closed ones until these are collected: what has ended counts for a while.
 * Pure: the time is given.
 * @module
 */

/** Links of one page, open or being opened; never more. */
export const LINKS_MAX = 48;
/** Up to here it dials; the rest is for those that call. */
export const LINKS_DIALED_MAX = 40;
/** Attempts of our own that are under way at once. */
export const DIALS_MAX = 16;
/** Attempts of either side that are under way at once. */
export const ATTEMPTS_MAX = 32;
/** Connections, those that ended in the last ENDED_COUNTED_MS included. */
export const CONNECTIONS_MAX = 256;
export const ENDED_COUNTED_MS = 60_000;

export class LinkBudget {
  /** When the last connections ended, oldest first. */
  readonly #ended: number[] = [];

  ended(now: number): void {
    this.#ended.push(now);
    if (this.#ended.length > CONNECTIONS_MAX) this.#ended.shift();
  }

  /** Whether one more connection may be made beside `links`. */
  hasRoom(links: number, now: number): boolean {
    if (links >= LINKS_MAX) return false;
    while ((this.#ended[0] ?? Infinity) <= now - ENDED_COUNTED_MS) {
      this.#ended.shift();
    }
    return links + this.#ended.length < CONNECTIONS_MAX;
  }

  /** When the oldest ended connection no longer counts. */
  get freeAt(): number {
    const [oldest] = this.#ended;
    return oldest === undefined ? Infinity : oldest + ENDED_COUNTED_MS;
  }

  /** The clock was set back by `ms`. */
  shift(ms: number): void {
    for (let at = 0; at < this.#ended.length; at++) {
      this.#ended[at] = (this.#ended[at] as number) - ms;
    }
  }
}
