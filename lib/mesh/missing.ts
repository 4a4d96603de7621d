/**
 * Of which authors somebody holds more than we do, since when, and from when on
 * that is asked for: a push may be on its way. Pure memory of the sync core.
 * @module
 */
import type { DeviceKey } from "../wire/device_key.ts";
import type { PeerId } from "../wire/names.ts";

export interface Missing {
  /** Ms since 1970. */
  askAt: number;
  /** Who told of it first, where a push is waited for. */
  announced?: { by: PeerId; at: number };
}

export class MissingAuthors {
  readonly #authors = new Map<DeviceKey, Missing>();

  /** To be asked for at once, or from `askAt` on if not before. */
  add(author: DeviceKey, missing: Missing): void {
    const known = this.#authors.get(author);
    if (known === undefined) this.#authors.set(author, missing);
    else if (missing.askAt < known.askAt) {
      this.#authors.set(author, { ...known, askAt: missing.askAt });
    }
  }

  get(author: DeviceKey): Missing | undefined {
    return this.#authors.get(author);
  }

  delete(author: DeviceKey): void {
    this.#authors.delete(author);
  }

  get size(): number {
    return this.#authors.size;
  }

  /** Those to be asked for at `now`. */
  due(now: number): DeviceKey[] {
    const due: DeviceKey[] = [];
    for (const [author, { askAt }] of this.#authors) {
      if (askAt <= now) due.push(author);
    }
    return due;
  }

  /** The next time after `now` at which more is to be asked for. */
  dueAfter(now: number): number {
    let next = Infinity;
    for (const { askAt } of this.#authors.values()) {
      if (askAt > now) next = Math.min(next, askAt);
    }
    return next;
  }
}
