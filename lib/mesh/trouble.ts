/**
 * Which leg on the way to the others fails first. Pure.
 * @module
 */
import type { Trouble } from "./chat.ts";
import type { Contact } from "./contacts.ts";
import type { IdentityFault } from "./identity_http.ts";
import type { TrackerFault } from "./tracker_client.ts";

/** What keeps us from the tracker: itself, or that we can't show who we are. */
export type EntryFault = TrackerFault | Exclude<IdentityFault, "refused">;

/** Dials in a row that must fail before a person is told of it. */
const FAILURES_TOLD = 2;

export function findTrouble({ hasWebRtc, entryFault, contacts }: {
  hasWebRtc: boolean;
  entryFault: EntryFault | undefined;
  contacts: Iterable<Contact>;
}): Trouble {
  if (!hasWebRtc) return "no-webrtc";
  if (entryFault !== undefined) return entryFault;
  let tried = false;
  for (const { state, failures } of contacts) {
    if (state === "linked") return "none";
    if (failures >= FAILURES_TOLD) tried = true;
  }
  return tried ? "no-peer" : "none";
}
