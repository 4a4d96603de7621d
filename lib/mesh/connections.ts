/**
 * The links of one peer: performs what the overlay decides, carries signals
 * through the tracker or through a neighbour, greets whoever is linked, and lets
 * through what an honest peer says. It decides nothing itself, and does not know
 * what is said in a channel.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Random } from "../random.ts";
import type { Certificate } from "../wire/identity.ts";
import { FILES_VERSION } from "../wire/file_messages.ts";
import {
  encodeLinkMessage,
  type Hello,
  type LinkMessage,
} from "../wire/link.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { RelaySignal, SignalRelayed } from "../wire/overlay.ts";
import type { Signal } from "../wire/signal.ts";
import type {
  ChannelInfo,
  PeerInfo,
  TrackerNews,
} from "../wire/tracker_api.ts";
import type { Person } from "./chat.ts";
import type { Bytes } from "./keys.ts";
import type { LinkProblem, OpenLink } from "./link.ts";
import type { Door, DoorOptions } from "./link_door.ts";
import { type AdmittedMessage, LinkGuard } from "./link_guard.ts";
import type { HelloRefusal } from "./link_handshake.ts";
import { LinkTable } from "./link_table.ts";
import type { LinkedInfo } from "./linked_peers.ts";
import type { Contact } from "./contacts.ts";
import { Overlay } from "./overlay.ts";
import type { OverlayAction } from "./overlay_action.ts";
import { peopleIn } from "./people.ts";
import { SignalRelay } from "./signal_relay.ts";
import { Timers } from "./timers.ts";

/** Where the end of a refused link does not get through by itself. */
export const REFUSED_HANG_UP_MS = 2_000;

export interface ConnectionEvents {
  /** A link is verified, and the other side has said where it is. */
  linkUp(peer: LinkedInfo, channels: ChannelName[]): void;
  /** That device was met, on a link that is verified. */
  met(certificate: Certificate): void;
  /** A checked message about channels, entries and files. */
  message(from: PeerId, message: AdmittedMessage): void;
  /** On the channel for files: what it is, and who wanted it, is to be checked. */
  bytes(from: PeerId, frame: Uint8Array): void;
  /** More frames fit on the link to that peer. */
  drained(peer: PeerId): void;
  /** Who answered for that peer is not it; `answered` is whom he named. */
  refused(peer: PeerInfo, refusal: HelloRefusal, answered?: string): void;
  /** The link is over; told also where it never came to a `linkUp`. */
  linkDown(peer: PeerId, problem?: LinkProblem): void;
  /** Who is here, or how they are reached, may be different now. */
  changed(): void;
}

export interface ConnectionsOptions {
  self: PeerInfo;
  /** Lets in whoever shows on a new link who it is. */
  openDoor: (options: DoorOptions) => Door;
  /** Undefined where this machine has no WebRTC. */
  openLink: OpenLink | undefined;
  clock: Clock;
  random: Random;
  /** 22 unguessable characters, for each link. */
  newId: () => string;
  /** The channels that a hello names. */
  channels: () => ChannelName[];
  /** To be passed on by the tracker. */
  signal(to: PeerId, signal: Signal): void;
  /** Have the tracker name others in `channel`. */
  listPeers(channel: ChannelName): void;
  events: ConnectionEvents;
}

/** A link that carries these is not one to spare. */
const NEEDED: ReadonlySet<LinkMessage["type"]> = new Set([
  "want-pieces",
  "entry-written",
  "counted",
]);

export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #clock: Clock;
  readonly #overlay: Overlay;
  readonly #links: LinkTable | undefined;
  readonly #door: Door;
  readonly #guard = new LinkGuard();
  readonly #relay = new SignalRelay();
  readonly #tickTimer: Timers;
  readonly #lateHangUps: Timers;
  /** One message to many is encoded once. */
  #encoded: { message: LinkMessage; text: string } | undefined;
  /** When the timer is set to go off. */
  #tickAt = Infinity;
  #signaling = false;
  #stopped = false;

  constructor(options: ConnectionsOptions) {
    const { self, clock, random, openLink } = options;
    this.#options = options;
    this.#clock = clock;
    this.#tickTimer = new Timers(clock);
    this.#lateHangUps = new Timers(clock);
    this.#overlay = new Overlay({ self: self.peer, random });
    this.#links = openLink && this.#linkTable(openLink);
    this.#door = this.#newDoor(options);
  }

  get hasWebRtc(): boolean {
    return this.#links !== undefined;
  }

  /** What is known of a peer that the tracker named, or that called us. */
  contact(peer: PeerId): Contact | undefined {
    return this.#overlay.contact(peer);
  }

  contacts(): IterableIterator<Contact> {
    return this.#overlay.contacts();
  }

  /** How many are in `channel`, ourselves included. */
  sizeOf(channel: ChannelName): number {
    return this.#overlay.sizeOf(channel);
  }

  /** Whether all members of `channel` are linked to each other. */
  isFullMesh(channel: ChannelName): boolean {
    return this.#overlay.isFullMesh(channel);
  }

  /** The others in `channel`, as far as they are known. */
  people(channel: ChannelName, members: PeerId[]): Person[] {
    const inTree = !this.#overlay.isFullMesh(channel) && members.length > 0;
    return peopleIn(channel, {
      contacts: this.#overlay.contacts(),
      members: new Set(members),
      pathOf: (peer) =>
        this.#door.isVerified(peer) ? this.#links?.path(peer) : undefined,
      withinReach: this.#overlay.withinReach(members),
      trackerWorks: this.#signaling,
      inTree,
    });
  }

  /** We are in `channel` from now on. */
  join(channel: ChannelName): void {
    this.#overlay.join(channel);
  }

  leave(channel: ChannelName): void {
    this.#overlay.leave(channel);
    this.#schedule();
  }

  /** Takes from the tracker's news what is about peers and their signals. */
  hear(news: TrackerNews): void {
    const now = this.#clock.now();
    switch (news.type) {
      case "welcome":
        this.#signaling = true;
        this.#act(this.#overlay.setSignaling(true, now));
        for (const roster of news.rosters) {
          this.#act(this.#overlay.roster(roster, now));
        }
        break;
      case "peers-listed":
        this.#act(this.#overlay.roster(news, now));
        break;
      case "channels-listed":
        this.#resized(news.channels);
        break;
      case "heartbeat-received":
        this.#resized(news.sizes ?? []);
        break;
      case "peer-joined":
        this.#act(this.#overlay.joined(news.channel, news, now));
        break;
      case "peer-left":
        this.#act(this.#overlay.left(news.channel, news, now));
        break;
      case "signal-received": {
        const from = { peer: news.from, user: news.user };
        this.#relay.came(news.from, undefined);
        this.#links?.receive(from, news.signal);
        break;
      }
      case "error":
        if (news.code === "unknown-peer" && news.to !== undefined) {
          this.#act(this.#overlay.unreachable(news.to, now));
        }
        break;
    }
  }

  #resized(sizes: ChannelInfo[]): void {
    const now = this.#clock.now();
    for (const { channel, peers } of sizes) {
      this.#act(this.#overlay.resized(channel, peers, now));
    }
  }

  /** The tracker passes no signals on until its next `welcome`. */
  trackerLost(): void {
    this.#signaling = false;
    this.#act(this.#overlay.setSignaling(false, this.#clock.now()));
  }

  /** Before a link is verified, nothing but our hello is said on it. */
  send(to: PeerId, message: LinkMessage): void {
    if (!this.#door.isVerified(to)) return;
    if (NEEDED.has(message.type)) this.#inUse(to);
    if (this.#encoded?.message !== message) {
      this.#encoded = { message, text: encodeLinkMessage(message) };
    }
    this.#links?.send(to, this.#encoded.text);
  }

  /** False where no more fits before `drained`. */
  sendBytes(to: PeerId, frame: Bytes): boolean {
    if (!this.#door.isVerified(to)) return false;
    return this.#links?.sendBytes(to, frame) ?? false;
  }

  /** What no honest peer does; at the limit it and its device are let go. */
  strike(peer: PeerId, reason: string): void {
    if (!this.#guard.strike(peer, this.#clock.now())) return;
    this.send(peer, { type: "error", code: "bad-message", message: reason });
    this.#act(this.#overlay.ban(peer, this.#clock.now()));
  }

  /** A member of `channel` with whom a link is wanted, whoever said it is there. */
  meet(peer: PeerInfo, channel: ChannelName): void {
    this.#act(this.#overlay.meet(peer, channel, this.#clock.now()));
  }

  /** Doubts every link and forgets all back-off. */
  retryNow(): void {
    this.#overlay.retryNow(this.#clock.now());
    this.#links?.restartAll();
    this.#tick();
  }

  /** Certificates were revoked: their holders show newer ones, or are out. */
  review(): void {
    this.#door.review();
  }

  /** Ends every link, for good: whoever is logged out takes no part. */
  leaveAll(): void {
    for (const channel of this.#options.channels()) this.leave(channel);
    for (const { peer } of this.#links?.linked() ?? []) {
      this.#links?.hangUp(peer);
      this.#closed(peer, undefined);
    }
    this.#links?.closeAll();
  }

  stop(): void {
    this.#stopped = true;
    this.#links?.closeAll();
    this.#door.stop();
    this.#tickTimer.clear();
    this.#lateHangUps.clear();
  }

  #linkTable(openLink: OpenLink): LinkTable {
    return new LinkTable({
      self: this.#options.self.peer,
      openLink,
      newId: this.#options.newId,
      signal: (to, signal) => this.#signal(to, signal),
      accepts: (from, seeks) =>
        this.#overlay.called(from, seeks, this.#clock.now()),
      opened: ({ peer }, link) => this.#door.opened(peer, link),
      message: (peer, text) => this.#door.receive(peer, text),
      bytes: (peer, frame) => this.#receiveBytes(peer, frame),
      drained: (peer) => this.#options.events.drained(peer),
      closed: (peer, problem) => this.#closed(peer, problem),
      pathChanged: () => this.#options.events.changed(),
      connectionEnded: () => this.#overlay.connectionEnded(this.#clock.now()),
    });
  }

  #newDoor(
    { self, clock, openDoor, channels }: ConnectionsOptions,
  ): Door {
    return openDoor({
      ...{ self: self.peer, clock, channels },
      userOf: (peer) => {
        const contact = this.#overlay.contact(peer);
        return contact?.vouched ? contact.user : undefined;
      },
      send: (to, text) => this.#links?.send(to, text),
      verified: (peer, hello) => this.#verified(peer, hello),
      message: (peer, text) => this.#receive(peer, text),
      refused: (peer, refusal, answered) =>
        this.#refused(peer, refusal, answered),
      ended: (peer) => {
        this.#links?.hangUp(peer);
        this.#closed(peer, undefined);
      },
    });
  }

  #verified(peer: PeerId, { certificate, channels, files }: Hello): void {
    const { user, key: device } = certificate;
    const info = { peer, user, device, speaksFiles: files === FILES_VERSION };
    const now = this.#clock.now();
    // It has come back under another name.
    if (this.#overlay.isBanned(device, now)) {
      return this.#act(this.#overlay.ban(peer, now));
    }
    this.#guard.opened(peer, device, now);
    this.#overlay.opened({ peer, user, device }, now);
    this.#options.events.linkUp(info, channels);
    this.#act(this.#overlay.greeted(peer, channels, now));
    this.#options.events.met(certificate);
    this.#options.events.changed();
  }

  #refused(
    peer: PeerId,
    refusal: HelloRefusal,
    answered: string | undefined,
  ): void {
    const user = this.#overlay.contact(peer)?.user ?? answered ?? "";
    this.#endQuietly(peer);
    this.#act(this.#overlay.refused(peer, refusal, this.#clock.now()));
    this.#options.events.refused({ peer, user }, refusal, answered);
    this.#options.events.changed();
  }

  /**
   * The end of the link comes behind our hello, from which the other side finds
   * out as well; a signal could be there before it.
   */
  #endQuietly(peer: PeerId): void {
    const link = this.#links?.end(peer);
    if (link === undefined) return;
    this.#lateHangUps.after(
      REFUSED_HANG_UP_MS,
      () => this.#signal(peer, { type: "hang-up", link }),
    );
    this.#forget(peer);
  }

  #receive(peer: PeerId, text: string): void {
    const { events } = this.#options;
    const now = this.#clock.now();
    const message = this.#guard.admit(peer, text, now);
    if ("breach" in message) return this.strike(peer, message.breach);
    if (NEEDED.has(message.type)) this.#inUse(peer);
    switch (message.type) {
      case "channel-joined":
      case "channel-left": {
        const { type, channel } = message;
        const joined = type === "channel-joined";
        this.#act(this.#overlay.membership(peer, { channel, joined }, now));
        return events.message(peer, message);
      }
      case "relay-signal":
        return this.#passOn(peer, message);
      case "signal-relayed":
        return this.#receiveRelayed(peer, message);
      case "neighbours-changed":
      case "shuffle":
      case "shuffle-reply":
      case "relay-failed":
      case "link-dropped":
        this.#act(this.#overlay.receive(peer, message, now));
        return events.changed();
      default:
        events.message(peer, message);
    }
  }

  /** Before a link is verified nobody wants anything on it. */
  #receiveBytes(peer: PeerId, bytes: Uint8Array): void {
    if (this.#door.isVerified(peer)) this.#options.events.bytes(peer, bytes);
  }

  /** By the way that its last signal came, by the tracker, or by a neighbour. */
  #signal(to: PeerId, signal: Signal): void {
    const way = this.#relay.wayTo(to);
    const tracked = this.#signaling &&
      !this.#overlay.contact(to)?.unknownToTracker;
    const relay = way ?? (tracked ? undefined : this.#overlay.relayTo(to));
    if (relay !== undefined) {
      this.send(relay, { type: "relay-signal", to, signal });
    } else if (tracked) this.#options.signal(to, signal);
  }

  /** One linked peer has a signal for another, who shares a channel with it. */
  #passOn(from: PeerId, { to, signal }: RelaySignal): void {
    if (!this.#relay.passes(from, this.#clock.now())) {
      return this.strike(from, "too many signals to pass on");
    }
    const sender = this.#overlay.contact(from);
    const receiver = this.#overlay.contact(to);
    const share = [...sender?.said ?? []]
      .some((channel) => receiver?.said?.has(channel));
    if (sender === undefined || !share || !this.#links?.isOpen(to)) {
      return this.send(from, { type: "relay-failed", to });
    }
    const info = { peer: from, user: sender.user };
    this.send(to, { type: "signal-relayed", from: info, signal });
  }

  /** What `by` says of somebody else is a hint; what it can't know, a lie. */
  #receiveRelayed(by: PeerId, { from, signal }: SignalRelayed): void {
    const { peer } = from;
    if (!this.#relay.takes(by, this.#clock.now())) {
      return this.strike(by, "too many signals passed on");
    }
    if (peer === this.#options.self.peer || peer === by) {
      return this.strike(by, "passes on what nobody gave to it");
    }
    const known = this.#overlay.contact(peer);
    if (known?.vouched && known.user !== from.user) {
      return this.strike(by, `calls ${known.user} by the name ${from.user}`);
    }
    this.#relay.came(peer, by);
    const user = known?.user ?? from.user;
    this.#links?.receive({ peer, user }, signal, { relayed: true });
  }

  #closed(peer: PeerId, problem: LinkProblem | undefined): void {
    this.#forget(peer, problem);
    this.#act(this.#overlay.closed(peer, problem, this.#clock.now()));
  }

  #inUse(peer: PeerId): void {
    this.#overlay.inUse(peer, this.#clock.now());
  }

  #forget(peer: PeerId, problem?: LinkProblem): void {
    this.#door.closed(peer);
    this.#guard.closed(peer);
    this.#relay.forget(peer);
    this.#options.events.linkDown(peer, problem);
    this.#options.events.changed();
  }

  #act(actions: OverlayAction[]): void {
    for (const action of actions) this.#perform(action);
    this.#schedule();
  }

  #perform(action: OverlayAction): void {
    switch (action.type) {
      case "dial": {
        const user = this.#overlay.contact(action.peer)?.user;
        const { peer, seeks } = action;
        if (user !== undefined) this.#links?.dial({ peer, user }, seeks);
        break;
      }
      case "hang-up": {
        const wasOpen = this.#links?.isOpen(action.peer);
        this.#links?.hangUp(action.peer);
        if (wasOpen) this.#forget(action.peer);
        break;
      }
      case "send":
        this.send(action.to, action.message);
        break;
      case "list-peers":
        this.#options.listPeers(action.channel);
    }
  }

  #tick(): void {
    this.#tickAt = Infinity;
    this.#act(this.#overlay.tick(this.#clock.now()));
    this.#options.events.changed();
  }

  #schedule(): void {
    const due = this.#overlay.dueAt;
    if (due === this.#tickAt && !this.#stopped) return;
    this.#tickTimer.clear();
    this.#tickAt = due;
    if (this.#stopped || due === Infinity) return;
    const delayMs = Math.max(0, due - this.#clock.now());
    this.#tickTimer.after(delayMs, () => this.#tick());
  }
}
