/**
 * How many signals a peer may have us pass on, and how many it may pass on to
 * us; and by which neighbour the signals of a peer last came. Pure.
 * @module
 */
import { type Rate, TokenBucket } from "../token_bucket.ts";
import type { PeerId } from "../wire/names.ts";

/** Signals that one linked peer may have us pass on. */
export const RELAY_RATE: Rate = { perSecond: 20, burst: 400 };
/** Signals of others that one linked peer may pass on to us. */
export const RELAYED_RATE: Rate = { perSecond: 50, burst: 1_000 };
/** Peers whose way is remembered. */
export const WAYS_MAX = 256;

export class SignalRelay {
  readonly #outgoing = new Map<PeerId, TokenBucket>();
  readonly #incoming = new Map<PeerId, TokenBucket>();
  readonly #ways = new Map<PeerId, PeerId>();

  /** Whether one more signal of the linked peer `from` is passed on. */
  passes(from: PeerId, now: number): boolean {
    return bucketOf(this.#outgoing, from, { rate: RELAY_RATE, now }).take(now);
  }

  /** Whether one more signal that the linked peer `by` passes on is taken. */
  takes(by: PeerId, now: number): boolean {
    return bucketOf(this.#incoming, by, { rate: RELAYED_RATE, now }).take(now);
  }

  /** A signal of `peer` came: through `by`, or straight from the tracker. */
  came(peer: PeerId, by: PeerId | undefined): void {
    this.#ways.delete(peer);
    if (by === undefined) return;
    this.#ways.set(peer, by);
    const [oldest] = this.#ways.keys();
    if (this.#ways.size > WAYS_MAX && oldest !== undefined) {
      this.#ways.delete(oldest);
    }
  }

  /** The neighbour through whom the last signal of `peer` came. */
  wayTo(peer: PeerId): PeerId | undefined {
    return this.#ways.get(peer);
  }

  /** The link to `peer` is over. */
  forget(peer: PeerId): void {
    this.#outgoing.delete(peer);
    this.#incoming.delete(peer);
    for (const [other, by] of this.#ways) {
      if (by === peer) this.#ways.delete(other);
    }
  }
}

function bucketOf(
  buckets: Map<PeerId, TokenBucket>,
  peer: PeerId,
  { rate, now }: { rate: Rate; now: number },
): TokenBucket {
  let bucket = buckets.get(peer);
  if (bucket === undefined) {
    bucket = new TokenBucket(rate, now);
    buckets.set(peer, bucket);
  }
  return bucket;
}
