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
import type { DeviceKey } from "../wire/device_key.ts";
import type { PeerId } from "../wire/names.ts";
import { type Rate, TokenBucket } from "../token_bucket.ts";

/** Breaches of the protocol after which a device is not spoken to any more. */
export const STRIKES_MAX = 10;
/** So long after the last one they are forgotten. */
export const STRIKES_KEPT_MS = 600_000;
/** Devices whose breaches are remembered, linked or not. */
export const STRUCK_MAX = 2_000;
/** Messages that one linked peer may send. */
export const LINK_RATE: Rate = { perSecond: 100, burst: 2_000 };

/** What comes after the hello. */
export type AdmittedMessage = Exclude<ReceivedMessage, Hello>;

interface Record {
  device: DeviceKey;
  bucket: TokenBucket;
}

export class LinkGuard {
  readonly #records = new Map<PeerId, Record>();
  /**
   * By device, for whoever breaks the protocol could take a new link, under a
   * new peer id, before each limit. The one struck longest ago first.
   */
  readonly #struck = new Map<DeviceKey, { strikes: number; at: number }>();

  opened(peer: PeerId, device: DeviceKey, now: number): void {
    const bucket = new TokenBucket(LINK_RATE, now);
    this.#records.set(peer, { device, bucket });
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

  /** Counts a breach; true once the peer and its device are to be let go. */
  strike(peer: PeerId, now: number): boolean {
    const device = this.#records.get(peer)?.device;
    if (device === undefined) return false;
    const { strikes, at } = this.#struck.get(device) ?? { strikes: 0, at: now };
    const count = now - at < STRIKES_KEPT_MS ? strikes + 1 : 1;
    this.#struck.delete(device);
    // Held off from now on; when that is over it begins anew.
    if (count >= STRIKES_MAX) return true;
    this.#struck.set(device, { strikes: count, at: now });
    const [oldest] = this.#struck.keys();
    if (this.#struck.size > STRUCK_MAX && oldest !== undefined) {
      this.#struck.delete(oldest);
    }
    return false;
  }
}
