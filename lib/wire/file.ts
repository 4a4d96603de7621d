/**
 * A file as an entry names it: what it is called, how long it is, and the hash
 * that says which bytes it has. They travel in pieces of one size; the hash is
 * over the hashes of all pieces, so that each can be checked when it comes, and
 * a file of any length be hashed a piece at a time.
 * @module
 */
import { field, type Fields, utf8Length } from "./_fields.ts";

export const PIECE_BYTES = 256 * 1024;
/** SHA-256 of a piece. */
export const PIECE_HASH_BYTES = 32;
export const FILE_BYTES_MAX = 4 * 1024 ** 3;
export const FILE_NAME_BYTES_MAX = 255;
export const MEDIA_TYPE_CHARS_MAX = 127;
/** Of what nobody knows better. */
export const UNKNOWN_MEDIA_TYPE = "application/octet-stream";

/** SHA-256 of fileHashBytes(), 43 characters of base64url. */
export type FileHash = string;

/** What an entry of kind `file` says of one. */
export interface FileInfo {
  name: string;
  /** Bytes. */
  size: number;
  /** `type/subtype`, lower case. */
  type: string;
  hash: FileHash;
}

const HASH = /^[A-Za-z0-9_-]{43}$/;
const MEDIA_TYPE =
  /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/;
/** Paths, line breaks, controls and what turns the direction of a text. */
const UNSAFE_IN_FILE_NAME = /[/\\\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
/** Of a name that is too long the ending is kept, up to so many bytes. */
const ENDING_BYTES_MAX = 32;

export function isFileHash(value: unknown): value is FileHash {
  return typeof value === "string" && HASH.test(value);
}

export function isFileSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 &&
    (value as number) <= FILE_BYTES_MAX;
}

/** Whether it may name a file in any folder, and stand in a line of text. */
export function isFileName(value: unknown): value is string {
  if (typeof value !== "string" || value.length > FILE_NAME_BYTES_MAX) {
    return false;
  }
  return value !== "" && fileNameOf(value) === value;
}

/** The nearest name that isFileName(), as someone's disk or browser has it. */
export function fileNameOf(raw: string): string {
  const plain = raw.toWellFormed().normalize("NFC")
    .replace(UNSAFE_IN_FILE_NAME, "_").trim();
  const name = shortened(plain).normalize("NFC").trim();
  return name === "" || name === "." || name === ".." ? "_" : name;
}

/** The nearest type that an entry may name. */
export function mediaTypeOf(raw: string): string {
  const [type = ""] = raw.split(";", 1);
  const plain = type.trim().toLowerCase();
  return MEDIA_TYPE.test(plain) ? plain : UNKNOWN_MEDIA_TYPE;
}

export function pieceCount(size: number): number {
  return Math.ceil(size / PIECE_BYTES);
}

/** Bytes of piece `index` of a file of `size`. */
export function pieceLength(size: number, index: number): number {
  return Math.max(0, Math.min(PIECE_BYTES, size - index * PIECE_BYTES));
}

/** What is hashed to name a file of `size` whose pieces have these hashes. */
export function fileHashBytes(
  size: number,
  pieceHashes: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`weaprous-file-1\n${size}\n`);
  const bytes = new Uint8Array(head.length + pieceHashes.length);
  bytes.set(head);
  bytes.set(pieceHashes, head.length);
  return bytes;
}

/** The file that an entry's fields name; undefined where they name none. */
export function readFileInfo(fields: Fields): FileInfo | undefined {
  const [name, size] = [field(fields, "name"), field(fields, "size")];
  const [type, hash] = [field(fields, "type"), field(fields, "hash")];
  if (!isFileName(name) || !isFileSize(size) || !isFileHash(hash)) {
    return undefined;
  }
  if (typeof type !== "string" || type.length > MEDIA_TYPE_CHARS_MAX) {
    return undefined;
  }
  return MEDIA_TYPE.test(type) ? { name, size, type, hash } : undefined;
}

/** At most FILE_NAME_BYTES_MAX of it, whole characters, with its ending. */
function shortened(name: string): string {
  if (utf8Length(name) <= FILE_NAME_BYTES_MAX) return name;
  const dot = name.lastIndexOf(".");
  const ending = dot > 0 && utf8Length(name.slice(dot)) <= ENDING_BYTES_MAX
    ? name.slice(dot)
    : "";
  let rest = FILE_NAME_BYTES_MAX - utf8Length(ending);
  let start = "";
  for (const character of name) {
    rest -= utf8Length(character);
    if (rest < 0) break;
    start += character;
  }
  return start + ending;
}
