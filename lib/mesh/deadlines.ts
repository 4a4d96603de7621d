/**
 * What becomes of contacts whose time is over: dials that nobody answered, links
 * that were let go and not closed, people shown as away. Pure.
 *
 * A deadline that is over by more than ASLEEP_MS was slept through: the network
 * and the other side get the whole time again.
 * @module
 */
import type { Contact, Contacts } from "./contacts.ts";
import type { Dialing } from "./dialing.ts";
import type { LinkProblem } from "./link.ts";
import type { Rooms } from "./rooms.ts";

export const DIAL_TIMEOUT_MS = 15_000;
/** How long someone who was lost is still shown. */
export const AWAY_MS = 20_000;
/** Who was let go is not dialled for so long. */
export const REST_MS = 60_000;
/** A timer so late means that the machine slept. */
export const ASLEEP_MS = 30_000;

export class Deadlines {
  readonly #contacts: Contacts;
  readonly #rooms: Rooms;
  readonly #dialing: Dialing;

  constructor(
    { contacts, rooms, dialing }: {
      contacts: Contacts;
      rooms: Rooms;
      dialing: Dialing;
    },
  ) {
    this.#contacts = contacts;
    this.#rooms = rooms;
    this.#dialing = dialing;
  }

  /** The next one, Infinity for none. */
  get dueAt(): number {
    let next = Infinity;
    for (const { state, dropping, due } of this.#contacts) {
      const ends = state === "linked" ? dropping : state !== "waiting";
      if (ends) next = Math.min(next, due);
    }
    return next;
  }

  /** Those to hang up on, as they were until now. */
  tick(now: number): { contact: Contact; wasLinked: boolean }[] {
    const over: { contact: Contact; wasLinked: boolean }[] = [];
    for (const contact of this.#contacts) {
      if (contact.state === "waiting") this.#giveUpWaiting(contact, now);
      else if (contact.due <= now && !this.#sleptThrough(contact, now)) {
        over.push({ contact, wasLinked: contact.state === "linked" });
      }
    }
    return over;
  }

  /** It has ended as `tick` said; `wasLinked`, because it was let go. */
  settle(contact: Contact, now: number): void {
    if (contact.state === "lost") this.#contacts.delete(contact.peer);
    else if (contact.dropping) {
      this.#contacts.rest(contact, { now, ms: REST_MS });
    } else {
      contact.problem ??= "no-answer";
      this.#contacts.wait(contact, { now, wasLinked: false });
    }
  }

  /** Whether a link that has ended means that the peer is gone. */
  hasLeft(
    contact: Contact,
    { wasLinked, problem }: {
      wasLinked: boolean;
      problem: LinkProblem | undefined;
    },
  ): boolean {
    if (!this.#rooms.signaling) return false;
    if (contact.channels.size === 0) return true;
    // The tracker tells only some members of a large channel who has left.
    return wasLinked && problem === undefined &&
      this.#rooms.shared(contact)
        .every((channel) => !this.#rooms.isFullMesh(channel));
  }

  /** Shown for a while as somebody who was here a moment ago. */
  showAway(contact: Contact, now: number): void {
    const [channel] = contact.channels;
    if (channel !== undefined) contact.lastChannel = channel;
    contact.state = "lost";
    contact.since = now;
    contact.due = now + AWAY_MS;
    delete contact.said;
  }

  #sleptThrough(contact: Contact, now: number): boolean {
    if (now - contact.due <= ASLEEP_MS || contact.dropping) return false;
    const wholeMs = contact.state === "lost" ? AWAY_MS : DIAL_TIMEOUT_MS;
    contact.due = now + wholeMs;
    return true;
  }

  /** Nobody leads to it and the tracker is away: it may never be back. */
  #giveUpWaiting(contact: Contact, now: number): void {
    if (this.#dialing.isReachable(contact)) return;
    const small = this.#rooms.shared(contact)
      .some((channel) => this.#rooms.isFullMesh(channel));
    if (small) this.showAway(contact, now);
  }
}
