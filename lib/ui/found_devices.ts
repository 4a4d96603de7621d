/**
 * The devices that are news, shown one at a time: what was compared is worth
 * more than another calm word, and loud ones wait for each other.
 * @module
 */
import type { Signal } from "@preact/signals";
import type { FoundDevice } from "./trust.ts";

/** Loud news that wait until the one that is shown is put away. */
const WAITING_MAX = 100;

export class FoundDevices {
  readonly #shown: Signal<FoundDevice | undefined>;
  readonly #waiting: FoundDevice[] = [];

  constructor(shown: Signal<FoundDevice | undefined>) {
    this.#shown = shown;
  }

  add(found: FoundDevice): void {
    if (!this.#shown.value?.loud) this.#shown.value = found;
    else if (found.loud && this.#waiting.length < WAITING_MAX) {
      this.#waiting.push(found);
    }
  }

  /** Shows the next one; the one that was shown is returned. */
  dismiss(): FoundDevice | undefined {
    const dismissed = this.#shown.value;
    this.#shown.value = this.#waiting.shift();
    return dismissed;
  }
}
