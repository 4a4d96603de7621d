/**
 * From what fails to what a person at a terminal reads.
 * @module
 */
import type { LinkRefusal, Trouble } from "../mesh/chat.ts";
import type { ErrorCode } from "../wire/wire_error.ts";

export const TROUBLES: Record<Exclude<Trouble, "none">, string> = {
  "no-webrtc":
    "No links can be opened: the library for this machine is missing",
  "no-server":
    "The server does not answer. Those you are linked to still hear you; it is tried again",
  "no-tracker":
    "The tracker does not answer. Those you are linked to still hear you; it is tried again",
  "moved":
    "The server is reached over https now: start again to be told the address",
  "signed-out":
    "Your session has ended. Leave with /quit and start again to log in",
  "too-many-requests":
    "Very many devices have signed in to this account lately. The server takes one more each minute, and it is asked again",
  "no-peer": "Others are here, but no link to any of them can be opened yet",
};

export const REFUSALS: Record<LinkRefusal, string> = {
  "no-hello": "it speaks another version",
  "bad-certificate": "its certificate is not this server's",
  expired: "its certificate has run out",
  "other-user": "somebody else answered in that place",
  "bad-proof":
    "somebody sits between you. Tell whoever runs the server, by another way",
};

/**
 * What the tracker refused and a person can do something about. With the rest
 * the peer deals alone: a signal to someone who has just left, say.
 */
export const REQUEST_FAULTS: Partial<Record<ErrorCode, string>> = {
  "channel-limit":
    "There is no room for another channel: leave one of yours first",
  "forbidden-origin":
    "The server does not accept this address: start again with the one that it printed",
  "peer-limit": "The server is full: try again once someone has left",
  "too-many-requests":
    "The server asks to slow down: what you did last may have to be done again in a moment",
  "unsupported-version":
    "The server speaks a newer version than this terminal: get that version and start again",
};
