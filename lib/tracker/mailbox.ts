/**
 * News for a peer that fetches it: a bounded queue of encoded messages. What
 * does not fit costs the oldest, and the reader is told so. Pure.
 * @module
 */
import { EVENTS_PER_POLL_MAX } from "../wire/tracker_api.ts";

/** UTF-16 units in one mailbox; one poll's answer stays within its limit. */
export const MAILBOX_CHARS_MAX = 256 * 1024;

const DROPPED = JSON.stringify({ type: "events-dropped" });

export class Mailbox {
  #texts: string[] = [];
  #chars = 0;
  #overflowed = false;

  /** UTF-16 units that it holds. */
  get chars(): number {
    return this.#chars;
  }

  push(text: string): void {
    this.#texts.push(text);
    this.#chars += text.length;
    // One place is kept for the message that says something was dropped.
    while (
      this.#texts.length > EVENTS_PER_POLL_MAX - 1 ||
      this.#chars > MAILBOX_CHARS_MAX
    ) this.#dropOldest();
  }

  /** Drops everything, and remembers that it did. */
  clear(): void {
    while (this.#texts.length > 0) this.#dropOldest();
  }

  /** Everything since the last call, oldest first. */
  take(): string[] {
    const texts = this.#overflowed ? [DROPPED, ...this.#texts] : this.#texts;
    this.#texts = [];
    this.#chars = 0;
    this.#overflowed = false;
    return texts;
  }

  #dropOldest(): void {
    this.#chars -= this.#texts.shift()?.length ?? 0;
    this.#overflowed = true;
  }
}
