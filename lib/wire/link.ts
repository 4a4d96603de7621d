/**
 * What two linked peers say to each other on the `control` data channel: who
 * they are, which channels they share, what they have, what they lack. Each is
 * one text message of JSON.
 * @module
 */
import {
  arrayField,
  asObject,
  checkVersion,
  field,
  type Fields,
  integerField,
  parseObject,
  stringField,
  unknownType,
} from "./_fields.ts";
import {
  type ChannelName,
  type PeerId,
  readChannelName,
  readPeerId,
  readUserName,
} from "./names.ts";
import { type OverlayMessage, readOverlayMessage } from "./overlay.ts";
import { CHANNELS_PER_PEER_MAX } from "./tracker_api.ts";
import { WireError } from "./wire_error.ts";

export const LINK_VERSION = 1;
/** One message; below the 64 KiB that every browser's SCTP takes whole. */
export const LINK_FRAME_BYTES_MAX = 60 * 1024;
/** A message's text, bytes of UTF-8. */
export const TEXT_BYTES_MAX = 8 * 1024;
export const ENTRIES_PER_PAGE_MAX = 100;
export const RANGES_PER_WANT_MAX = 200;
export const AUTHORS_PER_HAVE_MAX = 800;
export const SEQ_MAX = 1_000_000;
/** Entries may be dated up to the year 2286. */
export const TIME_MS_MAX = 9_999_999_999_999;

/** One message of one author in one channel. */
export interface Entry {
  /** The peer that wrote it. */
  author: PeerId;
  /** 1, 2, 3 … for each author and channel. */
  seq: number;
  /** The author's clock, ms since 1970, never below what it had seen. */
  time: number;
  user: string;
  kind: "text";
  text: string;
}

/** `[floor, last]`: entries 1 to `floor` are past keeping, up to `last` held. */
export type Held = readonly [floor: number, last: number];
export type Vector = ReadonlyMap<PeerId, Held>;

export interface Range {
  author: PeerId;
  /** Exclusive. */
  after: number;
  /** Inclusive. */
  upTo: number;
}

/** First message each way on a new link. */
export interface Hello {
  type: "hello";
  version: typeof LINK_VERSION;
  peer: PeerId;
  channels: ChannelName[];
}

/** To every linked peer, after joining a channel. */
export interface ChannelJoined {
  type: "channel-joined";
  channel: ChannelName;
}

/** To every linked peer, after leaving a channel. */
export interface ChannelLeft {
  type: "channel-left";
  channel: ChannelName;
}

/** What the sender holds of a channel: all of it at first, then the changes. */
export interface Have {
  type: "have";
  channel: ChannelName;
  vector: Vector;
}

/** Please send these; answered with `entries`. */
export interface Want {
  type: "want";
  channel: ChannelName;
  ranges: Range[];
}

/** To every linked member, from the author of a new entry. */
export interface EntryWritten {
  type: "entry-written";
  channel: ChannelName;
  entry: Entry;
}

/** Answer to `want`, as much as fits; ascending by seq. Empty: none is held. */
export interface Entries {
  type: "entries";
  channel: ChannelName;
  entries: Entry[];
}

/** Before closing a link over the other side's fault. */
export interface LinkErrorMessage {
  type: "error";
  code: string;
  message: string;
}

export type LinkMessage =
  | Hello
  | ChannelJoined
  | ChannelLeft
  | Have
  | Want
  | Entries
  | EntryWritten
  | OverlayMessage
  | LinkErrorMessage;

const SEQ: readonly [number, number] = [0, SEQ_MAX];

/** A checked entry out of decoded JSON, from a link or a store. */
export function readEntry(value: unknown): Entry {
  const fields = asObject(value, "entry");
  if (field(fields, "kind") !== "text") {
    throw new WireError("bad-message", `Entry kind must be "text"`);
  }
  const text = stringField(fields, "text", TEXT_BYTES_MAX);
  if (text.trim() === "") {
    throw new WireError("bad-message", `Entry "text" is empty`);
  }
  return {
    author: readPeerId(field(fields, "author")),
    seq: integerField(fields, "seq", [1, SEQ_MAX]),
    time: integerField(fields, "time", [0, TIME_MS_MAX]),
    user: readUserName(field(fields, "user")),
    kind: "text",
    text,
  };
}

function readVector(fields: Fields): Map<PeerId, Held> {
  const rows = arrayField(fields, "vector", {
    lengthMax: AUTHORS_PER_HAVE_MAX,
    read(value): [PeerId, Held] {
      const row = asObject(value, "vector row");
      const floor = integerField(row, "floor", SEQ);
      const last = integerField(row, "last", [floor, SEQ_MAX]);
      return [readPeerId(field(row, "author")), [floor, last]];
    },
  });
  return new Map(rows);
}

function readRange(value: unknown): Range {
  const fields = asObject(value, "range");
  const after = integerField(fields, "after", SEQ);
  return {
    author: readPeerId(field(fields, "author")),
    after,
    upTo: integerField(fields, "upTo", [after, SEQ_MAX]),
  };
}

function readHello(fields: Fields): Hello {
  checkVersion(fields, LINK_VERSION);
  return {
    type: "hello",
    version: LINK_VERSION,
    peer: readPeerId(field(fields, "peer")),
    channels: arrayField(fields, "channels", {
      lengthMax: CHANNELS_PER_PEER_MAX,
      read: readChannelName,
    }),
  };
}

/** One text message of a linked peer; throws WireError. */
export function decodeLinkMessage(text: string): LinkMessage {
  const fields = parseObject(text, LINK_FRAME_BYTES_MAX);
  const type = field(fields, "type");
  switch (type) {
    case "hello":
      return readHello(fields);
    case "error":
      return {
        type,
        code: stringField(fields, "code", 64),
        message: stringField(fields, "message", 1024),
      };
    case "channel-joined":
    case "channel-left":
      return { type, channel: readChannelName(field(fields, "channel")) };
    case "entry-written":
      return {
        type,
        channel: readChannelName(field(fields, "channel")),
        entry: readEntry(field(fields, "entry")),
      };
    case "have":
    case "want":
    case "entries":
      return readSyncMessage(type, fields);
    default: {
      const message = readOverlayMessage(fields);
      if (message === undefined) throw unknownType(fields);
      return message;
    }
  }
}

function readSyncMessage(
  type: "have" | "want" | "entries",
  fields: Fields,
): Have | Want | Entries {
  const channel = readChannelName(field(fields, "channel"));
  if (type === "have") return { type, channel, vector: readVector(fields) };
  if (type === "want") {
    const ranges = arrayField(fields, "ranges", {
      lengthMax: RANGES_PER_WANT_MAX,
      read: readRange,
    });
    return { type, channel, ranges };
  }
  const entries = arrayField(fields, "entries", {
    lengthMax: ENTRIES_PER_PAGE_MAX,
    read: readEntry,
  });
  return { type, channel, entries };
}

/** The text of a message; a `have`'s Map becomes a list of rows. */
export function encodeLinkMessage(message: LinkMessage): string {
  if (message.type !== "have") return JSON.stringify(message);
  const vector = [...message.vector].map(([author, [floor, last]]) => ({
    author,
    floor,
    last,
  }));
  return JSON.stringify({ ...message, vector });
}
