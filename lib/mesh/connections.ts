/**
 * The links of one peer: performs what the overlay decides, carries signals
 * through the tracker, greets whoever is linked, lets through what an honest
 * peer says and tells neighbours of each other. It decides nothing itself, and
 * does not know what is said in a channel.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Random } from "../random.ts";
import {
  encodeLinkMessage,
  LINK_VERSION,
  type LinkMessage,
  NEIGHBOURS_MAX,
} from "../wire/link.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { Signal } from "../wire/signal.ts";
import type { PeerInfo, TrackerNews } from "../wire/tracker_api.ts";
import type { Person } from "./chat.ts";
import type { LinkProblem, OpenLink } from "./link.ts";
import { LinkGuard } from "./link_guard.ts";
import { LinkTable } from "./link_table.ts";
import { type Contact, Overlay, type OverlayAction } from "./overlay.ts";
import { Neighbours, peopleIn } from "./people.ts";
import { Timers } from "./timers.ts";

export interface ConnectionEvents {
  /** A link opened, and the other side has said which channels it is in. */
  linkUp(peer: PeerInfo, channels: ChannelName[]): void;
  /** A checked message about channels and entries. */
  message(from: PeerId, message: LinkMessage): void;
  /** The link is over; told also where it never came to a `linkUp`. */
  linkDown(peer: PeerId): void;
  /** Who is here, or how they are reached, may be different now. */
  changed(): void;
}

export interface ConnectionsOptions {
  self: PeerInfo;
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
  events: ConnectionEvents;
}

export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #clock: Clock;
  readonly #overlay: Overlay;
  readonly #links: LinkTable | undefined;
  readonly #guard = new LinkGuard();
  readonly #neighbours = new Neighbours();
  readonly #tickTimer: Timers;
  /** One message to many is encoded once. */
  #encoded: { message: LinkMessage; text: string } | undefined;
  #neighboursChanged = false;
  #signaling = false;
  #stopped = false;

  constructor(options: ConnectionsOptions) {
    const { self, clock, random, openLink } = options;
    this.#options = options;
    this.#clock = clock;
    this.#tickTimer = new Timers(clock);
    this.#overlay = new Overlay({ self: self.peer, random });
    this.#links = openLink && this.#linkTable(openLink);
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

  /** The others in `channel`; `members` are those linked that say so. */
  people(channel: ChannelName, members: PeerId[]): Person[] {
    return peopleIn(channel, {
      contacts: this.#overlay.contacts(),
      members: new Set(members),
      pathOf: (peer) => this.#links?.path(peer),
      withinReach: this.#neighbours.withinReach(members),
      trackerWorks: this.#signaling,
    });
  }

  /** Takes from the tracker's news what is about peers and their signals. */
  hear(news: TrackerNews): void {
    const now = this.#clock.now();
    switch (news.type) {
      case "welcome":
        this.#signaling = true;
        this.#act(this.#overlay.setSignaling(true, now));
        for (const { channel, peers } of news.rosters) {
          this.#act(this.#overlay.roster(channel, peers, now));
        }
        break;
      case "peers-listed":
        this.#act(this.#overlay.roster(news.channel, news.peers, now));
        break;
      case "peer-joined":
        this.#act(this.#overlay.joined(news.channel, news, now));
        break;
      case "peer-left":
        this.#act(this.#overlay.left(news.channel, news.peer));
        break;
      case "signal-received": {
        const from = { peer: news.from, user: news.user };
        this.#links?.receive(from, news.signal);
        break;
      }
    }
  }

  /** The tracker passes no signals on until its next `welcome`. */
  trackerLost(): void {
    this.#signaling = false;
    this.#act(this.#overlay.setSignaling(false, this.#clock.now()));
  }

  send(to: PeerId, message: LinkMessage): void {
    if (this.#encoded?.message !== message) {
      this.#encoded = { message, text: encodeLinkMessage(message) };
    }
    this.#links?.send(to, this.#encoded.text);
  }

  /** The peer did what no honest peer does; at the limit it is let go. */
  strike(peer: PeerId, reason: string): void {
    if (!this.#guard.strike(peer)) return;
    this.send(peer, { type: "error", code: "bad-message", message: reason });
    this.#forget(peer);
    this.#act(this.#overlay.ban(peer, this.#clock.now()));
  }

  /** Tells every linked peer who the others are, where that has changed. */
  tellNeighbours(): void {
    if (!this.#neighboursChanged) return;
    this.#neighboursChanged = false;
    const linked = this.#links?.linked() ?? [];
    const peers = linked.slice(0, NEIGHBOURS_MAX);
    const message: LinkMessage = { type: "neighbours-changed", peers };
    for (const { peer } of linked) this.send(peer, message);
  }

  /** Doubts every link and forgets all back-off. */
  retryNow(): void {
    this.#overlay.retryNow(this.#clock.now());
    this.#links?.restartAll();
    this.#tick();
  }

  stop(): void {
    this.#stopped = true;
    this.#links?.closeAll();
    this.#tickTimer.clear();
  }

  #linkTable(openLink: OpenLink): LinkTable {
    return new LinkTable({
      self: this.#options.self.peer,
      openLink,
      newId: this.#options.newId,
      signal: (to, signal) => this.#options.signal(to, signal),
      accepts: (from) => this.#overlay.called(from, this.#clock.now()),
      opened: (info) => this.#opened(info),
      message: (peer, text) => this.#receive(peer, text),
      closed: (peer, problem) => this.#closed(peer, problem),
      pathChanged: () => this.#options.events.changed(),
    });
  }

  #opened({ peer }: PeerInfo): void {
    this.#guard.opened(peer, this.#clock.now());
    this.#overlay.opened(peer);
    this.send(peer, {
      type: "hello",
      version: LINK_VERSION,
      peer: this.#options.self.peer,
      channels: this.#options.channels(),
    });
    this.#neighboursChanged = true;
    this.#options.events.changed();
    this.#schedule();
  }

  #receive(peer: PeerId, text: string): void {
    const { events } = this.#options;
    const message = this.#guard.admit(peer, text, this.#clock.now());
    if ("breach" in message) return this.strike(peer, message.breach);
    switch (message.type) {
      case "hello": {
        const user = this.#overlay.contact(peer)?.user ?? "";
        events.linkUp({ peer, user }, message.channels);
        events.changed();
        break;
      }
      case "neighbours-changed":
        this.#neighbours.set(peer, message.peers);
        events.changed();
        break;
      default:
        events.message(peer, message);
    }
  }

  #closed(peer: PeerId, problem: LinkProblem | undefined): void {
    this.#forget(peer);
    this.#act(this.#overlay.closed(peer, problem, this.#clock.now()));
  }

  #forget(peer: PeerId): void {
    this.#guard.closed(peer);
    this.#neighbours.delete(peer);
    this.#neighboursChanged = true;
    this.#options.events.linkDown(peer);
    this.#options.events.changed();
  }

  #act(actions: OverlayAction[]): void {
    for (const { type, peer } of actions) {
      const contact = this.#overlay.contact(peer);
      if (type === "hang-up") this.#links?.hangUp(peer);
      else if (contact !== undefined) {
        this.#links?.dial({ peer, user: contact.user });
      }
    }
    this.#schedule();
  }

  #tick(): void {
    this.#act(this.#overlay.tick(this.#clock.now()));
    this.#options.events.changed();
  }

  #schedule(): void {
    this.#tickTimer.clear();
    const due = this.#overlay.dueAt;
    if (this.#stopped || due === Infinity) return;
    const delayMs = Math.max(0, due - this.#clock.now());
    this.#tickTimer.after(delayMs, () => this.#tick());
  }
}
