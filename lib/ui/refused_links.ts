/**
 * The links that were closed because their other end is not who it was to be,
 * the last one shown; one that was put away is not said again.
 * @module
 */
import type { Signal } from "@preact/signals";
import type { RefusedLink } from "./trust.ts";

/** Those put away, remembered for as long as the page is open. */
const DISMISSED_MAX = 500;

export class RefusedLinks {
  readonly #shown: Signal<RefusedLink | undefined>;
  #dismissed: string[] = [];

  constructor(shown: Signal<RefusedLink | undefined>) {
    this.#shown = shown;
  }

  add(link: RefusedLink): void {
    // Another version of this page is named in the list of people.
    if (link.refusal === "no-hello") return;
    if (!this.#dismissed.includes(nameOf(link))) this.#shown.value = link;
  }

  dismiss(): void {
    const { value } = this.#shown;
    if (value === undefined) return;
    this.#dismissed = [nameOf(value), ...this.#dismissed]
      .slice(0, DISMISSED_MAX);
    this.#shown.value = undefined;
  }
}

function nameOf({ user, refusal }: RefusedLink): string {
  return refusal + user;
}
