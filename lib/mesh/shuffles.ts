/**
 * Keeps what members of a large channel know of each other fresh: now and then
 * two linked ones tell each other of some whom they know. Pure.
 * @module
 */
import type { Random } from "../random.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import {
  type OverlayMessage,
  type Shuffle,
  SHUFFLE_PEERS_MAX,
  type ShuffleReply,
} from "../wire/overlay.ts";
import type { PeerInfo } from "../wire/tracker_api.ts";
import type { Rooms } from "./rooms.ts";

export const SHUFFLE_MS = 30_000;
/** Sooner after the last one, a neighbour's shuffle is not answered. */
export const SHUFFLE_LEAST_MS = 5_000;

type Send = { type: "send"; to: PeerId; message: OverlayMessage };

export class Shuffles {
  readonly #self: PeerId;
  readonly #random: Random;
  readonly #rooms: Rooms;
  /** Who was asked, and in which channel. */
  #asked: { peer: PeerId; channel: ChannelName } | undefined;
  /** When each neighbour was last answered. */
  readonly #answered = new Map<PeerId, number>();
  #at = Infinity;

  constructor(
    { self, random, rooms }: { self: PeerId; random: Random; rooms: Rooms },
  ) {
    this.#self = self;
    this.#random = random;
    this.#rooms = rooms;
  }

  get dueAt(): number {
    return this.#at;
  }

  tick(now: number): Send[] {
    const rooms = [...this.#rooms].filter((channel) =>
      !this.#rooms.isFullMesh(channel) &&
      this.#rooms.linked(channel).length > 0
    );
    if (rooms.length === 0) {
      this.#at = Infinity;
      return [];
    }
    const isDue = this.#at <= now;
    if (isDue || this.#at === Infinity) {
      this.#at = now + SHUFFLE_MS * (0.5 + this.#random());
    }
    if (!isDue) return [];
    const channel = this.#pick(rooms) as ChannelName;
    const neighbour = this.#pick(this.#rooms.linked(channel));
    if (neighbour === undefined) return [];
    const { peer } = neighbour;
    this.#asked = { peer, channel };
    const peers = this.#sample(channel, peer);
    const message: Shuffle = { type: "shuffle", channel, peers };
    return [{ type: "send", to: peer, message }];
  }

  /** Whom a neighbour named, and what it is answered. */
  receive(
    from: PeerId,
    { type, channel, peers }: Shuffle | ShuffleReply,
    now: number,
  ): { met: PeerInfo[]; actions: Send[] } {
    const nothing = { met: [], actions: [] };
    if (this.#rooms.isFullMesh(channel)) return nothing;
    if (type === "shuffle-reply") {
      const asked = this.#asked;
      if (asked?.peer !== from || asked.channel !== channel) return nothing;
      this.#asked = undefined;
      return { met: peers, actions: [] };
    }
    const last = this.#answered.get(from) ?? -Infinity;
    if (now - last < SHUFFLE_LEAST_MS) return nothing;
    this.#answered.set(from, now);
    const message: ShuffleReply = {
      type: "shuffle-reply",
      channel,
      peers: this.#sample(channel, from),
    };
    return { met: peers, actions: [{ type: "send", to: from, message }] };
  }

  /** The link to `peer` is over. */
  forget(peer: PeerId): void {
    this.#answered.delete(peer);
    if (this.#asked?.peer === peer) this.#asked = undefined;
  }

  /** The clock was set back by `ms`. */
  shift(ms: number): void {
    this.#at -= ms;
    for (const [peer, at] of this.#answered) this.#answered.set(peer, at - ms);
  }

  /** Members that we know of and have not failed to reach. */
  #sample(channel: ChannelName, except: PeerId): PeerInfo[] {
    const known = this.#rooms.members(channel).filter(({ peer, failures }) =>
      peer !== except && peer !== this.#self && failures === 0
    );
    const chosen: PeerInfo[] = [];
    while (chosen.length < SHUFFLE_PEERS_MAX && known.length > 0) {
      const at = Math.floor(this.#random() * known.length);
      const [{ peer, user } = { peer: "", user: "" }] = known.splice(at, 1);
      chosen.push({ peer, user });
    }
    return chosen;
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.#random() * items.length)];
  }
}
