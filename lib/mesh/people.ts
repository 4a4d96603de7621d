/**
 * Who is in a channel and how each is reached, out of what the tracker, the
 * links and the neighbours say. Pure.
 * @module
 */
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { PeerInfo } from "../wire/tracker_api.ts";
import type { Person, PersonState } from "./chat.ts";
import type { LinkPath } from "./link.ts";
import type { Contact } from "./contacts.ts";

export interface PeopleSources {
  contacts: Iterable<Contact>;
  /** Linked peers that say they are in the channel. */
  members: ReadonlySet<PeerId>;
  pathOf(peer: PeerId): LinkPath | undefined;
  /** Peers to whom some linked member of the channel is linked. */
  withinReach: ReadonlySet<PeerId>;
  trackerWorks: boolean;
  /** A channel too large for a full mesh, in which we have a link. */
  inTree: boolean;
}

/** The others in `channel`, by name and then by peer id. */
export function peopleIn(
  channel: ChannelName,
  sources: PeopleSources,
): Person[] {
  const people: Person[] = [];
  for (const contact of sources.contacts) {
    const isHere = sources.members.has(contact.peer) ||
      contact.channels.has(channel) ||
      (contact.state === "lost" && contact.lastChannel === channel);
    if (!isHere) continue;
    const { peer, user, problem } = contact;
    const state = stateOf(contact, sources);
    const person: Person = { peer, user, state };
    if (problem !== undefined && state !== "direct") person.problem = problem;
    people.push(person);
  }
  return people.sort(byName);
}

function stateOf(contact: Contact, sources: PeopleSources): PersonState {
  const path = sources.pathOf(contact.peer);
  if (path === "direct" || path === "relayed") return path;
  const isHere = contact.channels.size > 0;
  if (isHere && sources.withinReach.has(contact.peer)) return "relayed";
  // What is said goes from member to member; no link of our own is sought.
  const knownHere = isHere && contact.state !== "lost";
  if (knownHere && sources.inTree && path === undefined) return "relayed";
  const isAway = path === "interrupted" || contact.state === "lost" ||
    !sources.trackerWorks;
  if (isAway) return "away";
  return "connecting";
}

function byName(a: PeerInfo, b: PeerInfo): number {
  return a.user.localeCompare(b.user) || (a.peer < b.peer ? -1 : 1);
}
