/**
 * Decides whom to be linked to. Synchronous and without I/O: what the tracker
 * and the links report goes in, dials and hang-ups come out.
 *
 *              dial                opened
 *     waiting ──────► dialing ───────────────► linked
 *        ▲               │ failed, late           │ closed
 *        └───────────────┴────────────────────────┘
 *     (after a jittered back-off)
 *
 * Rules:
 * 1. Those the tracker names in a shared channel are dialled in random order,
 *    up to LINKS_SOUGHT links, and any caller is taken up to LINKS_MAX. Who is
 *    linked stays linked while the link lives, whatever the tracker says.
 * 2. The newcomer dials. Those already there wait DIAL_GRACE_MS for its offer,
 *    so that two peers seldom dial each other at once.
 * 3. A dial that has not opened after DIAL_TIMEOUT_MS is given up; the next one
 *    waits longer each time, up to RETRY_MAX_MS.
 *    Who was lost without a word is still shown for AWAY_MS.
 * 4. Without signaling nobody is dialled; when it returns, all are due.
 * @module
 */
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { PeerInfo } from "../wire/tracker_api.ts";
import type { Random } from "../random.ts";
import type { LinkProblem } from "./link.ts";

/** Browsers stop near 500 connections, closed ones counting for a while. */
export const LINKS_MAX = 48;
/**
 * Links that a peer seeks; up to LINKS_MAX it takes those that seek it. A room
 * of this size is linked each to each; in a larger one there is always somebody
 * who has room for a newcomer.
 */
export const LINKS_SOUGHT = 12;
export const DIAL_GRACE_MS = 2_500;
export const DIAL_TIMEOUT_MS = 15_000;
export const RETRY_MIN_MS = 500;
export const RETRY_MAX_MS = 60_000;
/** How long someone who was lost is still shown. */
export const AWAY_MS = 20_000;
/** A peer that broke the protocol is not linked to again before this. */
export const BAN_MS = 600_000;
/** Peers remembered, named by the tracker or banned. */
export const CONTACTS_MAX = 2_000;

export type OverlayAction =
  | { type: "dial"; peer: PeerId }
  | { type: "hang-up"; peer: PeerId };

export type ContactState = "waiting" | "dialing" | "linked" | "lost";

/** A peer that the tracker named, or that called us. */
export interface Contact extends PeerInfo {
  state: ContactState;
  /** Channels in which the tracker sees it. */
  channels: Set<ChannelName>;
  /** The last one that it left. */
  lastChannel?: ChannelName;
  /** When the state is left by itself, ms since 1970. */
  due: number;
  /** Dials in a row that came to nothing. */
  failures: number;
  problem?: "no-route" | "no-answer";
}

export interface OverlayOptions {
  self: PeerId;
  random: Random;
  linksSought?: number;
  linksMax?: number;
}

export class Overlay {
  readonly #self: PeerId;
  readonly #random: Random;
  readonly #linksSought: number;
  readonly #linksMax: number;
  readonly #contacts = new Map<PeerId, Contact>();
  readonly #banned = new Map<PeerId, number>();
  #signaling = false;

  constructor(
    { self, random, linksSought = LINKS_SOUGHT, linksMax = LINKS_MAX }:
      OverlayOptions,
  ) {
    this.#self = self;
    this.#random = random;
    this.#linksSought = linksSought;
    this.#linksMax = linksMax;
  }

  contact(peer: PeerId): Contact | undefined {
    return this.#contacts.get(peer);
  }

  contacts(): IterableIterator<Contact> {
    return this.#contacts.values();
  }

  /** When `tick` has something to do, ms since 1970; Infinity for never. */
  get dueAt(): number {
    let due = Infinity;
    const mayDial = this.#mayDial;
    for (const contact of this.#contacts.values()) {
      const acts = contact.state !== "linked" &&
        (contact.state !== "waiting" || mayDial);
      if (acts) due = Math.min(due, contact.due);
    }
    return due;
  }

  /** The tracker can, or can no longer, pass our signals on. */
  setSignaling(works: boolean, now: number): OverlayAction[] {
    this.#signaling = works;
    if (works) this.retryNow(now);
    return this.tick(now);
  }

  /** Forgets all back-off: the network came back, or a person asked. */
  retryNow(now: number): void {
    for (const contact of this.#contacts.values()) {
      if (contact.state === "waiting") contact.due = Math.min(contact.due, now);
    }
  }

  /** The tracker's whole (or sampled) list of the others in `channel`. */
  roster(
    channel: ChannelName,
    peers: PeerInfo[],
    now: number,
  ): OverlayAction[] {
    const named = new Set(peers.map(({ peer }) => peer));
    const gone = [...this.#contacts.keys()].filter((peer) => !named.has(peer));
    const actions = gone.flatMap((peer) => this.left(channel, peer));
    for (const info of shuffled(peers, this.#random)) {
      this.#name(channel, info, now);
    }
    return [...actions, ...this.tick(now)];
  }

  /** A newcomer: it will dial us (rule 2). */
  joined(channel: ChannelName, info: PeerInfo, now: number): OverlayAction[] {
    this.#name(channel, info, now + DIAL_GRACE_MS);
    return this.tick(now);
  }

  /** It left `channel`; a link that lives is kept (rule 1). */
  left(channel: ChannelName, peer: PeerId): OverlayAction[] {
    const contact = this.#contacts.get(peer);
    if (contact === undefined || !contact.channels.delete(channel)) return [];
    contact.lastChannel = channel;
    if (contact.channels.size > 0 || contact.state === "linked") return [];
    if (contact.state === "lost") return [];
    this.#contacts.delete(peer);
    return [{ type: "hang-up", peer }];
  }

  /** It dials us; false where it may not be linked to. */
  called(info: PeerInfo, now: number): boolean {
    const contact = this.#contacts.get(info.peer) ?? this.#meet(info, now);
    if (contact === undefined || this.isBanned(info.peer, now)) return false;
    if (contact.state !== "linked" && this.#linkCount >= this.#linksMax) {
      return false;
    }
    contact.state = "dialing";
    contact.due = now + DIAL_TIMEOUT_MS;
    return true;
  }

  opened(peer: PeerId): void {
    const contact = this.#contacts.get(peer);
    if (contact === undefined) return;
    contact.state = "linked";
    contact.due = Infinity;
    contact.failures = 0;
    delete contact.problem;
  }

  /** A link, or the attempt at one, ended; without a problem, on purpose. */
  closed(
    peer: PeerId,
    problem: LinkProblem | undefined,
    now: number,
  ): OverlayAction[] {
    const contact = this.#contacts.get(peer);
    if (contact === undefined) return [];
    const wasLinked = contact.state === "linked";
    const broken = problem !== undefined;
    if (problem === "no-route" || problem === "no-answer") {
      contact.problem = problem;
    }
    const hasLeft = contact.channels.size === 0 && this.#signaling;
    if (!hasLeft) this.#wait(contact, { now, wasLinked });
    else if (broken) {
      contact.state = "lost";
      contact.due = now + AWAY_MS;
    } else this.#contacts.delete(peer);
    return this.tick(now);
  }

  /** The peer broke the protocol: no link for BAN_MS. */
  ban(peer: PeerId, now: number): OverlayAction[] {
    this.#banned.delete(peer);
    this.#banned.set(peer, now + BAN_MS);
    const [oldest] = this.#banned.keys();
    if (this.#banned.size > CONTACTS_MAX && oldest !== undefined) {
      this.#banned.delete(oldest);
    }
    this.#contacts.delete(peer);
    return [{ type: "hang-up", peer }];
  }

  isBanned(peer: PeerId, now: number): boolean {
    return (this.#banned.get(peer) ?? 0) > now;
  }

  /** Acts on every contact whose time has come; keeps rules 1, 3 and 4. */
  tick(now: number): OverlayAction[] {
    const actions: OverlayAction[] = [];
    for (const contact of this.#contacts.values()) {
      if (contact.due > now) continue;
      if (contact.state === "lost") {
        this.#contacts.delete(contact.peer);
        actions.push({ type: "hang-up", peer: contact.peer });
      } else if (contact.state === "dialing") {
        contact.problem ??= "no-answer";
        this.#wait(contact, { now, wasLinked: false });
        actions.push({ type: "hang-up", peer: contact.peer });
      } else if (contact.state === "waiting" && this.#mayDial) {
        contact.state = "dialing";
        contact.due = now + DIAL_TIMEOUT_MS;
        actions.push({ type: "dial", peer: contact.peer });
      }
    }
    return actions;
  }

  get #mayDial(): boolean {
    return this.#signaling && this.#linkCount < this.#linksSought;
  }

  get #linkCount(): number {
    let count = 0;
    for (const { state } of this.#contacts.values()) {
      if (state === "linked" || state === "dialing") count++;
    }
    return count;
  }

  #name(channel: ChannelName, info: PeerInfo, due: number): void {
    if (info.peer === this.#self) return;
    const contact = this.#contacts.get(info.peer) ?? this.#meet(info, due);
    contact?.channels.add(channel);
    if (contact?.state !== "lost") return;
    contact.state = "waiting";
    contact.due = due;
  }

  #meet(info: PeerInfo, due: number): Contact | undefined {
    const refused = this.#contacts.size >= CONTACTS_MAX ||
      this.isBanned(info.peer, due);
    if (refused) return undefined;
    const contact: Contact = {
      ...info,
      state: "waiting",
      channels: new Set(),
      due,
      failures: 0,
    };
    this.#contacts.set(info.peer, contact);
    return contact;
  }

  /** Rule 3: the next dial is due after a jittered, doubling back-off. */
  #wait(
    contact: Contact,
    { now, wasLinked }: { now: number; wasLinked: boolean },
  ): void {
    contact.failures = wasLinked ? 0 : contact.failures + 1;
    const backOff = Math.min(
      RETRY_MAX_MS,
      RETRY_MIN_MS * 2 ** Math.min(contact.failures, 10),
    );
    contact.state = "waiting";
    contact.due = now + backOff * (0.5 + this.#random());
  }
}

/** In an order that chance decides (Fisher and Yates). */
function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other] as T, order[last] as T];
  }
  return order;
}
