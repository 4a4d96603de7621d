/**
 * Whom to dial next, and whether a caller is taken: out of what the channels
 * want, who can be reached, and how many connections there may be. Pure.
 * @module
 */
import type { Random } from "../random.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { Seeks } from "../wire/signal.ts";
import type { Contact, Contacts } from "./contacts.ts";
import {
  ATTEMPTS_MAX,
  DIALS_MAX,
  LinkBudget,
  LINKS_DIALED_MAX,
  LINKS_MAX,
} from "./link_budget.ts";
import type { Neighbours } from "./neighbours.ts";
import { type Rooms, URGENT_BELOW } from "./rooms.ts";

/** How often the tracker is asked for others when all known ones fail. */
export const RELIST_MS = 10_000;

export interface DialingOptions {
  random: Random;
  contacts: Contacts;
  rooms: Rooms;
  neighbours: Neighbours;
}

export interface Candidate {
  contact: Contact;
  seeks: Seeks;
}

export class Dialing {
  readonly #random: Random;
  readonly #contacts: Contacts;
  readonly #rooms: Rooms;
  readonly #neighbours: Neighbours;
  readonly #budget = new LinkBudget();
  #relistAt = 0;

  constructor({ random, contacts, rooms, neighbours }: DialingOptions) {
    this.#random = random;
    this.#contacts = contacts;
    this.#rooms = rooms;
    this.#neighbours = neighbours;
  }

  /** When there is somebody to dial, or others to be asked for. */
  dueAt(now: number): number {
    const relistAt = this.#starving().length > 0 ? this.#relistAt : Infinity;
    if (!this.#mayDial) return relistAt;
    const wanted = this.#wanted();
    let due = Infinity;
    for (const contact of this.#contacts) {
      if (contact.state !== "waiting" || contact.due >= due) continue;
      const isWanted = this.#wantedFor(contact, wanted).length > 0;
      if (isWanted && this.isReachable(contact)) due = contact.due;
    }
    if (due <= now && !this.#budget.hasRoom(this.linkCount, now)) {
      // Only ended connections keep us from it: wait until one is forgotten.
      due = this.#budget.freeAt;
    }
    return Math.min(due, relistAt);
  }

  /** Links open or being opened. */
  get linkCount(): number {
    return this.#contacts.count("linked") + this.#contacts.count("dialing");
  }

  /** A connection, open or not, was closed: it counts for a while. */
  ended(now: number): void {
    this.#budget.ended(now);
  }

  /** Of the channels poorest in links, one whom the most channels want. */
  next(now: number): Candidate | undefined {
    if (!this.#mayDial || !this.#budget.hasRoom(this.linkCount, now)) return;
    const wanted = this.#wanted();
    let best: { contact: Contact; channel: ChannelName } | undefined;
    let bestRank = -Infinity;
    for (const contact of this.#contacts) {
      if (contact.state !== "waiting" || contact.due > now) continue;
      if (!this.isReachable(contact)) continue;
      const shared = this.#wantedFor(contact, wanted);
      const linksIn = (name: ChannelName) => wanted.get(name) ?? LINKS_MAX;
      const [channel] = shared.sort((a, b) => linksIn(a) - linksIn(b));
      if (channel === undefined) continue;
      const rank = shared.length + this.#random() -
        LINKS_MAX * (linksIn(channel) + LINKS_MAX * contact.failures);
      if (rank <= bestRank) continue;
      bestRank = rank;
      best = { contact, channel };
    }
    return best && { contact: best.contact, seeks: this.#seeks(best.channel) };
  }

  /** One who holds a file that is sought, where it may be dialled now. */
  holder(
    peer: PeerId,
    channel: ChannelName,
    now: number,
  ): Candidate | undefined {
    const contact = this.#contacts.get(peer);
    if (contact?.state !== "waiting") return undefined;
    // Who was only let go as one link too many is wanted again.
    const isOff = (contact.heldOffUntil ?? 0) > now ||
      (contact.failures > 0 && contact.due > now);
    if (isOff) return undefined;
    const mayDial = this.#mayDial && this.isReachable(contact) &&
      this.#budget.hasRoom(this.linkCount, now);
    const seeks: Seeks = { channel, urgent: false, file: true };
    return mayDial ? { contact, seeks } : undefined;
  }

  /** Whether a caller, not linked so far, is taken. */
  takes(seeks: Seeks | undefined, now: number): boolean {
    return this.#budget.hasRoom(this.linkCount, now) &&
      this.#contacts.count("dialing") < ATTEMPTS_MAX &&
      (seeks === undefined || this.#rooms.takes(seeks.channel, seeks));
  }

  /** Whether a call may take the place of a link, or of an attempt at one. */
  mayReplace(now: number): boolean {
    return this.#budget.hasRoom(this.linkCount - 1, now);
  }

  /** Whether there is a way for signals to it. */
  isReachable({ peer, unknownToTracker }: Contact): boolean {
    if (this.#rooms.signaling && !unknownToTracker) return true;
    return this.#neighbours.relayTo(peer) !== undefined;
  }

  /** Channels in which the tracker is to name others now. */
  relist(now: number): ChannelName[] {
    if (this.#relistAt > now) return [];
    const starving = this.#starving();
    if (starving.length > 0) {
      this.#relistAt = now + RELIST_MS * (0.5 + this.#random());
    }
    return starving;
  }

  /** The clock was set back by `ms`. */
  shift(ms: number): void {
    this.#budget.shift(ms);
    this.#relistAt -= ms;
  }

  #seeks(channel: ChannelName): Seeks {
    const urgent = !this.#rooms.isFullMesh(channel) &&
      this.#rooms.linked(channel).length < URGENT_BELOW;
    return { channel, urgent };
  }

  get #mayDial(): boolean {
    return this.linkCount < LINKS_DIALED_MAX &&
      this.#contacts.count("dialing") < DIALS_MAX;
  }

  /** The channels that want one more link, with how many they have. */
  #wanted(): Map<ChannelName, number> {
    const wanted = new Map<ChannelName, number>();
    for (const channel of this.#rooms) {
      if (!this.#rooms.wants(channel)) continue;
      wanted.set(channel, this.#rooms.active(channel));
    }
    return wanted;
  }

  /**
   * The channels for which it would be dialled. Whom a link broke to is wanted
   * also where there are enough: where a network has parted, both halves may be
   * content, and would never find each other again.
   */
  #wantedFor(
    { channels, missed }: Contact,
    wanted: ReadonlyMap<ChannelName, number>,
  ): ChannelName[] {
    return [...channels].filter((name) =>
      wanted.has(name) || missed && this.#rooms.takes(name, { urgent: false })
    );
  }

  /** Large channels that want links and know nobody likely to give one. */
  #starving(): ChannelName[] {
    if (!this.#rooms.signaling) return [];
    return [...this.#rooms].filter((channel) =>
      !this.#rooms.isFullMesh(channel) && this.#rooms.wants(channel) &&
      !this.#rooms.members(channel).some(({ state, failures }) =>
        state === "waiting" && failures < 2
      )
    );
  }
}
