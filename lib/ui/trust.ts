/**
 * What the reader is told about who others are: links that were closed because
 * their other end did not show to be the one that it was to be. Each is told
 * once, until it is put away.
 * @module
 */
import { signal } from "@preact/signals";
import type { Change } from "../mesh/chat.ts";

/** Notices that were put away, remembered for as long as the page is open. */
const DISMISSED_MAX = 500;

export type RefusedLink = Extract<Change, { type: "link-refused" }>;
export class Trust {
  /** The last one that nobody has put away. */
  readonly refused = signal<RefusedLink | undefined>(undefined);
  #dismissed: string[] = [];

  linkRefused(change: RefusedLink): void {
    const { refusal } = change;
    // Another version of this page is named in the list of people.
    if (refusal === "no-hello" || this.#dismissed.includes(nameOf(change))) {
      return;
    }
    this.refused.value = change;
  }

  dismissRefusal(): void {
    const { value } = this.refused;
    if (value === undefined) return;
    this.#dismissed = [nameOf(value), ...this.#dismissed]
      .slice(0, DISMISSED_MAX);
    this.refused.value = undefined;
  }
}

function nameOf({ user, refusal }: RefusedLink): string {
  return refusal + user;
}
