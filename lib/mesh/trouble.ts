/**
 * Which leg on the way to the others fails first. Pure.
 * @module
 */
import type { Trouble } from "./chat.ts";
import type { Contact } from "./contacts.ts";
import type { TrackerFault } from "./tracker_client.ts";

/** Dials in a row that must fail before a person is told of it. */
const FAILURES_TOLD = 2;

export function findTrouble({ hasWebRtc, trackerFault, contacts }: {
  hasWebRtc: boolean;
  trackerFault: TrackerFault | undefined;
  contacts: Iterable<Contact>;
}): Trouble {
  if (!hasWebRtc) return "no-webrtc";
  if (trackerFault !== undefined) return trackerFault;
  let tried = false;
  for (const { state, failures } of contacts) {
    if (state === "linked") return "none";
    if (failures >= FAILURES_TOLD) tried = true;
  }
  return tried ? "no-peer" : "none";
}
