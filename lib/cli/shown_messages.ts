/**
 * Messages as they were shown: what has changed since can be told from them,
 * for what a terminal has printed stays as it was. Bounded: the oldest go.
 * @module
 */
import type { EntryRef, Message } from "../mesh/chat.ts";
import { refKey } from "../wire/entry.ts";

/** Messages that are remembered as they were shown. */
export const SHOWN_MAX = 2_000;

/** One message, twice. */
export interface ShownChange {
  before: Message;
  after: Message;
}

export class ShownMessages {
  readonly #shown = new Map<string, Message>();

  has({ ref }: Message): boolean {
    return this.#shown.has(refKey(ref));
  }

  /** It is shown as it is now. */
  remember(message: Message): void {
    this.#shown.set(refKey(message.ref), message);
    if (this.#shown.size <= SHOWN_MAX) return;
    const [oldest] = this.#shown.keys();
    if (oldest !== undefined) this.#shown.delete(oldest);
  }

  /**
   * Those of `refs` that are not in `messages` as they were shown. They are taken
   * for shown from now on.
   */
  takeChanges(
    messages: readonly Message[],
    refs: readonly EntryRef[],
  ): ShownChange[] {
    const known = new Set(
      refs.map(refKey).filter((key) => this.#shown.has(key)),
    );
    if (known.size === 0) return [];
    return messages.flatMap((after) => {
      const key = refKey(after.ref);
      const before = known.has(key) ? this.#shown.get(key) : undefined;
      if (before === undefined || before === after) return [];
      this.#shown.set(key, after);
      return [{ before, after }];
    });
  }
}
