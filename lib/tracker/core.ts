/**
 * Decides what a request changes and who is told: the one place both doors go
 * through. Synchronous and without I/O: an event and the time go in; an answer
 * and actions come out as plain data.
 *
 * 1. A peer id speaks only for the session that registered it.
 * 2. Whoever shares a channel with a peer hears that it joined and left, once;
 *    in a large channel, a random sample of them, so that the load of a coming
 *    does not grow with it. Everybody is told how many there are.
 * 3. A request that fails throws a WireError and has changed nothing for others.
 * @module
 */
import type { Random } from "../random.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import {
  type ChannelInfo,
  type HeartbeatReceived,
  type PeersListed,
  type Register,
  type Roster,
  type SendSignal,
  TRACKER_NEWS_BYTES_MAX,
  TRACKER_VERSION,
  type TrackerNews,
  type TrackerRequest,
  type Welcome,
} from "../wire/tracker_api.ts";
import { WireError } from "../wire/wire_error.ts";
import { type Channel, Channels, shareChannel } from "./channels.ts";
import { type Peer, Registry } from "./registry.ts";

/** Who asks: a session, and the peer that it says it speaks for. */
export interface Caller {
  readonly session: string;
  readonly user: string;
  readonly peer?: PeerId | undefined;
}

/** How often a peer is to be heard, to list again, and to fetch its events. */
export interface Periods {
  heartbeatMs: number;
  syncMs: number;
  pollMs: number;
}

export type Farewell = "left" | "silent" | "session-ended";

export type Action =
  /** Give `news` to every peer of `to`. */
  | { type: "tell"; to: readonly PeerId[]; news: TrackerNews }
  /** The peer is gone: drop its line and its mailbox. */
  | { type: "forget"; peer: PeerId; why: Farewell };

export interface Outcome {
  /** For the caller alone; some requests have none. */
  reply?: TrackerNews;
  actions: Action[];
}

/** What a `welcome`, each channel and each peer in it take beside names. */
const WELCOME_BYTES = 1024;
const CHANNEL_BYTES = 48;
const PEER_BYTES = 48;

/** The most bytes of JSON that a name takes: 3 for each UTF-16 unit. */
function nameBytesMax(name: string): number {
  return 3 * name.length;
}

function notRegistered(): WireError {
  return new WireError("not-registered", "This peer is not registered here");
}

export class TrackerCore {
  readonly registry: Registry;
  readonly channels: Channels;
  readonly #periods: Periods;
  /** The number of the server's last revocation of certificates; 0 for none. */
  #revocation = 0;
  /** The one that all have been told. */
  #toldRevocation = 0;

  constructor({ random, periods }: { random: Random; periods: Periods }) {
    this.registry = new Registry(periods);
    this.channels = new Channels(random);
    this.#periods = periods;
  }

  /** What `request` answers and changes; throws WireError where it fails. */
  apply(caller: Caller, request: TrackerRequest, now: number): Outcome {
    if (request.type === "register") {
      return this.#register(caller, request, now);
    }
    const peer = this.peerOf(caller, now);
    switch (request.type) {
      case "list-channels": {
        const channels = this.channels.list();
        return { reply: { type: "channels-listed", channels }, actions: [] };
      }
      case "list-peers": {
        const channel = this.channels.get(request.channel);
        return { reply: this.#listed(channel, caller.peer), actions: [] };
      }
    }
    if (peer === undefined) throw notRegistered();
    switch (request.type) {
      case "heartbeat":
        return { reply: this.#heartbeat(peer), actions: [] };
      case "create-channel":
        return this.#create(peer, request.channel, now);
      case "join-channel": {
        const channel = this.channels.get(request.channel);
        const actions = this.#join(peer, channel);
        return { reply: this.#listed(channel, peer.id), actions };
      }
      case "leave-channel": {
        const channel = this.channels.find(request.channel);
        if (channel === undefined) return { actions: [] };
        return { actions: this.#leave(peer, channel, now) };
      }
      case "send-signal":
        return this.#signal(peer, request);
      case "leave":
        return { actions: this.#remove(peer, "left", now) };
    }
  }

  /** The caller's peer where it is registered and its own; that is heard. */
  peerOf(caller: Caller, now: number): Peer | undefined {
    if (caller.peer === undefined) return undefined;
    const peer = this.registry.get(caller.peer);
    if (peer?.session !== caller.session) return undefined;
    this.registry.heard(peer, now);
    return peer;
  }

  /** The peer's socket broke without a goodbye: it may come back for a while. */
  lineBroke(id: PeerId, now: number): void {
    const peer = this.registry.get(id);
    if (peer !== undefined) this.registry.expireSoon(peer, now);
  }

  /**
   * Certificates were revoked, the last under that number: whoever registers
   * hears of it, the others from `tellRevocation`. True where that is news.
   */
  revoked(revocation: number): boolean {
    this.#revocation = revocation;
    return revocation !== this.#toldRevocation;
  }

  /** All are told of the last revocation that there was. */
  tellRevocation(): Action[] {
    const revocation = this.#revocation;
    this.#toldRevocation = revocation;
    const news = { type: "certificates-revoked", revocation } as const;
    return [tell(this.registry.ids(), news)];
  }

  /** Logged out or expired: all its peers leave. */
  endSession(session: string, now: number): Action[] {
    return this.registry.ofSession(session)
      .flatMap((peer) => this.#remove(peer, "session-ended", now));
  }

  /** Lets go of who was not heard of in time, and of channels long empty. */
  tick(now: number): Action[] {
    this.channels.sweep(now);
    return this.registry.due(now)
      .flatMap((peer) => this.#remove(peer, "silent", now));
  }

  #register(caller: Caller, request: Register, now: number): Outcome {
    const known = this.registry.get(request.peer);
    if (known !== undefined && known.session !== caller.session) {
      throw new WireError("peer-id-taken", "This peer id is in use");
    }
    const peer = known ?? this.registry.add(request.peer, caller, now);
    this.registry.heard(peer, now);
    // Left first: they may be what keeps it from the ones that it names now.
    const actions = this.#leaveOthers(peer, request.channels, now);
    for (const name of request.channels) {
      let channel = this.channels.find(name);
      // Whom a full tracker knows it still lets in; the rosters of the welcome
      // tell which channels that came to.
      if (channel === undefined && !this.channels.full) {
        channel = this.channels.create(name, now);
        const to = this.registry.ids().filter((id) => id !== peer.id);
        actions.push(tell(to, { type: "channel-created", channel: name }));
      }
      if (channel === undefined || this.channels.atLimit(peer)) continue;
      actions.push(...this.#join(peer, channel));
    }
    return { reply: this.#welcome(peer), actions };
  }

  /** A peer is in the channels that it names, `general` being no exception. */
  #leaveOthers(
    peer: Peer,
    named: readonly ChannelName[],
    now: number,
  ): Action[] {
    return [...peer.places.keys()]
      .filter((channel) => !named.includes(channel.name))
      .flatMap((channel) => this.#leave(peer, channel, now));
  }

  #create(peer: Peer, name: ChannelName, now: number): Outcome {
    const known = this.channels.find(name);
    if (known === undefined) this.channels.checkLimit(peer, name);
    const channel = known ?? this.channels.create(name, now);
    const actions = this.#join(peer, channel);
    if (known === undefined) {
      const news = { type: "channel-created", channel: name } as const;
      actions.unshift(tell(this.registry.ids(), news));
    }
    return { reply: this.#listed(channel, peer.id), actions };
  }

  #join(peer: Peer, channel: Channel): Action[] {
    if (!this.channels.join(channel, peer)) return [];
    const to = this.channels.audience(channel, peer);
    const { name, members: { length: size } } = channel;
    const { id, user } = peer;
    return [
      tell(to, { type: "peer-joined", channel: name, size, peer: id, user }),
    ];
  }

  #leave(peer: Peer, channel: Channel, now: number): Action[] {
    if (!this.channels.leave(channel, peer, now)) return [];
    const to = this.channels.audience(channel, peer);
    const { name, members: { length: size } } = channel;
    return [
      tell(to, { type: "peer-left", channel: name, size, peer: peer.id }),
    ];
  }

  #remove(peer: Peer, why: Farewell, now: number): Action[] {
    this.registry.remove(peer);
    const told = [...peer.places.keys()]
      .flatMap((channel) => this.#leave(peer, channel, now));
    return [...told, { type: "forget", peer: peer.id, why }];
  }

  #signal(from: Peer, { to, signal }: SendSignal): Outcome {
    const target = this.registry.get(to);
    // The same answer for both: who is online elsewhere is no one's business.
    if (
      target === undefined || target === from || !shareChannel(from, target)
    ) {
      throw new WireError("unknown-peer", "No such peer in your channels");
    }
    const { id, user } = from;
    return {
      actions: [
        tell([to], { type: "signal-received", from: id, user, signal }),
      ],
    };
  }

  #listed(channel: Channel, except: PeerId | undefined): PeersListed {
    return { type: "peers-listed", ...this.channels.roster(channel, except) };
  }

  #welcome(peer: Peer): Welcome {
    const channels = this.channels.list();
    return {
      type: "welcome",
      version: TRACKER_VERSION,
      peer: peer.id,
      user: peer.user,
      ...this.#periods,
      channels,
      rosters: this.#rosters(peer, channels),
      ...numbered(this.#revocation),
    };
  }

  /** Names what the peer may not have been told, by chance or a lost socket. */
  #heartbeat(peer: Peer): HeartbeatReceived {
    const sizes = this.channels.sampled(peer);
    return {
      type: "heartbeat-received",
      ...sizes.length > 0 && { sizes },
      ...numbered(this.#toldRevocation),
    };
  }

  /** A roster for each of the peer's channels, together fit for one message. */
  #rosters(peer: Peer, listed: ChannelInfo[]): Roster[] {
    let bytesLeft = TRACKER_NEWS_BYTES_MAX - WELCOME_BYTES;
    for (const { channel } of listed) {
      bytesLeft -= CHANNEL_BYTES + nameBytesMax(channel);
    }
    let rostersLeft = peer.places.size;
    return Array.from(peer.places.keys(), (channel) => {
      const share = Math.floor(bytesLeft / rostersLeft--);
      let bytes = CHANNEL_BYTES + nameBytesMax(channel.name);
      const roster = this.channels.roster(channel, peer.id);
      const peers = roster.peers.filter((other) => {
        bytes += PEER_BYTES + nameBytesMax(other.user);
        return bytes <= share;
      });
      bytesLeft -= Math.min(bytes, share);
      return { ...roster, peers };
    });
  }
}

function numbered(revocation: number): { revocation?: number } {
  return revocation === 0 ? {} : { revocation };
}

function tell(to: readonly PeerId[], news: TrackerNews): Action {
  return { type: "tell", to, news };
}
