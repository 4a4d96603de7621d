/**
 * The seam to whatever keeps the bytes of files over a restart, and its
 * in-memory twin. Every store passes tests/conformance/file_store.ts. A store
 * checks nothing that it is given; what it gives back is checked by its user.
 * @module
 */
import type { FileHash } from "../wire/file.ts";
import type { ChannelName } from "../wire/names.ts";
import type { Bytes } from "./keys.ts";

/** What is known of a file besides its bytes. */
export interface FileRow {
  hash: FileHash;
  size: number;
  /** Where it was sent, or fetched from. */
  channel: ChannelName;
  /** 32 bytes for each piece, in order, once they are known. */
  pieces?: Bytes;
  /** To be fetched until it is whole, also after a restart. */
  wanted: boolean;
}

export interface StoredFile extends FileRow {
  /** Pieces whose bytes are here, ascending. */
  held: number[];
}

export interface FileStore {
  list(): Promise<StoredFile[]>;
  find(hash: FileHash): Promise<StoredFile | undefined>;
  /** Makes the row, or writes it anew; pieces that are held stay. */
  begin(row: FileRow): Promise<void>;
  /** Of a file that was begun; one that is there already is written anew. */
  write(hash: FileHash, piece: number, bytes: Bytes): Promise<void>;
  read(hash: FileHash, piece: number): Promise<Bytes | undefined>;
  /** Row and bytes; nothing where there is none. */
  remove(hash: FileHash): Promise<void>;
  close(): void;
}

/** `begin` and `write` reject with it where the disk is full. */
export class NoRoomError extends Error {
  override name = "NoRoomError";
}

interface MemoryFile {
  row: FileRow;
  pieces: Map<number, Bytes>;
}

/** Keeps nothing over a restart, and at most `bytesMax`. */
export class MemoryFileStore implements FileStore {
  readonly #bytesMax: number;
  readonly #files = new Map<FileHash, MemoryFile>();
  #bytes = 0;

  constructor({ bytesMax = Infinity } = {}) {
    this.#bytesMax = bytesMax;
  }

  list(): Promise<StoredFile[]> {
    return Promise.resolve([...this.#files.values()].map(stored));
  }

  find(hash: FileHash): Promise<StoredFile | undefined> {
    const file = this.#files.get(hash);
    return Promise.resolve(file && stored(file));
  }

  begin(row: FileRow): Promise<void> {
    const pieces = this.#files.get(row.hash)?.pieces ?? new Map();
    this.#files.set(row.hash, { row: { ...row }, pieces });
    return Promise.resolve();
  }

  write(hash: FileHash, piece: number, bytes: Bytes): Promise<void> {
    const pieces = this.#files.get(hash)?.pieces;
    if (pieces === undefined) {
      return Promise.reject(new Error(`Cannot write to "${hash}": not begun`));
    }
    const more = bytes.length - (pieces.get(piece)?.length ?? 0);
    if (this.#bytes + more > this.#bytesMax) {
      return Promise.reject(new NoRoomError("Cannot keep a piece: no room"));
    }
    this.#bytes += more;
    pieces.set(piece, bytes.slice());
    return Promise.resolve();
  }

  read(hash: FileHash, piece: number): Promise<Bytes | undefined> {
    return Promise.resolve(this.#files.get(hash)?.pieces.get(piece)?.slice());
  }

  remove(hash: FileHash): Promise<void> {
    const pieces = this.#files.get(hash)?.pieces ?? new Map<number, Bytes>();
    for (const bytes of pieces.values()) this.#bytes -= bytes.length;
    this.#files.delete(hash);
    return Promise.resolve();
  }

  close(): void {}
}

function stored({ row, pieces }: MemoryFile): StoredFile {
  return { ...row, held: [...pieces.keys()].sort((a, b) => a - b) };
}
