/**
 * Keeps files in one SQLite file, a row for each piece, for a peer in a
 * terminal. A piece is there or it is not, whatever ends the process; what was
 * removed gives its room back to the disk.
 * @module
 */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import {
  type FileRow,
  type FileStore,
  NoRoomError,
  type StoredFile,
} from "../mesh/file_store.ts";
import type { Bytes } from "../mesh/keys.ts";
import { type FileHash, isFileHash, isFileSize } from "../wire/file.ts";
import { inOneStep, openPrivateDatabase } from "./private_database.ts";

const VERSION = 1;
const SCHEMA = `
  CREATE TABLE files (
    hash TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    channel TEXT NOT NULL,
    pieces BLOB,
    wanted INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE pieces (
    hash TEXT NOT NULL,
    piece INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (hash, piece)
  ) STRICT;
  CREATE TABLE saved (hash TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
`;
/**
 * A piece that a power cut takes comes again; waiting for the disk at each would
 * make every transfer as slow as the disk turns. Large pages: so are the rows.
 */
const SETTINGS = `
  PRAGMA page_size = 32768;
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA synchronous = NORMAL;
`;
/** Primary result code of SQLite: the disk, or the file's limit, is full. */
const SQLITE_FULL = 13;

type Row = Record<string, unknown>;

export interface SqliteFileStoreOptions {
  /** Of all pieces together. */
  bytesMax?: number;
}

export class SqliteFileStore implements FileStore {
  readonly #database: DatabaseSync;
  readonly #bytesMax: number;
  #bytes: number;

  constructor(
    path: string,
    { bytesMax = Infinity }: SqliteFileStoreOptions = {},
  ) {
    const schema = { version: VERSION, sql: SCHEMA, first: SETTINGS };
    this.#database = openPrivateDatabase(path, schema);
    this.#bytesMax = bytesMax;
    const [row] = this.#all("SELECT sum(length(bytes)) AS sum FROM pieces");
    this.#bytes = Number(row?.["sum"] ?? 0);
  }

  // deno-lint-ignore require-await -- what SQLite throws must reject.
  async list(): Promise<StoredFile[]> {
    return this.#all("SELECT * FROM files").flatMap((row) => this.#read(row));
  }

  // deno-lint-ignore require-await
  async find(hash: FileHash): Promise<StoredFile | undefined> {
    return this.#all("SELECT * FROM files WHERE hash = ?", hash)
      .flatMap((row) => this.#read(row)).at(0);
  }

  // deno-lint-ignore require-await
  async begin({ hash, size, channel, pieces, wanted }: FileRow): Promise<void> {
    this.#write(() =>
      this.#run(
        `INSERT INTO files VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET size = excluded.size,
           channel = excluded.channel, pieces = excluded.pieces,
           wanted = excluded.wanted`,
        ...[hash, size, channel, pieces ?? null, Number(wanted)],
      )
    );
  }

  // deno-lint-ignore require-await
  async write(hash: FileHash, piece: number, bytes: Bytes): Promise<void> {
    this.#write(() => {
      const begun = this.#all("SELECT 1 FROM files WHERE hash = ?", hash);
      if (begun.length === 0) {
        throw new Error(`Cannot write to "${hash}": not begun`);
      }
      const more = bytes.length - this.#lengthOf(hash, piece);
      if (this.#bytes + more > this.#bytesMax) {
        throw new NoRoomError(
          `Cannot keep a piece: all files together may have ${this.#bytesMax} bytes`,
        );
      }
      this.#run(
        "INSERT OR REPLACE INTO pieces VALUES (?, ?, ?)",
        ...[hash, piece, bytes],
      );
      this.#bytes += more;
    });
  }

  // deno-lint-ignore require-await
  async read(hash: FileHash, piece: number): Promise<Bytes | undefined> {
    const [row] = this.#all(
      "SELECT bytes FROM pieces WHERE hash = ? AND piece = ?",
      ...[hash, piece],
    );
    const bytes = row?.["bytes"];
    return bytes instanceof Uint8Array ? new Uint8Array(bytes) : undefined;
  }

  // deno-lint-ignore require-await
  async remove(hash: FileHash): Promise<void> {
    this.#drop(hash);
  }

  /** Lets the oldest go that are not on their way, until so much is left. */
  trim(bytesMax: number): void {
    const rows = this.#all(
      "SELECT hash FROM files WHERE wanted = 0 ORDER BY rowid",
    );
    for (const { hash } of rows) {
      if (this.#bytes <= bytesMax) break;
      this.#drop(String(hash));
    }
  }

  /** Whether noteSaved() was told of it, in this run or an earlier one. */
  isSaved(hash: FileHash): boolean {
    return this.#all("SELECT 1 FROM saved WHERE hash = ?", hash).length > 0;
  }

  /** It was written to where its user wanted it. */
  noteSaved(hash: FileHash): void {
    this.#run("INSERT OR IGNORE INTO saved VALUES (?)", hash);
  }

  close(): void {
    this.#database.close();
  }

  #drop(hash: FileHash): void {
    const [row] = this.#all(
      "SELECT sum(length(bytes)) AS sum FROM pieces WHERE hash = ?",
      hash,
    );
    inOneStep(this.#database, () => {
      this.#run("DELETE FROM pieces WHERE hash = ?", hash);
      this.#run("DELETE FROM files WHERE hash = ?", hash);
    });
    this.#bytes -= Number(row?.["sum"] ?? 0);
    // It frees a page a step, and exec() takes one step only.
    const freed = this.#database.prepare("PRAGMA incremental_vacuum").iterate();
    while (freed.next().done !== true);
  }

  #lengthOf(hash: FileHash, piece: number): number {
    const [row] = this.#all(
      "SELECT length(bytes) AS length FROM pieces WHERE hash = ? AND piece = ?",
      ...[hash, piece],
    );
    return Number(row?.["length"] ?? 0);
  }

  /** Nothing for a row that is not what it should be any more. */
  #read({ hash, size, channel, pieces, wanted }: Row): StoredFile[] {
    if (!isFileHash(hash) || !isFileSize(size)) return [];
    const row: FileRow = {
      ...{ hash, size, channel: String(channel), wanted: wanted === 1 },
    };
    if (pieces instanceof Uint8Array) row.pieces = new Uint8Array(pieces);
    const held = this.#all(
      "SELECT piece FROM pieces WHERE hash = ? ORDER BY piece",
      hash,
    ).map(({ piece }) => Number(piece));
    return [{ ...row, held }];
  }

  /** Says by its own name that there is no room. */
  #write(run: () => void): void {
    try {
      inOneStep(this.#database, run);
    } catch (cause) {
      const isFull = cause instanceof Error && "errcode" in cause &&
        cause.errcode === SQLITE_FULL;
      if (!isFull) throw cause;
      throw new NoRoomError("Cannot keep a piece: the disk is full", { cause });
    }
  }

  #all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#database.prepare(sql).all(...values);
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#database.prepare(sql).run(...values);
  }
}
