/**
 * From what failed to what a person reads: a sentence, what to do next, and
 * the one button that helps. The only place where a code becomes a text.
 * @module
 */
import type { Trouble } from "../mesh/chat.ts";
import { CHANNEL_NAME_CHARS_MAX, channelNameOf } from "../wire/names.ts";
import type { ErrorCode } from "../wire/wire_error.ts";
import type { Advice } from "./site_words.ts";
import type { ChatWords } from "./words.ts";

/** What the button of a notice does. */
export type Remedy = "retry" | "log-in" | "reload" | "none";

export interface Notice extends Advice {
  remedy: Remedy;
}

const REMEDIES: Record<Exclude<Trouble, "none">, Remedy> = {
  "no-webrtc": "none",
  "no-server": "retry",
  "no-tracker": "retry",
  "signed-out": "log-in",
  "no-peer": "retry",
};

/** The banner for a trouble; undefined where all legs work. */
export function troubleNotice(
  trouble: Trouble,
  words: ChatWords,
): Notice | undefined {
  if (trouble === "none") return undefined;
  return { ...words.trouble[trouble], remedy: REMEDIES[trouble] };
}

export type ChannelNameFault =
  | "empty"
  | "too-long"
  | "bad-character"
  | "reserved";

/** The first rule that `typed` breaks; undefined where it names a channel. */
export function channelNameFault(typed: string): ChannelNameFault | undefined {
  if (channelNameOf(typed) !== undefined) return undefined;
  const name = typed.trim().replace(/^#/, "").normalize("NFC");
  if (name === "") return "empty";
  if (!/^[\p{L}\p{M}\p{N}_-]+$/u.test(name)) return "bad-character";
  if ([...name].length > CHANNEL_NAME_CHARS_MAX) return "too-long";
  return "reserved";
}

/** What was asked for and not done. */
export type RequestFault =
  | "change-failed"
  | "channel-limit"
  | "forbidden-origin"
  | "join-failed"
  | "outdated-page"
  | "server-busy"
  | "server-full";

/** The tracker's codes that a person can do something about. */
const REQUEST_FAULTS: Partial<Record<ErrorCode, RequestFault>> = {
  "channel-limit": "channel-limit",
  "forbidden-origin": "forbidden-origin",
  "peer-limit": "server-full",
  "too-many-requests": "server-busy",
  "unsupported-version": "outdated-page",
};

/**
 * What to say of a request that the tracker refused; undefined where the peer
 * deals with it alone (a signal to someone who just left).
 */
export function requestFault(code: ErrorCode): RequestFault | undefined {
  return REQUEST_FAULTS[code];
}

/** Why a channel was not joined: a RangeError is a limit that was reached. */
export function joinFault(error: unknown): RequestFault {
  return error instanceof RangeError ? "channel-limit" : "join-failed";
}
