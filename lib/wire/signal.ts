/**
 * What two peers tell each other through the tracker to build a link: session
 * descriptions and ICE candidates (RFC 8829, RFC 8838). The tracker checks the
 * shape and size and passes it on; it does not read SDP.
 * @module
 */
import { asObject, field, type Fields, quote, utf8Length } from "./_fields.ts";
import { type ChannelName, isPeerId, readChannelName } from "./names.ts";
import { WireError } from "./wire_error.ts";

export const SDP_BYTES_MAX = 16 * 1024;
export const CANDIDATE_BYTES_MAX = 1024;
/** The names that come with a candidate: sdpMid and usernameFragment. */
export const CANDIDATE_NAME_BYTES_MAX = 256;
export const MEDIA_LINE_INDEX_MAX = 255;

/** 128 random bits in base64url, chosen by the peer that dials. */
export type LinkId = string;

/** What a new link is sought for. */
export interface Seeks {
  channel: ChannelName;
  /** The caller has hardly a link in it: take it even where you are full. */
  urgent: boolean;
  /** The caller wants a file of which it was told that you hold it. */
  file?: true;
}

/** Peer -> peer: an SDP offer or answer for the connection `link`. */
export interface DescriptionSignal {
  type: "offer" | "answer";
  link: LinkId;
  sdp: string;
  /** In the first offer for a link. */
  seeks?: Seeks;
}

/** Peer -> peer: one trickled candidate; an empty string ends them. */
export interface CandidateSignal {
  type: "candidate";
  link: LinkId;
  candidate: string;
  sdpMid: string | null;
  sdpMLineIndex: number | null;
  usernameFragment: string | null;
}

/** Peer -> peer: `link` is given up; a new one may be dialled. */
export interface HangUpSignal {
  type: "hang-up";
  link: LinkId;
}

export type Signal = DescriptionSignal | CandidateSignal | HangUpSignal;

function bad(name: string, value: unknown): WireError {
  return new WireError("bad-signal", `Signal "${name}" is ${quote(value)}`);
}

function text(fields: Fields, name: string, bytesMax: number): string {
  const value = field(fields, name);
  if (typeof value !== "string") throw bad(name, value);
  if (value.length > bytesMax || utf8Length(value) > bytesMax) {
    throw bad(name, value);
  }
  return value;
}

function textOrNull(fields: Fields, name: string): string | null {
  const value = field(fields, name) ?? null;
  return value === null ? null : text(fields, name, CANDIDATE_NAME_BYTES_MAX);
}

function lineIndex(fields: Fields): number | null {
  const value = field(fields, "sdpMLineIndex") ?? null;
  if (value === null) return null;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) {
    if (value <= MEDIA_LINE_INDEX_MAX) return value;
  }
  throw bad("sdpMLineIndex", value);
}

function readDescription(
  type: "offer" | "answer",
  fields: Fields,
  link: LinkId,
): DescriptionSignal {
  const sdp = text(fields, "sdp", SDP_BYTES_MAX);
  const seeks = field(fields, "seeks");
  if (seeks === undefined) return { type, link, sdp };
  const sought = asObject(seeks, "seeks");
  const urgent = field(sought, "urgent");
  if (typeof urgent !== "boolean") throw bad("urgent", urgent);
  const channel = readChannelName(field(sought, "channel"));
  const wanted: Seeks = { channel, urgent };
  if (field(sought, "file") === true) wanted.file = true;
  return { type, link, sdp, seeks: wanted };
}

/** A checked signal out of decoded JSON; WireError `bad-signal` otherwise. */
export function readSignal(value: unknown): Signal {
  const fields = asObject(value, "signal");
  const link = field(fields, "link");
  if (!isPeerId(link)) throw bad("link", link);
  const type = field(fields, "type");
  switch (type) {
    case "offer":
    case "answer":
      return readDescription(type, fields, link);
    case "candidate":
      return {
        type,
        link,
        candidate: text(fields, "candidate", CANDIDATE_BYTES_MAX),
        sdpMid: textOrNull(fields, "sdpMid"),
        sdpMLineIndex: lineIndex(fields),
        usernameFragment: textOrNull(fields, "usernameFragment"),
      };
    case "hang-up":
      return { type, link };
    default:
      throw bad("type", type);
  }
}
