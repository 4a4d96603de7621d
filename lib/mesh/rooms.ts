/**
 * The channels we are in, as the overlay sees them: how large each is, whether
 * all its members are linked to each other, and how many links it still wants.
 * Pure; membership is what the contacts say.
 * @module
 */
import type { ChannelName } from "../wire/names.ts";
import { type Contact, type Contacts, isMember } from "./contacts.ts";

/** Up to so many members, ourselves included, all are linked to each other. */
export const FULL_MESH_MAX = 12;
/** Links that a member of a larger channel seeks in it. */
export const ACTIVE_SOUGHT = 5;
/** Above this it lets one go whose other side has links to spare as well. */
export const ACTIVE_KEPT = 6;
/** Up to here it takes a caller. */
export const ACTIVE_MAX = 8;
/** With fewer than this it calls urgently: it may be all alone soon. */
export const URGENT_BELOW = 2;
/** Up to here it takes an urgent caller, and lets go of another one. */
export const ACTIVE_URGENT_MAX = 12;
/** Up to here it takes one who wants a file that lies here. */
export const ACTIVE_FILE_MAX = 16;

export class Rooms {
  readonly #contacts: Contacts;
  /** The size that the tracker last told; 0 where it never has. */
  readonly #told = new Map<ChannelName, number>();
  /** The tracker is there, and knows the sizes. */
  signaling = false;

  constructor(contacts: Contacts) {
    this.#contacts = contacts;
  }

  [Symbol.iterator](): MapIterator<ChannelName> {
    return this.#told.keys();
  }

  has(channel: ChannelName): boolean {
    return this.#told.has(channel);
  }

  join(channel: ChannelName): void {
    if (!this.has(channel)) this.#told.set(channel, 0);
  }

  leave(channel: ChannelName): void {
    this.#told.delete(channel);
  }

  resized(channel: ChannelName, size: number): void {
    if (this.has(channel)) this.#told.set(channel, size);
  }

  /** How many are in it, ourselves included. */
  sizeOf(channel: ChannelName): number {
    const told = this.#told.get(channel) ?? 0;
    if (told > 0 && this.signaling) return told;
    return Math.max(told, this.members(channel).length + 1);
  }

  isFullMesh(channel: ChannelName): boolean {
    return this.sizeOf(channel) <= FULL_MESH_MAX;
  }

  /** The contacts that are in `channel`. */
  members(channel: ChannelName): Contact[] {
    const members: Contact[] = [];
    for (const contact of this.#contacts) {
      if (contact.state !== "lost" && isMember(contact, channel)) {
        members.push(contact);
      }
    }
    return members;
  }

  /** Members linked for good. */
  linked(channel: ChannelName): Contact[] {
    return this.members(channel)
      .filter(({ state, dropping }) => state === "linked" && !dropping);
  }

  /** Members linked for good, or soon. */
  active(channel: ChannelName): number {
    return this.members(channel).filter(({ state, dropping }) =>
      state === "dialing" || (state === "linked" && !dropping)
    ).length;
  }

  /** Whether one more link in `channel` is wanted. */
  wants(channel: ChannelName): boolean {
    return this.isFullMesh(channel) || this.active(channel) < ACTIVE_SOUGHT;
  }

  /** Whether a caller that seeks a link in `channel` is taken. */
  takes(
    channel: ChannelName,
    { urgent, file = false }: { urgent: boolean; file?: boolean },
  ): boolean {
    if (!this.has(channel)) return false;
    if (this.isFullMesh(channel)) return true;
    const most = urgent ? ACTIVE_URGENT_MAX : ACTIVE_MAX;
    return this.active(channel) < (file ? ACTIVE_FILE_MAX : most);
  }

  /** Whether a link in `channel` could be lost without seeking another. */
  hasSpare(channel: ChannelName): boolean {
    return !this.isFullMesh(channel) &&
      this.linked(channel).length > ACTIVE_KEPT;
  }

  /** The channels that we share with `contact`. */
  shared(contact: Contact): ChannelName[] {
    return [...this].filter((channel) => isMember(contact, channel));
  }
}
