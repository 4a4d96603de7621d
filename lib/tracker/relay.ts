/**
 * Brings news to peers: at once over an attached line (a socket), into a
 * mailbox for whoever polls or is between two sockets. Knows ids and text, not
 * what the news means.
 * @module
 */
import type { PeerId } from "../wire/names.ts";
import type { TrackerNews } from "../wire/tracker_api.ts";
import type { Line } from "./line.ts";
import { Mailbox } from "./mailbox.ts";

/** UTF-16 units in all mailboxes together; one that would exceed it is emptied. */
export const MAILBOXES_CHARS_MAX = 128 * 1024 * 1024;

export class Relay {
  readonly #lines = new Map<PeerId, Line>();
  readonly #mailboxes = new Map<PeerId, Mailbox>();
  readonly #mailboxesCharsMax: number;
  #mailboxesChars = 0;

  constructor({ mailboxesCharsMax = MAILBOXES_CHARS_MAX } = {}) {
    this.#mailboxesCharsMax = mailboxesCharsMax;
  }

  /** How much waits to be fetched, in UTF-16 units. */
  get waitingChars(): number {
    return this.#mailboxesChars;
  }

  /** Gives `news` to each of `to`, encoded once. */
  tell(to: readonly PeerId[], news: TrackerNews): void {
    if (to.length === 0) return;
    const text = JSON.stringify(news);
    for (const peer of to) {
      const line = this.#lines.get(peer);
      if (line === undefined) this.#keep(peer, text);
      else line.send(text);
    }
  }

  /** From now on `line` is the peer's. */
  attach(peer: PeerId, line: Line): void {
    this.#lines.set(peer, line);
  }

  /** Sends what waited for the peer over the line that it has now. */
  flush(peer: PeerId): void {
    const line = this.#lines.get(peer);
    if (line === undefined) return;
    // A replay of the last changes ends where the welcome before it already is.
    for (const text of this.fetch(peer)) line.send(text);
  }

  /** Whether `line` was the peer's; its news waits in a mailbox from now on. */
  detach(peer: PeerId, line: Line): boolean {
    if (this.#lines.get(peer) !== line) return false;
    return this.#lines.delete(peer);
  }

  lineOf(peer: PeerId): Line | undefined {
    return this.#lines.get(peer);
  }

  /** Encoded news that waited for the peer, oldest first. */
  fetch(peer: PeerId): string[] {
    const mailbox = this.#mailboxes.get(peer);
    if (mailbox === undefined) return [];
    this.#dropMailbox(peer, mailbox);
    return mailbox.take();
  }

  /** The peer is gone. */
  forget(peer: PeerId): void {
    this.#lines.delete(peer);
    const mailbox = this.#mailboxes.get(peer);
    if (mailbox !== undefined) this.#dropMailbox(peer, mailbox);
  }

  #keep(peer: PeerId, text: string): void {
    let mailbox = this.#mailboxes.get(peer);
    if (mailbox === undefined) {
      mailbox = new Mailbox();
      this.#mailboxes.set(peer, mailbox);
    }
    this.#mailboxesChars -= mailbox.chars;
    mailbox.push(text);
    const others = this.#mailboxesChars;
    if (others + mailbox.chars > this.#mailboxesCharsMax) mailbox.clear();
    this.#mailboxesChars += mailbox.chars;
  }

  #dropMailbox(peer: PeerId, mailbox: Mailbox): void {
    this.#mailboxesChars -= mailbox.chars;
    this.#mailboxes.delete(peer);
  }
}
