/**
 * The names that travel: peer ids, channel names, user names. A name that
 * passes here is safe as a Map key, a path segment and a line of text.
 * @module
 */
import { quote } from "./_fields.ts";
import { WireError } from "./wire_error.ts";

/** 128 random bits in base64url: 22 characters. One for each open page. */
export type PeerId = string;
/** Lower case, NFC, 1 to 32 letters, digits, `-` and `_` of any script. */
export type ChannelName = string;

export const CHANNEL_NAME_CHARS_MAX = 32;
export const USER_NAME_CHARS_MAX = 32;
/** The channel that everyone joins by themselves. */
export const DEFAULT_CHANNEL: ChannelName = "general";

const PEER_ID = /^[A-Za-z0-9_-]{22}$/;
/** A mark comes after what it marks, or it would sit on the `#` before it. */
const CHANNEL_NAME = /^[\p{L}\p{N}_-][\p{L}\p{M}\p{N}_-]*$/u;
/** Fillers and variation selectors: letters and marks that nobody sees. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
const RESERVED_NAMES = new Set(["__proto__", "constructor", "prototype"]);
/**
 * Controls, line breaks, surrogates, blank fillers and everything that reorders
 * text. Variation selectors stay: phones type them after an emoji.
 */
const UNSAFE_IN_NAME =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u{115f}\u{1160}\u{3164}\u{ffa0}]/u;

export function isPeerId(value: unknown): value is PeerId {
  return typeof value === "string" && PEER_ID.test(value);
}

/** `value` as a peer id, or a WireError `bad-peer-id`. */
export function readPeerId(value: unknown): PeerId {
  if (isPeerId(value)) return value;
  throw new WireError(
    "bad-peer-id",
    `Peer id must be 22 characters of base64url, not ${quote(value)}`,
  );
}

/**
 * The one form of a channel name as someone typed it (`#Lớp-12` -> `lớp-12`),
 * or undefined where it can't be one.
 */
export function channelNameOf(typed: string): ChannelName | undefined {
  const name = typed.trim().replace(/^#/, "").normalize("NFC").toLowerCase()
    .normalize("NFC");
  const length = [...name].length;
  if (length < 1 || length > CHANNEL_NAME_CHARS_MAX) return undefined;
  if (!CHANNEL_NAME.test(name) || INVISIBLE.test(name)) return undefined;
  if (RESERVED_NAMES.has(name)) return undefined;
  return name;
}

/** `value` where it is a channel name in its one form, else a WireError. */
export function readChannelName(value: unknown): ChannelName {
  // 4 UTF-16 units a character is more than any name needs; it bounds the work.
  if (typeof value === "string" && value.length <= 4 * CHANNEL_NAME_CHARS_MAX) {
    if (channelNameOf(value) === value) return value;
  }
  throw new WireError(
    "bad-channel-name",
    `Channel name ${
      quote(value)
    } must be 1 to ${CHANNEL_NAME_CHARS_MAX} lower-case letters, digits, "-" and "_"`,
  );
}

/** Whether a name may stand beside a message: 1 to 32 visible characters. */
export function isUserName(value: unknown): value is string {
  if (typeof value !== "string" || value.length > 4 * USER_NAME_CHARS_MAX) {
    return false;
  }
  const length = [...value].length;
  return length >= 1 && length <= USER_NAME_CHARS_MAX &&
    value.trim() === value && !UNSAFE_IN_NAME.test(value);
}

/** `value` as a user name, or a WireError `bad-message`. */
export function readUserName(value: unknown): string {
  if (isUserName(value)) return value;
  throw new WireError(
    "bad-message",
    `User name ${
      quote(value)
    } must be 1 to ${USER_NAME_CHARS_MAX} visible characters`,
  );
}
