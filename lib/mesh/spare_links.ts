/**
 * Which link a page with links to spare lets go: now and then one whose other
 * side has links to spare as well, in every channel that both are in. So a
 * large channel keeps few links each, and loses none that anybody needs. Pure.
 * @module
 */
import type { Random } from "../random.ts";
import type { Contact } from "./contacts.ts";
import type { Neighbours } from "./neighbours.ts";
import { ACTIVE_MAX, type Rooms } from "./rooms.ts";

/** Links to spare are let go one at a time, about so often. */
export const SPARE_MS = 4_000;
/** Not before both sides have told of their neighbours. */
export const SETTLE_MS = 3_000;
/**
 * Pieces of a file that were wanted so long ago may still be coming, and those
 * who hold what was said are counted over the links that it came by.
 */
export const IN_USE_MS = 30_000;

export class SpareLinks {
  readonly #random: Random;
  readonly #rooms: Rooms;
  readonly #neighbours: Neighbours;
  #at = Infinity;

  constructor(
    { random, rooms, neighbours }: {
      random: Random;
      rooms: Rooms;
      neighbours: Neighbours;
    },
  ) {
    this.#random = random;
    this.#rooms = rooms;
    this.#neighbours = neighbours;
  }

  get dueAt(): number {
    return this.#at;
  }

  /** The link to let go now, if any. */
  tick(now: number): Contact | undefined {
    const rich = [...this.#rooms].filter((room) => this.#rooms.hasSpare(room));
    if (rich.length === 0) {
      this.#at = Infinity;
      return undefined;
    }
    const isDue = this.#at <= now;
    if (isDue || this.#at === Infinity) {
      this.#at = now + SPARE_MS * (0.5 + this.#random());
    }
    if (!isDue) return undefined;
    const spare = rich.flatMap((room) => this.#rooms.linked(room))
      .filter((contact) => this.#isSpare(contact, now));
    return spare[Math.floor(this.#random() * spare.length)];
  }

  /** The clock was set back by `ms`. */
  shift(ms: number): void {
    this.#at -= ms;
  }

  #isSpare(contact: Contact, now: number): boolean {
    if (now - contact.since < SETTLE_MS) return false;
    if (now - (contact.usedAt ?? -Infinity) < IN_USE_MS) return false;
    return this.#rooms.shared(contact).every((channel) => {
      if (!this.#rooms.hasSpare(channel)) return false;
      // Somebody called urgently: another link gives way.
      const overfull = this.#rooms.linked(channel).length > ACTIVE_MAX;
      return overfull || this.#neighbours.hasSpare(contact.peer, channel);
    });
  }
}
