/**
 * A push connection as the tracker sees it, and why one is closed.
 * @module
 */
import type { PeerId } from "../wire/names.ts";
import type { Caller } from "./core.ts";

/** One open socket: who it speaks for, and the two things to do with it. */
export interface Line extends Caller {
  /** Unknown until it registers. */
  peer: PeerId | undefined;
  send(text: string): void;
  close(closing: Closing): void;
}

/** A close code and reason (RFC 6455 7.4.1; 4000 and above are ours). */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** The peer said `leave`. */
export const LEFT: Closing = { code: 1000, reason: "Left" };
/** Too many bad frames. */
export const MISBEHAVED: Closing = {
  code: 1008,
  reason: "Too many bad frames",
};
/** It reads more slowly than news comes in. */
export const TOO_SLOW: Closing = { code: 1013, reason: "Reads too slowly" };
export const SESSION_ENDED: Closing = { code: 4401, reason: "Session ended" };
/** No register in time, or no heartbeat. */
export const SILENT: Closing = { code: 4408, reason: "Not heard of in time" };
/** The same peer came in through another door. */
export const REPLACED: Closing = { code: 4409, reason: "Replaced" };
