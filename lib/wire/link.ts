/**
 * What two linked peers say to each other on the `control` data channel: who
 * they are, which channels they share, what they have, what they lack. Each is
 * one text message of JSON. Entries pass as they were signed.
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
  quote,
  stringField,
  unknownType,
} from "./_fields.ts";
import { type DeviceKey, readDeviceKey, readSignature } from "./device_key.ts";
import {
  type EntryHash,
  type ReadEntry,
  readSignedEntry,
  SEQ_MAX,
  type SignedEntry,
} from "./entry.ts";
import {
  type FileMessage,
  readFileMessage,
  writableFileMessage,
} from "./file_messages.ts";
import { type Certificate, readCertificate } from "./identity.ts";
import {
  type ChannelName,
  type PeerId,
  readChannelName,
  readPeerId,
} from "./names.ts";
import { type OverlayMessage, readOverlayMessage } from "./overlay.ts";
import { CHANNELS_PER_PEER_MAX } from "./tracker_api.ts";
import {
  ERROR_CODE_BYTES_MAX,
  ERROR_MESSAGE_BYTES_MAX,
  WireError,
} from "./wire_error.ts";

export const LINK_VERSION = 2;
/** One message; below the 64 KiB that every browser's SCTP takes whole. */
export const LINK_FRAME_BYTES_MAX = 60 * 1024;
export const ENTRIES_PER_PAGE_MAX = 100;
export const RANGES_PER_WANT_MAX = 200;
export const ROWS_PER_HAVE_MAX = 400;
/** Gaps are closed from the top; more runs than this do not come by honestly. */
export const RUNS_PER_AUTHOR_MAX = 8;
export const COUNTS_PER_MESSAGE_MAX = 32;
/** More members than a channel ever has. */
export const COUNT_MAX = 1_000_000;
/** Of a hash, to tell two logs of one length apart. */
export const HEAD_CHARS = 8;

/** Entries `floor` + 1 to `last` are held. */
export type Held = readonly [floor: number, last: number];

/** A part of one author's log that somebody holds without a gap. */
export interface HeldRun {
  held: Held;
  /** The first HEAD_CHARS of the hash of entry `last`. */
  head: EntryHash;
}

/** What somebody holds, author by author; the runs of each ascending. */
export type Vector = ReadonlyMap<DeviceKey, readonly HeldRun[]>;

export interface Range {
  author: DeviceKey;
  /** Exclusive. */
  after: number;
  /** Inclusive. */
  upTo: number;
}

/**
 * First message each way on a new link: who one is, and that one is at the end
 * of this very link.
 */
export interface Hello {
  type: "hello";
  version: typeof LINK_VERSION;
  peer: PeerId;
  channels: ChannelName[];
  /** Of the sender's device. */
  certificate: Certificate;
  /** By its key over linkProofBytes(). */
  proof: string;
  /** Its version of what is said about files; missing where it says nothing. */
  files?: number;
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

/**
 * What the sender holds of a channel: all of it at first, then the changes. The
 * rows of an author are all in one message, and take the place of earlier ones.
 */
export interface Have {
  type: "have";
  channel: ChannelName;
  vector: Vector;
}

/** Your push brought what was here: tell of new entries, do not push them. */
export interface Prune {
  type: "prune";
  channel: ChannelName;
}

/** Now and then, to every linked member: whether both hold the same. */
export interface Digest {
  type: "digest";
  channel: ChannelName;
  digest: string;
}

/** How many of those handed on over this link hold entries `floor` + 1 to `last`. */
export interface Count {
  author: DeviceKey;
  floor: number;
  last: number;
  count: number;
}

/**
 * In a large channel, one a second, to whomever entry `last` came from first: how
 * many hold it from the sender on, itself included.
 */
export interface Counted {
  type: "counted";
  channel: ChannelName;
  counts: Count[];
}

/** Please send these; answered with `entries`. */
export interface Want {
  type: "want";
  channel: ChannelName;
  ranges: Range[];
  /** With the certificate of each author, known before or not. */
  certificates?: true;
  /** And push what comes from now on: the eager tree has a hole here. */
  graft?: true;
}

/** A new entry, pushed: from its author, or along the eager tree. */
export interface EntryWritten<E = SignedEntry> {
  type: "entry-written";
  channel: ChannelName;
  entry: E;
  /** The author's, where the receiver is not known to have it. */
  certificates: Certificate[];
}

/**
 * Answer to `want`: the newest of what was asked for, newest first. Empty: none
 * is held.
 */
export interface Entries<E = SignedEntry> {
  type: "entries";
  channel: ChannelName;
  entries: E[];
  /** The authors', where the receiver is not known to have them. */
  certificates: Certificate[];
  /** Another message of the same answer follows. */
  more?: true;
}

/**
 * The author of both has signed two entries that can't stand in one log. To
 * every linked member by whoever learns it, and after the first `have`.
 */
export interface ForkFound<E = SignedEntry> {
  type: "fork-found";
  channel: ChannelName;
  proof: readonly [E, E];
  certificates: Certificate[];
}

/** Before closing a link over the other side's fault. */
export interface LinkErrorMessage {
  type: "error";
  code: string;
  message: string;
}

/** What carries entries, `E` as they came or verified. */
export type EntryMessage<E = SignedEntry> =
  | EntryWritten<E>
  | Entries<E>
  | ForkFound<E>;

export type LinkMessage =
  | Hello
  | ChannelJoined
  | ChannelLeft
  | Have
  | Digest
  | Counted
  | Want
  | Prune
  | EntryMessage
  | OverlayMessage
  | FileMessage
  | LinkErrorMessage;

/** As decoded: what entries say has been read, and not yet verified. */
export type ReceivedMessage =
  | Exclude<LinkMessage, EntryMessage>
  | EntryMessage<ReadEntry>;

export function entriesOf<E>(message: EntryMessage<E>): readonly E[] {
  switch (message.type) {
    case "entries":
      return message.entries;
    case "entry-written":
      return [message.entry];
    case "fork-found":
      return message.proof;
  }
}

const SEQ: readonly [number, number] = [0, SEQ_MAX];
const HEAD = new RegExp(`^[A-Za-z0-9_-]{${HEAD_CHARS}}$`);
const DIGEST = /^[0-9a-z]{1,16}$/;

function readVector(fields: Fields): Vector {
  const rows = arrayField(fields, "vector", {
    lengthMax: ROWS_PER_HAVE_MAX,
    read(value): [DeviceKey, HeldRun] {
      const row = asObject(value, "vector row");
      const floor = integerField(row, "floor", SEQ);
      const last = integerField(row, "last", [floor, SEQ_MAX]);
      const head = matchingField(row, "head", HEAD);
      return [readDeviceKey(field(row, "author")), {
        held: [floor, last],
        head,
      }];
    },
  });
  const vector = new Map<DeviceKey, HeldRun[]>();
  for (const [author, run] of rows) {
    const runs = vector.get(author);
    if (runs === undefined) vector.set(author, [run]);
    else if (runs.length < RUNS_PER_AUTHOR_MAX && isAbove(run, runs.at(-1))) {
      runs.push(run);
    } else {throw new WireError(
        "bad-message",
        "Runs of an author are not in order",
      );}
  }
  return vector;
}

function isAbove(
  { held: [floor] }: HeldRun,
  below: HeldRun | undefined,
): boolean {
  return below === undefined || floor >= below.held[1];
}

function matchingField(fields: Fields, name: string, form: RegExp): string {
  const value = field(fields, name);
  if (typeof value === "string" && form.test(value)) return value;
  throw new WireError("bad-message", `"${name}" can't be ${quote(value)}`);
}

function readCount(value: unknown): Count {
  const fields = asObject(value, "count");
  const floor = integerField(fields, "floor", SEQ);
  return {
    author: readDeviceKey(field(fields, "author")),
    floor,
    last: integerField(fields, "last", [floor + 1, SEQ_MAX]),
    count: integerField(fields, "count", [1, COUNT_MAX]),
  };
}

function readRange(value: unknown): Range {
  const fields = asObject(value, "range");
  const after = integerField(fields, "after", SEQ);
  return {
    author: readDeviceKey(field(fields, "author")),
    after,
    upTo: integerField(fields, "upTo", [after, SEQ_MAX]),
  };
}

function readHello(fields: Fields): Hello {
  checkVersion(fields, LINK_VERSION);
  const files = field(fields, "files");
  return {
    type: "hello",
    version: LINK_VERSION,
    peer: readPeerId(field(fields, "peer")),
    channels: arrayField(fields, "channels", {
      lengthMax: CHANNELS_PER_PEER_MAX,
      read: readChannelName,
    }),
    certificate: readCertificate(field(fields, "certificate")),
    proof: readSignature(field(fields, "proof")),
    ...(Number.isSafeInteger(files) && { files: files as number }),
  };
}

/** One text message of a linked peer; throws WireError. */
export function decodeLinkMessage(text: string): ReceivedMessage {
  const fields = parseObject(text, LINK_FRAME_BYTES_MAX);
  const type = field(fields, "type");
  switch (type) {
    case "hello":
      return readHello(fields);
    case "error":
      return {
        type,
        code: stringField(fields, "code", ERROR_CODE_BYTES_MAX),
        message: stringField(fields, "message", ERROR_MESSAGE_BYTES_MAX),
      };
    case "channel-joined":
    case "channel-left":
    case "prune":
      return { type, channel: readChannelName(field(fields, "channel")) };
    case "have":
    case "digest":
    case "counted":
    case "want":
      return readSyncMessage(type, fields);
    case "entries":
    case "entry-written":
    case "fork-found":
      return readEntryMessage(type, fields);
    default: {
      const message = readOverlayMessage(fields) ?? readFileMessage(fields);
      if (message === undefined) throw unknownType(fields);
      return message;
    }
  }
}

function readSyncMessage(
  type: "have" | "digest" | "counted" | "want",
  fields: Fields,
): Have | Digest | Counted | Want {
  const channel = readChannelName(field(fields, "channel"));
  if (type === "have") return { type, channel, vector: readVector(fields) };
  if (type === "digest") {
    return { type, channel, digest: matchingField(fields, "digest", DIGEST) };
  }
  if (type === "counted") {
    const counts = arrayField(fields, "counts", {
      lengthMax: COUNTS_PER_MESSAGE_MAX,
      read: readCount,
    });
    return { type, channel, counts };
  }
  const ranges = arrayField(fields, "ranges", {
    lengthMax: RANGES_PER_WANT_MAX,
    read: readRange,
  });
  const want: Want = { type, channel, ranges };
  if (field(fields, "certificates") === true) want.certificates = true;
  if (field(fields, "graft") === true) want.graft = true;
  return want;
}

function readEntryMessage(
  type: EntryMessage["type"],
  fields: Fields,
): EntryMessage<ReadEntry> {
  const channel = readChannelName(field(fields, "channel"));
  const certificates = arrayField(fields, "certificates", {
    lengthMax: ENTRIES_PER_PAGE_MAX,
    read: readCertificate,
  });
  if (type === "entry-written") {
    const entry = readSignedEntry(field(fields, "entry"));
    return { type, channel, entry, certificates };
  }
  if (type === "fork-found") {
    const proof = arrayField(fields, "proof", {
      lengthMax: 2,
      read: readSignedEntry,
    });
    const [a, b] = proof;
    if (a !== undefined && b !== undefined) {
      return { type, channel, proof: [a, b], certificates };
    }
    throw new WireError("bad-message", "A proof must be two entries");
  }
  const entries = arrayField(fields, "entries", {
    lengthMax: ENTRIES_PER_PAGE_MAX,
    read: readSignedEntry,
  });
  const more = field(fields, "more") === true;
  return { type, channel, entries, certificates, ...(more && { more }) };
}

/** The text of a message; a `have`'s Map becomes a list of rows. */
export function encodeLinkMessage(message: LinkMessage): string {
  if (message.type === "files-held") {
    return JSON.stringify(writableFileMessage(message));
  }
  if (message.type !== "have") return JSON.stringify(message);
  const vector = [...message.vector].flatMap(([author, runs]) =>
    runs.map(({ held: [floor, last], head }) => ({ author, floor, last, head }))
  );
  return JSON.stringify({ ...message, vector });
}
