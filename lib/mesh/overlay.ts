/**
 * Decides whom to be linked to. Synchronous and without I/O: what the tracker,
 * the links and the neighbours report goes in, dials, hang-ups and messages come
 * out. Partial views in the manner of HyParView (Leitão, Pereira, Rodrigues,
 * 2007), over links that all channels share.
 *
 *              dial                opened
 *     waiting ──────► dialing ───────────────► linked
 *        ▲               │ failed, late           │ closed
 *        └───────────────┴────────────────────────┘
 *     (after a jittered back-off)
 *
 * Rules:
 * 1. In a channel of up to FULL_MESH_MAX members everybody is linked to
 *    everybody. In a larger one a member seeks ACTIVE_SOUGHT links and takes
 *    callers up to ACTIVE_MAX; an urgent caller, which has hardly a link, up to
 *    ACTIVE_URGENT_MAX. The others whom it knows of, up to PASSIVE_MAX, are
 *    there to take the place of a link that is lost.
 * 2. One link serves all channels that both sides are in: those whom several
 *    channels want are dialled first. LINKS_MAX is never exceeded.
 * 3. Where both sides have links to spare in all channels they share, one is let
 *    go, now and then, down to ACTIVE_KEPT. Whom one broke to is dialled again.
 * 4. The newcomer dials. Those already there wait DIAL_GRACE_MS for its offer,
 *    so that two peers seldom dial each other at once.
 * 5. A dial that has not opened after DIAL_TIMEOUT_MS is given up; the next one
 *    waits longer each time. Who was lost without a word is still shown for
 *    AWAY_MS.
 * 6. A dial needs a way for its signals: the tracker, or a neighbour that is
 *    linked to both. Without the tracker, those whom neighbours name are met.
 * 7. Deadlines that are over by more than ASLEEP_MS were slept through: the
 *    other side gets the whole time again.
 * 8. Who holds a file that is sought is dialled beyond what a channel seeks, and
 *    takes callers for it up to ACTIVE_FILE_MAX; such a link is let go by rule 3
 *    when no piece was wanted over it for a while.
 * @module
 */
import type { DeviceKey } from "../wire/device_key.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { NeighboursChanged, OverlayMessage } from "../wire/overlay.ts";
import type { Seeks } from "../wire/signal.ts";
import type { PeerInfo, Roster } from "../wire/tracker_api.ts";
import type { Random } from "../random.ts";
import { type Contact, Contacts } from "./contacts.ts";
import { ASLEEP_MS, Deadlines, DIAL_TIMEOUT_MS, REST_MS } from "./deadlines.ts";
import { type Candidate, Dialing } from "./dialing.ts";
import { Directory } from "./directory.ts";
import type { LinkProblem } from "./link.ts";
import type { HelloRefusal } from "./link_handshake.ts";
import { NeighbourNews } from "./neighbour_news.ts";
import { Neighbours } from "./neighbours.ts";
import type { OverlayAction } from "./overlay_action.ts";
import { Rooms } from "./rooms.ts";
import { Shuffles } from "./shuffles.ts";
import { SpareLinks } from "./spare_links.ts";

export const DIAL_GRACE_MS = 2_500;
/** The other side closes a link that was let go; if not by then, we do. */
export const DROP_TIMEOUT_MS = 5_000;

export interface OverlayOptions {
  self: PeerId;
  random: Random;
}

export class Overlay {
  readonly #self: PeerId;
  readonly #random: Random;
  readonly #contacts: Contacts;
  readonly #rooms: Rooms;
  readonly #neighbours = new Neighbours();
  readonly #dialing: Dialing;
  readonly #deadlines: Deadlines;
  readonly #directory: Directory;
  readonly #news: NeighbourNews;
  readonly #shuffles: Shuffles;
  readonly #spares: SpareLinks;
  #latest = 0;

  constructor({ self, random }: OverlayOptions) {
    this.#self = self;
    this.#random = random;
    this.#contacts = new Contacts(random);
    this.#rooms = new Rooms(this.#contacts);
    this.#news = new NeighbourNews(this.#rooms);
    this.#shuffles = new Shuffles({ self, random, rooms: this.#rooms });
    const parts = {
      random,
      contacts: this.#contacts,
      rooms: this.#rooms,
      neighbours: this.#neighbours,
    };
    this.#spares = new SpareLinks(parts);
    this.#dialing = new Dialing(parts);
    this.#deadlines = new Deadlines({ ...parts, dialing: this.#dialing });
    this.#directory = new Directory({ self, ...parts });
  }

  contact(peer: PeerId): Contact | undefined {
    return this.#contacts.get(peer);
  }

  contacts(): IterableIterator<Contact> {
    return this.#contacts[Symbol.iterator]();
  }

  /** How many are in `channel`, ourselves included. */
  sizeOf(channel: ChannelName): number {
    return this.#rooms.sizeOf(channel);
  }

  /** Whether all members of `channel` are linked to each other. */
  isFullMesh(channel: ChannelName): boolean {
    return this.#rooms.isFullMesh(channel);
  }

  /** Peers to whom at least one of `through` is linked. */
  withinReach(through: Iterable<PeerId>): Set<PeerId> {
    return this.#neighbours.withinReach(through);
  }

  /** A neighbour to pass signals for `peer`, where one says it is linked. */
  relayTo(peer: PeerId): PeerId | undefined {
    return this.#neighbours.relayTo(peer);
  }

  /** When `tick` has something to do, ms since 1970; Infinity for never. */
  get dueAt(): number {
    return Math.min(
      this.#news.dueAt,
      this.#spares.dueAt,
      this.#shuffles.dueAt,
      this.#deadlines.dueAt,
      this.#dialing.dueAt(this.#latest),
    );
  }

  join(channel: ChannelName): void {
    this.#rooms.join(channel);
  }

  leave(channel: ChannelName): void {
    this.#news.forget(channel);
    for (const { peer } of this.#rooms.members(channel)) {
      this.#directory.remove(channel, peer);
    }
    this.#rooms.leave(channel);
  }

  /** The tracker told how many are in `channel`. */
  resized(channel: ChannelName, size: number, now: number): OverlayAction[] {
    this.#rooms.resized(channel, size);
    return this.tick(now);
  }

  /** The tracker can, or can no longer, pass our signals on. */
  setSignaling(works: boolean, now: number): OverlayAction[] {
    this.#rooms.signaling = works;
    if (works) {
      for (const contact of this.#contacts) {
        delete contact.unknownToTracker;
        if (contact.state !== "lost" || contact.channels.size === 0) continue;
        this.#contacts.rest(contact, { now, ms: 0 });
      }
      this.retryNow(now);
    } else {
      for (const { channel, peers } of this.#neighbours.named()) {
        this.#introduce(channel, peers, now);
      }
    }
    return this.tick(now);
  }

  /** Forgets all back-off: the network came back, or a person asked. */
  retryNow(now: number): void {
    for (const contact of this.#contacts) {
      if (contact.state !== "waiting") continue;
      contact.due = Math.min(contact.due, now);
      delete contact.heldOffUntil;
    }
  }

  /** The tracker's list of the others in a channel, or a sample of them. */
  roster({ channel, size, peers }: Roster, now: number): OverlayAction[] {
    if (!this.#rooms.has(channel)) return [];
    this.#rooms.resized(channel, size);
    const named = new Set(peers.map(({ peer }) => peer));
    // A sample says nothing of those whom it leaves out.
    const isWhole = peers.length >= size - 1;
    const known = isWhole ? this.#contacts.ids() : [];
    const gone = known.filter((peer) => !named.has(peer));
    const actions = gone.flatMap((peer) => this.#left(channel, peer));
    this.#directory.add(channel, peers, { now, due: now, vouched: true });
    return [...actions, ...this.tick(now)];
  }

  /** A newcomer: it will dial us (rule 4). */
  joined(
    channel: ChannelName,
    { peer, user, size }: PeerInfo & { size: number },
    now: number,
  ): OverlayAction[] {
    this.#rooms.resized(channel, size);
    const due = now + DIAL_GRACE_MS;
    this.#directory.add(channel, [{ peer, user }], { now, due, vouched: true });
    return this.tick(now);
  }

  /** The tracker says that it left `channel`; a link that lives is kept. */
  left(
    channel: ChannelName,
    { peer, size }: { peer: PeerId; size: number },
    now: number,
  ): OverlayAction[] {
    this.#rooms.resized(channel, size);
    return [...this.#left(channel, peer), ...this.tick(now)];
  }

  /** It dials us; false where it may not be linked to. */
  called(info: PeerInfo, seeks: Seeks | undefined, now: number): boolean {
    this.#followClock(now);
    const known = this.#contacts.get(info.peer);
    if ((known?.heldOffUntil ?? 0) > now) return false;
    const replaces = known?.state === "linked" || known?.state === "dialing";
    const isTaken = replaces
      ? this.#dialing.mayReplace(now)
      : this.#dialing.takes(seeks, now);
    if (!isTaken) return false;
    const how = { now, due: now, vouched: false };
    const contact = this.#contacts.meet(info, how);
    if (contact === undefined || this.isBanned(info.peer, now)) return false;
    if (contact.state === "linked") this.#lost(contact, now);
    if (seeks !== undefined && this.#rooms.has(seeks.channel)) {
      contact.channels.add(seeks.channel);
    }
    this.#contacts.enter(contact, "dialing", now);
    contact.due = now + DIAL_TIMEOUT_MS;
    delete contact.said;
    delete contact.dropping;
    return true;
  }

  /** Its certificate says whose device it is; the tracker is not asked any more. */
  opened(
    { peer, user, device }: { peer: PeerId; user: string; device: DeviceKey },
    now: number,
  ): void {
    const contact = this.#contacts.get(peer);
    if (contact === undefined) return;
    this.#contacts.opened(contact, now);
    contact.user = user;
    contact.device = device;
    contact.vouched = true;
  }

  /** Its hello does not hold: it may not be at fault, but is not linked to. */
  refused(
    peer: PeerId,
    refusal: HelloRefusal,
    now: number,
  ): OverlayAction[] {
    const contact = this.#contacts.get(peer);
    if (contact !== undefined) this.#contacts.holdOff(contact, refusal, now);
    return [{ type: "hang-up", peer }, ...this.tick(now)];
  }

  /** A linked peer says in which channels it is. */
  greeted(
    peer: PeerId,
    channels: ChannelName[],
    now: number,
  ): OverlayAction[] {
    const contact = this.#contacts.get(peer);
    if (contact === undefined) return [];
    contact.said = new Set(channels);
    for (const channel of this.#rooms) {
      if (!contact.said.has(channel)) continue;
      contact.channels.add(channel);
      this.#news.changed(channel, now);
    }
    return this.tick(now);
  }

  /** A linked peer says that it joined or left `channel`. */
  membership(
    peer: PeerId,
    { channel, joined }: { channel: ChannelName; joined: boolean },
    now: number,
  ): OverlayAction[] {
    const contact = this.#contacts.get(peer);
    if (contact?.said === undefined) return [];
    if (joined) contact.said.add(channel);
    else contact.said.delete(channel);
    if (!this.#rooms.has(channel)) return [];
    if (joined) contact.channels.add(channel);
    else contact.channels.delete(channel);
    this.#news.changed(channel, now);
    return this.tick(now);
  }

  /** What a linked peer says of links. */
  receive(
    from: PeerId,
    message: OverlayMessage,
    now: number,
  ): OverlayAction[] {
    const contact = this.#contacts.get(from);
    if (contact?.state !== "linked") return [];
    switch (message.type) {
      case "neighbours-changed":
        return this.#neighbourSays(from, message, now);
      case "shuffle":
      case "shuffle-reply": {
        const { met, actions } = this.#shuffles.receive(from, message, now);
        const how = { now, due: now, vouched: false };
        this.#directory.add(message.channel, met, how);
        return [...actions, ...this.tick(now)];
      }
      case "relay-failed":
        this.#neighbours.remove(from, message.to);
        return this.unreachable(message.to, now);
      case "link-dropped":
        contact.dropping = true;
        contact.due = now;
        return this.tick(now);
      default:
        return [];
    }
  }

  /** Rule 8: somebody said that it holds what is sought in `channel`. */
  meet(info: PeerInfo, channel: ChannelName, now: number): OverlayAction[] {
    const how = { now, due: now, vouched: false };
    this.#directory.add(channel, [info], how);
    const holder = this.#dialing.holder(info.peer, channel, now);
    return holder === undefined ? [] : [this.#dial(holder, now)];
  }

  /** Pieces of a file are wanted over the link to `peer`: it is not let go. */
  inUse(peer: PeerId, now: number): void {
    const contact = this.#contacts.get(peer);
    if (contact !== undefined) contact.usedAt = now;
  }

  /** No signal gets to `peer` the way that it went. */
  unreachable(peer: PeerId, now: number): OverlayAction[] {
    const contact = this.#contacts.get(peer);
    if (contact === undefined || contact.state === "linked") return [];
    contact.unknownToTracker = true;
    if (this.relayTo(peer) === undefined) {
      this.#contacts.delete(peer);
      return [{ type: "hang-up", peer }, ...this.tick(now)];
    }
    if (contact.state !== "dialing") return [];
    this.#contacts.wait(contact, { now, wasLinked: false });
    return [{ type: "hang-up", peer }, ...this.tick(now)];
  }

  /** A connection, open or not, was closed: it counts for a while. */
  connectionEnded(now: number): void {
    this.#dialing.ended(now);
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
    if (wasLinked) this.#lost(contact, now);
    if (problem === "no-route" || problem === "no-answer") {
      contact.problem = problem;
    }
    if (contact.dropping) {
      this.#contacts.rest(contact, { now, ms: REST_MS });
    } else if (!this.#deadlines.hasLeft(contact, { wasLinked, problem })) {
      this.#contacts.wait(contact, { now, wasLinked });
    } else if (problem !== undefined) this.#deadlines.showAway(contact, now);
    else this.#contacts.delete(peer);
    return this.tick(now);
  }

  /** The peer broke the protocol: no link for BAN_MS, nor to its device. */
  ban(peer: PeerId, now: number): OverlayAction[] {
    const device = this.#contacts.get(peer)?.device;
    const pages = device === undefined ? [] : this.#contacts.ofDevice(device);
    const peers = new Set([peer, ...pages.map(({ peer }) => peer)]);
    for (const one of peers) {
      const contact = this.#contacts.get(one);
      if (contact?.state === "linked") this.#lost(contact, now);
      this.#contacts.ban(one, now);
    }
    if (device !== undefined) this.#contacts.ban(device, now);
    const hangUps = [...peers]
      .map((one): OverlayAction => ({ type: "hang-up", peer: one }));
    return [...hangUps, ...this.tick(now)];
  }

  isBanned(id: PeerId | DeviceKey, now: number): boolean {
    return this.#contacts.isBanned(id, now);
  }

  /** Acts on everything whose time has come; keeps the rules. */
  tick(now: number): OverlayAction[] {
    this.#followClock(now);
    return [
      ...this.#expire(now),
      ...this.#news.tick(now),
      ...this.#letGo(now),
      ...this.#fill(now),
      ...this.#shuffles.tick(now),
    ];
  }

  /** A clock that is set back must not make everything wait. */
  #followClock(now: number): void {
    const back = this.#latest - now;
    this.#latest = now;
    if (back < ASLEEP_MS) return;
    this.#contacts.shift(back);
    this.#dialing.shift(back);
    this.#shuffles.shift(back);
    this.#news.shift(back);
    this.#spares.shift(back);
  }

  /** Rules 5 and 7; closes what was let go and the other side did not. */
  #expire(now: number): OverlayAction[] {
    return this.#deadlines.tick(now).map(({ contact, wasLinked }) => {
      if (wasLinked) this.#lost(contact, now);
      this.#deadlines.settle(contact, now);
      return { type: "hang-up", peer: contact.peer };
    });
  }

  /** Rule 3. */
  #letGo(now: number): OverlayAction[] {
    const contact = this.#spares.tick(now);
    if (contact === undefined) return [];
    contact.dropping = true;
    contact.due = now + DROP_TIMEOUT_MS;
    for (const channel of this.#rooms.shared(contact)) {
      this.#news.changed(channel, now);
    }
    const message = { type: "link-dropped" } as const;
    return [{ type: "send", to: contact.peer, message }];
  }

  /** Rules 1, 2 and 6: dials whom the channels want. */
  #fill(now: number): OverlayAction[] {
    const actions: OverlayAction[] = [];
    let next = this.#dialing.next(now);
    for (; next !== undefined; next = this.#dialing.next(now)) {
      actions.push(this.#dial(next, now));
    }
    for (const channel of this.#dialing.relist(now)) {
      actions.push({ type: "list-peers", channel });
    }
    return actions;
  }

  #dial({ contact, seeks }: Candidate, now: number): OverlayAction {
    this.#contacts.enter(contact, "dialing", now);
    contact.due = now + DIAL_TIMEOUT_MS;
    return { type: "dial", peer: contact.peer, seeks };
  }

  #neighbourSays(
    from: PeerId,
    message: NeighboursChanged,
    now: number,
  ): OverlayAction[] {
    this.#neighbours.set(from, message);
    if (this.#rooms.signaling) return [];
    this.#introduce(message.channel, message.peers, now);
    return this.tick(now);
  }

  /** Rule 6: without the tracker, whom a neighbour names is met through it. */
  #introduce(channel: ChannelName, peers: PeerInfo[], now: number): void {
    const due = now + DIAL_GRACE_MS * this.#random();
    this.#directory.add(channel, peers, { now, due, vouched: false });
  }

  #left(channel: ChannelName, peer: PeerId): OverlayAction[] {
    const forgotten = this.#directory.remove(channel, peer);
    return forgotten ? [{ type: "hang-up", peer }] : [];
  }

  /** It was linked and no longer is. */
  #lost(contact: Contact, now: number): void {
    this.#neighbours.delete(contact.peer);
    this.#shuffles.forget(contact.peer);
    for (const channel of this.#rooms.shared(contact)) {
      this.#news.changed(channel, now);
    }
  }
}
