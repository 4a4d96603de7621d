/**
 * What is known of each linked peer: the channels it is in, what it holds of
 * them, and the question that is open to it. Memory of the sync core; it
 * decides only who is the best to ask.
 * @module
 */
import {
  AUTHORS_PER_HAVE_MAX,
  type Held,
  type Range,
  RANGES_PER_WANT_MAX,
  SEQ_MAX,
} from "../wire/link.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import { CHANNELS_PER_PEER_MAX, type PeerInfo } from "../wire/tracker_api.ts";

/** A peer that names endless authors gets no more of our memory than this. */
export const AUTHORS_PER_VECTOR_MAX = 8 * AUTHORS_PER_HAVE_MAX;

export interface Question {
  ranges: Range[];
  /** Past this time, ms since 1970, somebody else is asked. */
  until: number;
}

export interface LinkedPeer {
  user: string;
  channels: Set<ChannelName>;
  vectors: Map<ChannelName, Map<PeerId, Held>>;
  questions: Map<ChannelName, Question>;
  /** Questions it left unanswered: it is asked after the others. */
  unanswered: number;
}

export class LinkedPeers {
  readonly #peers = new Map<PeerId, LinkedPeer>();

  add({ peer, user }: PeerInfo, channels: ChannelName[]): void {
    this.#peers.set(peer, {
      user,
      channels: new Set(channels),
      vectors: new Map(),
      questions: new Map(),
      unanswered: 0,
    });
  }

  get(peer: PeerId): LinkedPeer | undefined {
    return this.#peers.get(peer);
  }

  delete(peer: PeerId): void {
    this.#peers.delete(peer);
  }

  [Symbol.iterator](): MapIterator<[PeerId, LinkedPeer]> {
    return this.#peers.entries();
  }

  inChannel(peer: PeerId, channel: ChannelName): boolean {
    return this.#peers.get(peer)?.channels.has(channel) ?? false;
  }

  members(channel: ChannelName): PeerId[] {
    return [...this.#peers.keys()].filter((peer) =>
      this.inChannel(peer, channel)
    );
  }

  /** False where the peer names more channels than one may be in. */
  join(peer: PeerId, channel: ChannelName): boolean {
    const channels = this.#peers.get(peer)?.channels;
    if (channels === undefined) return false;
    if (channels.size >= CHANNELS_PER_PEER_MAX && !channels.has(channel)) {
      return false;
    }
    channels.add(channel);
    return true;
  }

  leave(peer: PeerId, channel: ChannelName): void {
    const linked = this.#peers.get(peer);
    linked?.channels.delete(channel);
    linked?.vectors.delete(channel);
    linked?.questions.delete(channel);
  }

  heldBy(peer: PeerId, channel: ChannelName, author: PeerId): Held | undefined {
    return this.#peers.get(peer)?.vectors.get(channel)?.get(author);
  }

  noteHeld(
    peer: PeerId,
    channel: ChannelName,
    [author, held]: readonly [PeerId, Held],
  ): void {
    const linked = this.#peers.get(peer);
    if (linked === undefined || !linked.channels.has(channel)) return;
    let vector = linked.vectors.get(channel);
    if (vector === undefined) {
      vector = new Map();
      linked.vectors.set(channel, vector);
    }
    if (vector.size >= AUTHORS_PER_VECTOR_MAX && !vector.has(author)) return;
    vector.set(author, held);
  }

  /** Peers whose last word is that they hold entry `seq` of `author`. */
  holders(channel: ChannelName, author: PeerId, seq: number): PeerId[] {
    return this.members(channel).filter((peer) => {
      const held = this.heldBy(peer, channel, author);
      return held !== undefined && held[1] >= seq;
    });
  }

  authorsAsked(channel: ChannelName): Set<PeerId> {
    const authors = new Set<PeerId>();
    for (const linked of this.#peers.values()) {
      for (const { author } of linked.questions.get(channel)?.ranges ?? []) {
        authors.add(author);
      }
    }
    return authors;
  }

  /** The earliest end of an open question, Infinity where none is open. */
  get questionsDueAt(): number {
    let due = Infinity;
    for (const linked of this.#peers.values()) {
      for (const { until } of linked.questions.values()) {
        due = Math.min(due, until);
      }
    }
    return due;
  }

  /**
   * Whom to ask for what `author` wrote after `last`: the author itself where
   * it is present, else the least busy peer that answers. `wants` is what the
   * same decision has put to each peer already.
   */
  holderFor(
    author: PeerId,
    { channel, last, wants }: {
      channel: ChannelName;
      last: number;
      wants: ReadonlyMap<PeerId, Range[]>;
    },
  ): { peer: PeerId; held: Held } | "busy" | "nobody" {
    const present = this.inChannel(author, channel);
    let best: { peer: PeerId; held: Held; cost: number } | undefined;
    let busy = false;
    for (const [peer, linked] of this.#peers) {
      if (present && peer !== author) continue;
      const held = this.heldBy(peer, channel, author);
      if (held === undefined || held[1] <= last) continue;
      const queued = wants.get(peer)?.length ?? 0;
      if (linked.questions.has(channel) || queued >= RANGES_PER_WANT_MAX) {
        busy = true;
        continue;
      }
      // A lower floor means more of the history; then spread the work.
      const cost = linked.unanswered * SEQ_MAX + Math.max(0, held[0] - last) +
        queued / RANGES_PER_WANT_MAX;
      if (best === undefined || cost < best.cost) best = { peer, held, cost };
    }
    return best ?? (busy ? "busy" : "nobody");
  }
}
