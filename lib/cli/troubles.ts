/**
 * From what fails to what a person at a terminal reads.
 * @module
 */
import type { Trouble } from "../mesh/chat.ts";

export const TROUBLES: Record<Exclude<Trouble, "none">, string> = {
  "no-webrtc":
    "No links can be opened: the library for this machine is missing",
  "no-server":
    "The server does not answer. Those you are linked to still hear you; it is tried again",
  "no-tracker":
    "The tracker does not answer. Those you are linked to still hear you; it is tried again",
  "signed-out":
    "Your session has ended. Leave with /quit and start again to log in",
  "no-peer": "Others are here, but no link to any of them can be opened yet",
};
