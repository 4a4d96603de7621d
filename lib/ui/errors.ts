/**
 * From what was refused to the fault that a person reads of. The texts are in
 * words_later.ts.
 * @module
 */
import { CHANNEL_NAME_CHARS_MAX, channelNameOf } from "../wire/names.ts";
import type { ErrorCode } from "../wire/wire_error.ts";

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
