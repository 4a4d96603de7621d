/**
 * What linked peers say to each other about files: who seeks which, who holds
 * what of it, which pieces one wants. Part of the conversation of link.ts; the
 * pieces themselves go on the data channel `bulk`, see bulk_frame.ts. Said only
 * to peers whose hello names FILES_VERSION.
 * @module
 */
import {
  arrayField,
  asObject,
  field,
  type Fields,
  integerField,
  quote,
} from "./_fields.ts";
import { decodeBase64Url, encodeBase64Url } from "./base64url.ts";
import {
  FILE_BYTES_MAX,
  type FileHash,
  isFileHash,
  pieceCount,
} from "./file.ts";
import { type ChannelName, readChannelName } from "./names.ts";
import { type PeerInfo, readPeerInfo } from "./tracker_api.ts";
import { WireError } from "./wire_error.ts";

export const FILES_VERSION = 1;
export const FILES_PER_SEEK_MAX = 100;
/** Of a file of 4 GiB it takes 2.7 KB to say which pieces one holds. */
export const FILES_PER_HELD_MAX = 16;
export const FILES_PER_FOUND_MAX = 32;
/** Links that a search may go along, the seeker's own included. */
export const SEEK_TTL_MAX = 7;
/** Pieces that one peer may want of another at a time. */
export const PIECES_WANTED_MAX = 16;
/** Numbers that a seeker gives to what it wants, for the frames. */
export const STREAM_MAX = 0xffff_ffff;

/** Which bytes: of two files with one hash at least one is a lie. */
export interface FileKey {
  hash: FileHash;
  size: number;
}

/** All pieces, or those whose bits are set, in base64url. */
export type HeldPieces = "all" | Uint8Array;

export interface Holding extends FileKey {
  held: HeldPieces;
}

export interface FoundFile extends FileKey {
  holder: PeerInfo;
}

/**
 * To linked members of `channel`: tell me, now or later, whether you hold these
 * files, which messages in it share; and with a ttl above 1, ask on.
 */
export interface SeekFiles {
  type: "seek-files";
  channel: ChannelName;
  files: FileKey[];
  ttl: number;
}

/** To whom `seek-files` went: nothing more about these. */
export interface UnseekFiles {
  type: "unseek-files";
  hashes: FileHash[];
}

/** Answer to `seek-files`, and again when more came in: what one holds. */
export interface FilesHeld {
  type: "files-held";
  files: Holding[];
}

/** Answer to `seek-files` with a ttl above 1: who else holds them whole. */
export interface FilesFound {
  type: "files-found";
  channel: ChannelName;
  files: FoundFile[];
}

/**
 * To a holder: send these pieces, in this order, after those that were wanted
 * before; first, with `hashes`, the hashes of all pieces.
 */
export interface WantPieces extends FileKey {
  type: "want-pieces";
  /** Chosen by the sender; the frames name it. */
  stream: number;
  pieces: number[];
  hashes?: true;
}

/** To a holder: what is not sent yet of that stream is not wanted any more. */
export interface UnwantPieces {
  type: "unwant-pieces";
  stream: number;
}

export type FileMessage =
  | SeekFiles
  | UnseekFiles
  | FilesHeld
  | FilesFound
  | WantPieces
  | UnwantPieces;

/** A message about files; undefined where `fields` has another type. */
export function readFileMessage(fields: Fields): FileMessage | undefined {
  const type = field(fields, "type");
  switch (type) {
    case "seek-files":
      return {
        type,
        channel: readChannelName(field(fields, "channel")),
        files: readFiles(fields, FILES_PER_SEEK_MAX, readKey),
        ttl: integerField(fields, "ttl", [1, SEEK_TTL_MAX]),
      };
    case "unseek-files":
      return {
        type,
        hashes: arrayField(fields, "hashes", {
          lengthMax: FILES_PER_SEEK_MAX,
          read: readHash,
        }),
      };
    case "files-held":
      return {
        type,
        files: readFiles(fields, FILES_PER_HELD_MAX, readHolding),
      };
    case "files-found":
      return {
        type,
        channel: readChannelName(field(fields, "channel")),
        files: readFiles(fields, FILES_PER_FOUND_MAX, readFound),
      };
    case "want-pieces":
      return readWant(fields);
    case "unwant-pieces":
      return { type, stream: readStream(fields) };
    default:
      return undefined;
  }
}

/** With held pieces as text, to be made JSON. */
export function writableFileMessage(message: FileMessage): object {
  if (message.type !== "files-held") return message;
  const files = message.files.map(({ held, ...key }) => {
    return { ...key, held: held === "all" ? held : encodeBase64Url(held) };
  });
  return { ...message, files };
}

function readFiles<T>(
  fields: Fields,
  lengthMax: number,
  read: (fields: Fields) => T,
): T[] {
  return arrayField(fields, "files", {
    lengthMax,
    read: (value) => read(asObject(value, "file")),
  });
}

function readHash(value: unknown): FileHash {
  if (isFileHash(value)) return value;
  throw new WireError("bad-message", `A file has no hash ${quote(value)}`);
}

function readKey(fields: Fields): FileKey {
  return {
    hash: readHash(field(fields, "hash")),
    size: integerField(fields, "size", [0, FILE_BYTES_MAX]),
  };
}

function readHolding(fields: Fields): Holding {
  const key = readKey(fields);
  const held = field(fields, "held");
  if (held === "all") return { ...key, held };
  const bytes = Math.ceil(pieceCount(key.size) / 8);
  const bits = typeof held === "string" && held.length <= 2 * bytes + 4
    ? decodeBase64Url(held)
    : undefined;
  if (bits?.length === bytes) return { ...key, held: bits };
  throw new WireError("bad-message", `Pieces can't be ${quote(held)}`);
}

function readFound(fields: Fields): FoundFile {
  const holder = asObject(field(fields, "holder"), "holder");
  return { ...readKey(fields), holder: readPeerInfo(holder) };
}

function readWant(fields: Fields): WantPieces {
  const key = readKey(fields);
  const last = Math.max(0, pieceCount(key.size) - 1);
  const pieces = arrayField(fields, "pieces", {
    lengthMax: PIECES_WANTED_MAX,
    read: (piece) => integerField({ piece }, "piece", [0, last]),
  });
  const stream = readStream(fields);
  const want: WantPieces = { type: "want-pieces", stream, ...key, pieces };
  if (field(fields, "hashes") === true) want.hashes = true;
  return want;
}

function readStream(fields: Fields): number {
  return integerField(fields, "stream", [0, STREAM_MAX]);
}
