/**
 * Tells listeners what changed: messages at once, and what changes many times
 * while people come and go, together after a moment.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { ChannelName } from "../wire/names.ts";
import type { Change } from "./chat.ts";
import { Timers } from "./timers.ts";

const TELL_DELAY_MS = 40;

export class Announcer {
  readonly #timers: Timers;
  readonly #beforeTelling: () => Change[];
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #delivered = new Set<ChannelName>();
  #pending = false;

  /** `beforeTelling` is asked for the changes that are told together. */
  constructor(clock: Clock, beforeTelling: () => Change[]) {
    this.#timers = new Timers(clock);
    this.#beforeTelling = beforeTelling;
  }

  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** Who holds what in `channel` changed; told with the rest. */
  deliveryChanged(channel: ChannelName): void {
    this.#delivered.add(channel);
    this.tellSoon();
  }

  tellSoon(): void {
    if (this.#pending) return;
    this.#pending = true;
    this.#timers.after(TELL_DELAY_MS, () => {
      this.#pending = false;
      for (const change of this.#beforeTelling()) this.tell(change);
      for (const channel of this.#delivered) {
        this.tell({ type: "delivery-changed", channel });
      }
      this.#delivered.clear();
    });
  }

  /** What was to be told together no longer is. */
  stop(): void {
    this.#timers.clear();
    this.#pending = true;
  }
}
