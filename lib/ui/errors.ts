/**
 * From what was refused to the fault that a person reads of. The texts are in
 * words_later.ts.
 * @module
 */
import type { ErrorCode } from "../wire/wire_error.ts";

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
