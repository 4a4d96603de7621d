/**
 * Who is known to be in which channel, as the tracker, neighbours and peers
 * themselves say: all members of a small channel, a bounded number of a large
 * one (the passive view). Pure.
 * @module
 */
import type { Random } from "../random.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { PeerInfo } from "../wire/tracker_api.ts";
import type { Contact, Contacts } from "./contacts.ts";
import type { Rooms } from "./rooms.ts";

/** Whom we know of a large channel without being linked; a class, and more. */
export const PASSIVE_MAX = 50;

export interface NamedHow {
  now: number;
  /** When it may be dialled. */
  due: number;
  /** The tracker says so, not another peer. */
  vouched: boolean;
}

export class Directory {
  readonly #self: PeerId;
  readonly #random: Random;
  readonly #contacts: Contacts;
  readonly #rooms: Rooms;

  constructor(
    { self, random, contacts, rooms }: {
      self: PeerId;
      random: Random;
      contacts: Contacts;
      rooms: Rooms;
    },
  ) {
    this.#self = self;
    this.#random = random;
    this.#contacts = contacts;
    this.#rooms = rooms;
  }

  /** These are in `channel`. */
  add(channel: ChannelName, peers: PeerInfo[], how: NamedHow): void {
    if (!this.#rooms.has(channel)) return;
    for (const info of peers) this.#add(channel, info, how);
    if (!this.#rooms.isFullMesh(channel)) this.#bound(channel);
  }

  /** It left `channel`; true where it is forgotten for that. */
  remove(channel: ChannelName, peer: PeerId): boolean {
    const contact = this.#contacts.get(peer);
    if (contact === undefined || !contact.channels.delete(channel)) {
      return false;
    }
    contact.lastChannel = channel;
    const stays = contact.channels.size > 0 || contact.state === "linked" ||
      contact.state === "lost";
    if (!stays) this.#contacts.delete(peer);
    return !stays;
  }

  #add(channel: ChannelName, info: PeerInfo, how: NamedHow): void {
    if (info.peer === this.#self) return;
    const contact = this.#contacts.meet(info, how);
    if (contact === undefined) return;
    contact.channels.add(channel);
    if (how.vouched) delete contact.unknownToTracker;
    if (contact.state !== "lost") return;
    this.#contacts.rest(contact, { now: how.now, ms: how.due - how.now });
  }

  /** Forgets some of those that only large channels know and none is linked. */
  #bound(channel: ChannelName): void {
    const passive = this.#rooms.members(channel)
      .filter((contact) => this.#isPassive(contact));
    while (passive.length > PASSIVE_MAX) {
      const failing = passive.findIndex(({ failures }) => failures > 0);
      const any = Math.floor(this.#random() * passive.length);
      const [contact] = passive.splice(failing < 0 ? any : failing, 1);
      if (contact !== undefined) this.#contacts.delete(contact.peer);
    }
  }

  #isPassive(contact: Contact): boolean {
    return contact.state === "waiting" &&
      this.#rooms.shared(contact)
        .every((channel) => !this.#rooms.isFullMesh(channel));
  }
}
