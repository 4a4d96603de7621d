/**
 * The files that lie here, whole or in part: reads and writes a FileStore and
 * believes it nothing. A piece that is not what it was counts as lost, and
 * comes again from others. Knows no peer and no channel's talk.
 * @module
 */
import { encodeBase64Url } from "../wire/base64url.ts";
import {
  FILE_BYTES_MAX,
  type FileHash,
  fileHashBytes,
  type FileInfo,
  fileNameOf,
  isFileSize,
  mediaTypeOf,
  PIECE_BYTES,
  PIECE_HASH_BYTES,
  pieceCount,
  pieceLength,
} from "../wire/file.ts";
import type { FileRow, FileStore, StoredFile } from "./file_store.ts";
import type { Bytes, Keys } from "./keys.ts";
import { PieceSet } from "./piece_set.ts";
import type { FileSource, SendFileOptions } from "./shared_file.ts";

/** One file, and which of its pieces lie here. */
export interface ShelvedFile {
  row: FileRow;
  held: PieceSet;
}

type TakeOptions = Pick<SendFileOptions, "signal" | "progress"> & {
  /** Of which it is said where it was sent. */
  channel: string;
};

export class FileShelf {
  readonly #store: FileStore;
  readonly #keys: Pick<Keys, "sha256">;
  readonly #files = new Map<FileHash, ShelvedFile>();

  constructor(
    { store, keys }: { store: FileStore; keys: Pick<Keys, "sha256"> },
  ) {
    this.#store = store;
    this.#keys = keys;
  }

  get(hash: FileHash): ShelvedFile | undefined {
    return this.#files.get(hash);
  }

  [Symbol.iterator](): MapIterator<ShelvedFile> {
    return this.#files.values();
  }

  /** The pieces that lie here, where the hashes of all are known. */
  heldOf({ hash, size }: Pick<FileRow, "hash" | "size">): PieceSet | undefined {
    const file = this.#files.get(hash);
    const isKnown = file?.row.pieces !== undefined && file.row.size === size;
    return isKnown ? file.held : undefined;
  }

  /** Whether all of it lies here. */
  isHeld(hash: FileHash): boolean {
    const file = this.#files.get(hash);
    // Of an empty one no piece is missing from the start.
    return file?.row.pieces !== undefined && file.held.isWhole;
  }

  /** Reads what the store has of before. */
  async load(): Promise<void> {
    for (const stored of await this.#store.list()) await this.#know(stored);
  }

  /** What the store has of a file by now: another tab may have fetched it. */
  async look(hash: FileHash): Promise<ShelvedFile | undefined> {
    const stored = await this.#store.find(hash);
    return stored && await this.#know(stored);
  }

  /** Makes a place for a file, or writes anew what is known of it. */
  async begin(row: FileRow): Promise<ShelvedFile> {
    const { hash, size } = row;
    const before = this.#files.get(hash);
    const file = { row, held: before?.held ?? new PieceSet(pieceCount(size)) };
    // Known at once, so that nobody begins it a second time.
    this.#files.set(hash, file);
    try {
      await this.#store.begin(row);
    } catch (error) {
      if (before === undefined) this.#files.delete(hash);
      throw error;
    }
    return file;
  }

  /** Lays a piece that was found right beside the others. */
  async write(hash: FileHash, piece: number, bytes: Bytes): Promise<void> {
    await this.#store.write(hash, piece, bytes);
    this.#files.get(hash)?.held.add(piece);
  }

  /** A piece as it was when it was sent; undefined where it is lost. */
  async readPiece(hash: FileHash, piece: number): Promise<Bytes | undefined> {
    const file = this.#files.get(hash);
    if (file === undefined || !file.held.has(piece)) return undefined;
    const bytes = await this.#store.read(hash, piece);
    const isRight = bytes !== undefined &&
      bytes.length === pieceLength(file.row.size, piece) &&
      await this.isPiece(file.row, piece, bytes);
    if (!isRight) file.held.delete(piece);
    return isRight ? bytes : undefined;
  }

  /** Bytes `from` to `to` of a file that is held. */
  async read(hash: FileHash, from: number, to: number): Promise<Bytes> {
    const size = this.#files.get(hash)?.row.size ?? 0;
    if (!this.isHeld(hash) || from < 0 || to > size || from > to) {
      throw new RangeError(`Cannot read bytes ${from} to ${to} of "${hash}"`);
    }
    const read = new Uint8Array(to - from);
    let at = from;
    while (at < to) {
      const piece = Math.floor(at / PIECE_BYTES);
      const bytes = await this.readPiece(hash, piece);
      if (bytes === undefined) {
        throw new Error(`Cannot read "${hash}": piece ${piece} is lost`);
      }
      const start = at - piece * PIECE_BYTES;
      const part = bytes.subarray(start, start + to - at);
      read.set(part, at - from);
      at += part.length;
    }
    return read;
  }

  /** Whether `bytes` are that piece, by the hashes in `row`. */
  async isPiece(
    { pieces }: FileRow,
    piece: number,
    bytes: Bytes,
  ): Promise<boolean> {
    const at = piece * PIECE_HASH_BYTES;
    const hash = pieces?.subarray(at, at + PIECE_HASH_BYTES);
    if (hash?.length !== PIECE_HASH_BYTES) return false;
    const found = await this.#keys.sha256(bytes);
    return hash.every((byte, index) => byte === found[index]);
  }

  /** Whether these are the hashes of the pieces of that file. */
  async arePieces(
    { hash, size }: Pick<FileRow, "hash" | "size">,
    pieces: Bytes,
  ): Promise<boolean> {
    if (pieces.length !== pieceCount(size) * PIECE_HASH_BYTES) return false;
    return await this.#hashOf(size, pieces) === hash;
  }

  async remove(hash: FileHash): Promise<void> {
    this.#files.delete(hash);
    await this.#store.remove(hash);
  }

  close(): void {
    this.#store.close();
  }

  /**
   * Reads a file twice, for its name is its hash: first to find that out, then
   * to keep the bytes. `begun` is told the name in between, before any is kept.
   */
  async take(
    source: FileSource,
    options: TakeOptions,
    begun: (info: FileInfo) => void,
  ): Promise<FileInfo> {
    const { size } = source;
    if (!isFileSize(size)) {
      throw new RangeError(
        `Cannot send ${size} bytes: a file may have ${FILE_BYTES_MAX}`,
      );
    }
    const pieces = await this.#hashPieces(source, options);
    const hash = await this.#hashOf(size, pieces);
    const info: FileInfo = {
      ...{ name: fileNameOf(source.name), size },
      ...{ type: mediaTypeOf(source.type), hash },
    };
    begun(info);
    await this.look(hash);
    if (!this.isHeld(hash)) await this.#keep(source, { hash, pieces }, options);
    options.progress?.(size);
    return info;
  }

  async #hashPieces(
    source: FileSource,
    { signal, progress }: TakeOptions,
  ): Promise<Bytes> {
    const count = pieceCount(source.size);
    const pieces = new Uint8Array(count * PIECE_HASH_BYTES);
    for (let piece = 0; piece < count; piece++) {
      signal?.throwIfAborted();
      const bytes = await readSource(source, piece);
      pieces.set(await this.#keys.sha256(bytes), piece * PIECE_HASH_BYTES);
      progress?.(Math.floor((piece * PIECE_BYTES + bytes.length) / 2));
    }
    return pieces;
  }

  async #keep(
    source: FileSource,
    { hash, pieces }: { hash: FileHash; pieces: Bytes },
    { channel, signal, progress }: TakeOptions,
  ): Promise<void> {
    const { size } = source;
    const { row } = await this.begin({
      ...{ hash, size, channel, pieces, wanted: false },
    });
    for (let piece = 0; piece < pieceCount(size); piece++) {
      signal?.throwIfAborted();
      const bytes = await readSource(source, piece);
      if (!await this.isPiece(row, piece, bytes)) throw changed(source);
      await this.write(hash, piece, bytes);
      const done = piece * PIECE_BYTES + bytes.length;
      progress?.(Math.floor((size + done) / 2));
    }
  }

  async #hashOf(size: number, pieces: Bytes): Promise<FileHash> {
    return encodeBase64Url(
      await this.#keys.sha256(fileHashBytes(size, pieces)),
    );
  }

  /** Hashes that are not the file's any more are as good as none. */
  async #know({ held, pieces, ...row }: StoredFile): Promise<ShelvedFile> {
    const count = pieceCount(row.size);
    const isRight = pieces !== undefined && await this.arePieces(row, pieces);
    const file = isRight
      ? { row: { ...row, pieces }, held: new PieceSet(count, held) }
      : { row, held: new PieceSet(count) };
    this.#files.set(row.hash, file);
    return file;
  }
}

async function readSource(source: FileSource, piece: number): Promise<Bytes> {
  const from = piece * PIECE_BYTES;
  const length = pieceLength(source.size, piece);
  const bytes = await source.read(from, from + length);
  if (bytes.length !== length) throw changed(source);
  return bytes;
}

function changed({ name }: FileSource): Error {
  return new Error(`Cannot send "${name}": it changes while it is read`);
}
