/**
 * One entry of an author's log, as the author signed it. The signed text is
 * written once and never again: it is stored, passed on and hashed as it came.
 * It must be what JSON.stringify() writes, so that no two readers can see two
 * different entries in it. Whether the signature holds is lib/mesh's business.
 * @module
 */
import {
  asObject,
  checkVersion,
  field,
  type Fields,
  integerField,
  parseObject,
  quote,
  stringField,
  utf8Length,
} from "./_fields.ts";
import { type DeviceKey, readDeviceKey, readSignature } from "./device_key.ts";
import { type FileInfo, readFileInfo } from "./file.ts";
import { type ChannelName, readChannelName } from "./names.ts";
import { WireError } from "./wire_error.ts";

export const ENTRY_VERSION = 1;
/** A message's text, bytes of UTF-8. */
export const TEXT_BYTES_MAX = 8 * 1024;
/** JSON writes a control character in six bytes; the rest is the other fields. */
export const SIGNED_BYTES_MAX = 6 * TEXT_BYTES_MAX + 1_024;
/** The longest emoji in use, a flag spelled in tags, has 28. */
export const EMOJI_BYTES_MAX = 64;
/** Objects and lists within each other. */
const DEPTH_MAX = 8;
export const SEQ_MAX = 1_000_000;
/** Entries may be dated up to the year 2286. */
export const TIME_MS_MAX = 9_999_999_999_999;

/** SHA-256 of signingBytes(), 43 characters of base64url. */
export type EntryHash = string;

/** Names one entry of a channel. */
export interface EntryRef {
  author: DeviceKey;
  seq: number;
}

/** The entry's name in one word, for maps and sets. */
export function refKey({ author, seq }: EntryRef): string {
  return `${author}/${seq}`;
}

export function isSameRef(one: EntryRef, other: EntryRef): boolean {
  return one.author === other.author && one.seq === other.seq;
}

export interface EntryHead extends EntryRef {
  channel: ChannelName;
  /** The hash of the author's entry before it here; null for the first. */
  prev: EntryHash | null;
  /** Hybrid logical clock, ms since 1970. */
  time: number;
}

/** Somebody says something. */
export interface TextBody {
  kind: "text";
  text: string;
  replyTo?: EntryRef;
}

/** The author's text entry `target` reads `text` from now on. */
export interface EditBody {
  kind: "edit";
  target: number;
  text: string;
}

/** The author takes its text or file entry `target` back. */
export interface DeleteBody {
  kind: "delete";
  target: number;
}

/** Adds an emoji to a text or file entry of anybody, or takes it off. */
export interface ReactionBody {
  kind: "reaction";
  target: EntryRef;
  emoji: string;
  on: boolean;
}

/** Somebody shares a file; its bytes are fetched from whoever holds them. */
export interface FileBody extends FileInfo {
  kind: "file";
  replyTo?: EntryRef;
}

/**
 * Of a kind that came after this code, or a file that can't be one: kept and
 * passed on, not shown. Whoever refused it would miss a part of that log which
 * peers that came before files have.
 */
export interface OtherBody {
  kind: "other";
}

/** What can be written. */
export type EntryBody =
  | TextBody
  | EditBody
  | DeleteBody
  | ReactionBody
  | FileBody;
export type Entry = EntryHead & (EntryBody | OtherBody);

/** How an entry travels and is kept. */
export interface SignedEntry {
  /** JSON text, exactly as signed. */
  signed: string;
  /** 64 bytes in base64url, over signingBytes(). */
  signature: string;
}

export interface ReadEntry extends SignedEntry {
  entry: Entry;
}

const HASH = /^[A-Za-z0-9_-]{43}$/;
const KIND = /^[a-z][a-z0-9-]{0,31}$/;
/**
 * One emoji, in the grammar of Unicode's UTS #51. Extended_Pictographic has the
 * emoji of years to come in it, so that all versions of this page agree.
 */
const EMOJI = (() => {
  const modified = String
    .raw`\p{Extended_Pictographic}(\p{EMod}|\uFE0F\u20E3?|[\u{E0020}-\u{E007E}]+\u{E007F})?`;
  const element = String
    .raw`(\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3|${modified})`;
  return new RegExp(`^${element}(\\u200D${element})*$`, "u");
})();

/** The one text of an entry, to be signed. */
export function encodeEntry(head: EntryHead, body: EntryBody): string {
  const { channel, author, seq, prev, time } = head;
  return JSON.stringify({
    version: ENTRY_VERSION,
    ...{ channel, author, seq, prev, time },
    ...body,
  });
}

/** What is signed and hashed; the first line says that it is an entry. */
export function signingBytes(signed: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`weaprous-entry-1\n${signed}`);
}

/** A checked entry out of decoded JSON, from a link or a store. */
export function readSignedEntry(value: unknown): ReadEntry {
  const fields = asObject(value, "entry");
  const signed = stringField(fields, "signed", SIGNED_BYTES_MAX);
  const signature = readSignature(field(fields, "signature"));
  return { entry: readEntry(signed), signed, signature };
}

/** The entry in a signed text; throws WireError. */
export function readEntry(signed: string): Entry {
  const fields = parseObject(signed, SIGNED_BYTES_MAX);
  checkCanonical(fields, signed);
  checkVersion(fields, ENTRY_VERSION);
  const { author, seq } = readRef(fields);
  const head: EntryHead = {
    channel: readChannelName(field(fields, "channel")),
    author,
    seq,
    prev: readPrev(fields, seq),
    time: integerField(fields, "time", [0, TIME_MS_MAX]),
  };
  return { ...head, ...readBody(fields, seq) };
}

/** RangeError where `text` can't be a message. */
export function checkText(text: string): void {
  if (text.trim() === "") throw new RangeError("Cannot send an empty message");
  const bytes = utf8Length(text);
  if (bytes <= TEXT_BYTES_MAX) return;
  throw new RangeError(
    `Cannot send ${bytes} bytes: a message may have ${TEXT_BYTES_MAX}`,
  );
}

export function isEmoji(value: unknown): value is string {
  // No character takes fewer bytes than UTF-16 units: it bounds the work.
  return typeof value === "string" && value.length <= EMOJI_BYTES_MAX &&
    utf8Length(value) <= EMOJI_BYTES_MAX && EMOJI.test(value);
}

/** Doubled names, other spellings of numbers and blanks: all refused. */
function checkCanonical(fields: Fields, signed: string): void {
  const isCanonical = isNestedAtMost(DEPTH_MAX, fields) &&
    JSON.stringify(fields) === signed && signed.isWellFormed();
  if (isCanonical) return;
  throw new WireError(
    "bad-message",
    `Entry is not as JSON.stringify() writes it: ${quote(signed)}`,
  );
}

/** Machines differ in how deep they can write. */
function isNestedAtMost(depth: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return depth > 0 &&
    Object.values(value).every((part) => isNestedAtMost(depth - 1, part));
}

function readRef(fields: Fields): EntryRef {
  return {
    author: readDeviceKey(field(fields, "author")),
    seq: integerField(fields, "seq", [1, SEQ_MAX]),
  };
}

function readPrev(fields: Fields, seq: number): EntryHash | null {
  const prev = field(fields, "prev");
  if (seq === 1 && prev === null) return prev;
  if (seq > 1 && typeof prev === "string" && HASH.test(prev)) return prev;
  throw new WireError(
    "bad-message",
    `Entry ${seq} can't have "prev" ${quote(prev)}`,
  );
}

function readBody(fields: Fields, seq: number): EntryBody | OtherBody {
  const kind = field(fields, "kind");
  switch (kind) {
    case "text":
      return { kind, text: readText(fields), ...readReplyTo(fields) };
    case "file": {
      const info = readFileInfo(fields);
      if (info === undefined) return { kind: "other" };
      return { kind, ...info, ...readReplyTo(fields) };
    }
    case "edit":
      return { kind, target: readTarget(fields, seq), text: readText(fields) };
    case "delete":
      return { kind, target: readTarget(fields, seq) };
    case "reaction":
      return readReaction(fields);
  }
  if (typeof kind === "string" && KIND.test(kind)) return { kind: "other" };
  throw new WireError("bad-message", `Entry has no kind ${quote(kind)}`);
}

function readReplyTo(fields: Fields): { replyTo?: EntryRef } {
  const replyTo = field(fields, "replyTo");
  if (replyTo === undefined) return {};
  return { replyTo: readRef(asObject(replyTo, "replyTo")) };
}

function readText(fields: Fields): string {
  const text = stringField(fields, "text", TEXT_BYTES_MAX);
  if (text.trim() !== "" && text.isWellFormed()) return text;
  throw new WireError("bad-message", `Entry "text" is empty or half a letter`);
}

/** An entry of the same author before this one. */
function readTarget(fields: Fields, seq: number): number {
  return integerField(fields, "target", [1, seq - 1]);
}

function readReaction(fields: Fields): ReactionBody {
  const [emoji, on] = [field(fields, "emoji"), field(fields, "on")];
  const target = readRef(asObject(field(fields, "target"), "target"));
  if (isEmoji(emoji) && typeof on === "boolean") {
    return { kind: "reaction", target, emoji, on };
  }
  throw new WireError(
    "bad-message",
    `Reaction must be one emoji, on or off, not ${quote(emoji)}, ${quote(on)}`,
  );
}
