/**
 * Keeps the order of what each linked peer says while its entries are being
 * verified: nothing overtakes, and one peer does not hold up another. Bounded:
 * what comes while a peer's share is full is dropped, and fetched again later.
 * @module
 */
import type { ReadEntry } from "../wire/entry.ts";
import {
  entriesOf,
  type EntryMessage,
  type ReceivedMessage,
} from "../wire/link.ts";
import type { PeerId } from "../wire/names.ts";
import type { EntryVerifier } from "./entry_verifier.ts";
import type { SyncMessage } from "./sync_state.ts";

/** Of one peer's messages that wait; an answer in full has half a megabyte. */
export const INBOX_BYTES_MAX = 2 * 1024 * 1024;
/** What a message takes besides its entries. */
const MESSAGE_BYTES = 1_024;

export interface InboxParts {
  verifier: Pick<EntryVerifier, "verify">;
  deliver(from: PeerId, message: SyncMessage): void;
  strike(peer: PeerId, reason: string): void;
}

interface Lane {
  waiting: ReceivedMessage[];
  bytes: number;
}

export class Inbox {
  readonly #parts: InboxParts;
  /** Peers of whom something is being verified. */
  readonly #lanes = new Map<PeerId, Lane>();

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  receive(from: PeerId, message: ReceivedMessage): void {
    const lane = this.#lanes.get(from);
    if (lane === undefined && !hasEntries(message)) {
      return this.#parts.deliver(from, message);
    }
    if (lane === undefined) return void this.#run(from, message);
    const bytes = bytesOf(message);
    if (lane.bytes + bytes > INBOX_BYTES_MAX) return;
    lane.bytes += bytes;
    lane.waiting.push(message);
  }

  /** The link is over: what waits is of nobody any more. */
  closed(peer: PeerId): void {
    this.#lanes.delete(peer);
  }

  async #run(from: PeerId, first: ReceivedMessage): Promise<void> {
    const lane: Lane = { waiting: [], bytes: bytesOf(first) };
    this.#lanes.set(from, lane);
    const isCurrent = () => this.#lanes.get(from) === lane;
    let next: ReceivedMessage | undefined = first;
    while (next !== undefined && isCurrent()) {
      if (!hasEntries(next)) this.#parts.deliver(from, next);
      else {
        const { message, faults } = await this.#parts.verifier.verify(next);
        if (!isCurrent()) return;
        if (message !== undefined) this.#parts.deliver(from, message);
        for (const reason of faults) this.#parts.strike(from, reason);
      }
      lane.bytes -= bytesOf(next);
      next = lane.waiting.shift();
    }
    if (isCurrent()) this.#lanes.delete(from);
  }
}

function hasEntries(
  message: ReceivedMessage,
): message is EntryMessage<ReadEntry> {
  return message.type === "entries" || message.type === "entry-written" ||
    message.type === "fork-found";
}

function bytesOf(message: ReceivedMessage): number {
  if (!hasEntries(message)) return MESSAGE_BYTES;
  let bytes = MESSAGE_BYTES;
  for (const { signed } of entriesOf(message)) bytes += signed.length;
  return bytes;
}
