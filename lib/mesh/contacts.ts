/**
 * The peers that this one knows of, linked or not: where each was seen, when it
 * may be dialled again, and who is kept off. Memory of the overlay; it decides
 * nothing.
 * @module
 */
import type { DeviceKey } from "../wire/device_key.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { HelloRefusal, LinkRefusal } from "./link_handshake.ts";
import type { PeerInfo } from "../wire/tracker_api.ts";
import type { Random } from "../random.ts";

export const RETRY_MIN_MS = 500;
export const RETRY_MAX_MS = 60_000;
/** Doubled no more often than that: it is past RETRY_MAX_MS by then. */
const DOUBLINGS_MAX = 10;
/** About so long after a hello that did not hold there is another try. */
export const REFUSED_REST_MS = 30_000;
/** A peer that broke the protocol is not linked to again before this. */
export const BAN_MS = 600_000;
/** Peers remembered, named by others or banned. */
export const CONTACTS_MAX = 2_000;

/** Why there is no link, where one was tried. */
export type ContactProblem = "no-route" | "no-answer" | LinkRefusal;

export type ContactState = "waiting" | "dialing" | "linked" | "lost";

/** A peer that the tracker or a neighbour named, or that called us. */
export interface Contact extends PeerInfo {
  state: ContactState;
  /** Channels in which anybody saw it. */
  channels: Set<ChannelName>;
  /** Those in which it says it is, once it is linked. */
  said?: Set<ChannelName>;
  /** The last one that it left. */
  lastChannel?: ChannelName;
  /** When the state is left by itself, ms since 1970. */
  due: number;
  /** When the state was entered. */
  since: number;
  /** Dials in a row that came to nothing. */
  failures: number;
  problem?: ContactProblem;
  /** Its hello did not hold: until then it is not linked to. */
  heldOffUntil?: number;
  /** Its user is what the tracker says, not only what another peer says. */
  vouched: boolean;
  /** The key of its certificate, on a link that was verified: whose user it is. */
  device?: DeviceKey;
  /** The link to it broke, and it is dialled until there is one, or it left. */
  missed?: boolean;
  /** One side has links to spare: it ends soon, and is not dialled soon. */
  dropping?: boolean;
  /** When pieces of a file were last wanted over the link. */
  usedAt?: number;
  /** The tracker passes no signals on to it. */
  unknownToTracker?: boolean;
}

export class Contacts {
  readonly #contacts = new Map<PeerId, Contact>();
  /** Until when, by peer and by device. */
  readonly #banned = new Map<PeerId | DeviceKey, number>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  get(peer: PeerId): Contact | undefined {
    return this.#contacts.get(peer);
  }

  delete(peer: PeerId): void {
    this.#contacts.delete(peer);
  }

  [Symbol.iterator](): MapIterator<Contact> {
    return this.#contacts.values();
  }

  ids(): PeerId[] {
    return [...this.#contacts.keys()];
  }

  count(state: ContactState): number {
    let count = 0;
    for (const contact of this.#contacts.values()) {
      if (contact.state === state) count++;
    }
    return count;
  }

  /** The contact, new where unknown; undefined where it may not be one. */
  meet(
    info: PeerInfo,
    { now, due, vouched }: { now: number; due: number; vouched: boolean },
  ): Contact | undefined {
    const known = this.#contacts.get(info.peer);
    if (known !== undefined) {
      if (vouched && known.device === undefined) {
        known.user = info.user;
        known.vouched = true;
      }
      return known;
    }
    const full = this.#contacts.size >= CONTACTS_MAX;
    if (full || this.isBanned(info.peer, now)) return undefined;
    const contact: Contact = {
      peer: info.peer,
      user: info.user,
      state: "waiting",
      channels: new Set(),
      due,
      since: now,
      failures: 0,
      vouched,
    };
    this.#contacts.set(info.peer, contact);
    return contact;
  }

  /** The next dial is due after a jittered, doubling back-off. */
  wait(
    contact: Contact,
    { now, wasLinked }: { now: number; wasLinked: boolean },
  ): void {
    contact.failures = wasLinked ? 0 : contact.failures + 1;
    const backOff = Math.min(
      RETRY_MAX_MS,
      RETRY_MIN_MS * 2 ** Math.min(contact.failures, DOUBLINGS_MAX),
    );
    const isMissed = wasLinked || contact.missed;
    this.rest(contact, { now, ms: backOff * (0.5 + this.#random()) });
    if (isMissed) contact.missed = true;
  }

  /** Not linked, and not to be dialled for `ms`. */
  rest(contact: Contact, { now, ms }: { now: number; ms: number }): void {
    contact.state = "waiting";
    contact.since = now;
    contact.due = now + ms;
    delete contact.said;
    delete contact.dropping;
    delete contact.missed;
  }

  enter(contact: Contact, state: ContactState, now: number): void {
    contact.state = state;
    contact.since = now;
  }

  /** The link to it is open and verified. */
  opened(contact: Contact, now: number): void {
    this.enter(contact, "linked", now);
    contact.due = Infinity;
    contact.failures = 0;
    delete contact.problem;
    delete contact.heldOffUntil;
    delete contact.dropping;
    delete contact.missed;
  }

  /** Its hello did not hold: not linked, nor to be for a while. */
  holdOff(contact: Contact, refusal: HelloRefusal, now: number): void {
    if (refusal === "revoked") {
      // With another password, its device gets another certificate just now.
      this.wait(contact, { now, wasLinked: false });
    } else {
      contact.problem = refusal;
      const ms = REFUSED_REST_MS * (0.5 + this.#random());
      this.rest(contact, { now, ms });
    }
    contact.heldOffUntil = contact.due;
  }

  /** The peers that were shown to be that device's. */
  ofDevice(device: DeviceKey): Contact[] {
    return [...this.#contacts.values()].filter((one) => one.device === device);
  }

  /** A peer, or a device, broke the protocol: no link for BAN_MS. */
  ban(id: PeerId | DeviceKey, now: number): void {
    this.#banned.delete(id);
    this.#banned.set(id, now + BAN_MS);
    const [oldest] = this.#banned.keys();
    if (this.#banned.size > CONTACTS_MAX && oldest !== undefined) {
      this.#banned.delete(oldest);
    }
    this.#contacts.delete(id);
  }

  isBanned(id: PeerId | DeviceKey, now: number): boolean {
    return (this.#banned.get(id) ?? 0) > now;
  }

  /** The clock was set back by `ms`: what was due is due as much earlier. */
  shift(ms: number): void {
    for (const contact of this.#contacts.values()) {
      contact.due -= ms;
      contact.since -= ms;
      if (contact.usedAt !== undefined) contact.usedAt -= ms;
      if (contact.heldOffUntil !== undefined) contact.heldOffUntil -= ms;
    }
    for (const [id, until] of this.#banned) {
      this.#banned.set(id, until - ms);
    }
  }
}

/** Whether it is in `channel`: as it says itself where it is linked. */
export function isMember(contact: Contact, channel: ChannelName): boolean {
  return (contact.said ?? contact.channels).has(channel);
}
