/**
 * What each linked peer says of its own links: who can be reached through whom,
 * and who could lose a link. Pure; what a neighbour says is a hint.
 * @module
 */
import type { NeighboursChanged } from "../wire/overlay.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { PeerInfo } from "../wire/tracker_api.ts";

/** Peers that one neighbour may name in all its channels together. */
export const NAMED_BY_NEIGHBOUR_MAX = 512;

interface Said {
  peers: PeerInfo[];
  spare: boolean;
}

export class Neighbours {
  readonly #of = new Map<PeerId, Map<ChannelName, Said>>();

  set(by: PeerId, { channel, peers, spare }: NeighboursChanged): void {
    const said = this.#of.get(by) ?? new Map<ChannelName, Said>();
    said.delete(channel);
    let named = peers.length;
    for (const other of said.values()) named += other.peers.length;
    if (named <= NAMED_BY_NEIGHBOUR_MAX) said.set(channel, { peers, spare });
    this.#of.set(by, said);
  }

  delete(peer: PeerId): void {
    this.#of.delete(peer);
  }

  /** `by` is not linked to `peer`, whatever it said. */
  remove(by: PeerId, peer: PeerId): void {
    for (const said of this.#of.get(by)?.values() ?? []) {
      said.peers = said.peers.filter((info) => info.peer !== peer);
    }
  }

  /** A neighbour that says it is linked to `peer`. */
  relayTo(peer: PeerId): PeerId | undefined {
    for (const [neighbour, channels] of this.#of) {
      if (neighbour === peer) continue;
      for (const { peers } of channels.values()) {
        if (peers.some((info) => info.peer === peer)) return neighbour;
      }
    }
    return undefined;
  }

  /** Whether `peer` could lose a link in `channel`. */
  hasSpare(peer: PeerId, channel: ChannelName): boolean {
    return this.#of.get(peer)?.get(channel)?.spare ?? false;
  }

  /** Everybody that any neighbour named, with the channel and who said so. */
  *named(): Generator<{ channel: ChannelName; peers: PeerInfo[] }> {
    for (const channels of this.#of.values()) {
      for (const [channel, { peers }] of channels) yield { channel, peers };
    }
  }

  /** Peers to whom at least one of `through` is linked. */
  withinReach(through: Iterable<PeerId>): Set<PeerId> {
    const reached = new Set<PeerId>();
    for (const peer of through) {
      for (const { peers } of this.#of.get(peer)?.values() ?? []) {
        for (const info of peers) reached.add(info.peer);
      }
    }
    return reached;
  }
}
