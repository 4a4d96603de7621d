/**
 * Stands between the verified links and the cores: lets through what an honest peer
 * sends, counts the rest, and says when a peer is to be let go.
 * @module
 */
import {
  decodeLinkMessage,
  type Hello,
  type ReceivedMessage,
} from "../wire/link.ts";
import type { PeerId } from "../wire/names.ts";
import { type Rate, TokenBucket } from "../token_bucket.ts";

/** Breaches of the protocol after which a peer is not spoken to any more. */
export const STRIKES_MAX = 10;
/** Messages that one linked peer may send. */
export const LINK_RATE: Rate = { perSecond: 100, burst: 2_000 };

/** What comes after the hello. */
export type AdmittedMessage = Exclude<ReceivedMessage, Hello>;

interface Record {
  bucket: TokenBucket;
  strikes: number;
}

export class LinkGuard {
  readonly #records = new Map<PeerId, Record>();

  opened(peer: PeerId, now: number): void {
    const bucket = new TokenBucket(LINK_RATE, now);
    this.#records.set(peer, { bucket, strikes: 0 });
  }

  closed(peer: PeerId): void {
    this.#records.delete(peer);
  }

  /** The message in `text`, or the breach of the protocol that it is. */
  admit(
    peer: PeerId,
    text: string,
    now: number,
  ): AdmittedMessage | { breach: string } {
    const record = this.#records.get(peer);
    if (record === undefined) return { breach: "no link" };
    if (!record.bucket.take(now)) return { breach: "too many messages" };
    let message: ReceivedMessage;
    try {
      message = decodeLinkMessage(text);
    } catch (error) {
      return { breach: error instanceof Error ? error.message : "not decoded" };
    }
    // The first one is LinkHandshake's, and does not come this way.
    return message.type === "hello" ? { breach: "a second hello" } : message;
  }

  /** Counts a breach; true once the peer is to be let go. */
  strike(peer: PeerId): boolean {
    const record = this.#records.get(peer);
    if (record === undefined) return false;
    record.strikes++;
    return record.strikes >= STRIKES_MAX;
  }
}
