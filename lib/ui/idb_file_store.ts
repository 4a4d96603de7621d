/**
 * Keeps files in the browser's IndexedDB, one database for each user of this
 * origin. A piece is a Blob, so that browsers leave it on the disk, also where
 * a whole file is put together of its pieces to be saved.
 * @module
 */
import {
  type FileRow,
  type FileStore,
  NoRoomError,
  type StoredFile,
} from "../mesh/file_store.ts";
import type { Bytes } from "../mesh/keys.ts";
import { channelNames } from "../mesh/stored_rows.ts";
import { type FileHash, isFileHash, isFileSize } from "../wire/file.ts";
import { answered, done, openDatabase } from "./indexed_db.ts";

const VERSION = 1;
const FILES = "files";
const PIECES = "pieces";

type PiecePath = [hash: FileHash, piece: number];

export class IdbFileStore implements FileStore {
  readonly #database: Promise<IDBDatabase>;

  /** Opens at once; where that fails, `opened` and every method reject. */
  constructor(user: string) {
    this.#database = open(user);
    this.#database.catch(() => {});
  }

  async opened(): Promise<void> {
    await this.#database;
  }

  async list(): Promise<StoredFile[]> {
    const database = await this.#database;
    const read = database.transaction([FILES, PIECES]);
    const [rows, paths] = await Promise.all([
      answered(read.objectStore(FILES).getAll()),
      answered(read.objectStore(PIECES).getAllKeys()),
    ]);
    const held = Map.groupBy(paths as PiecePath[], ([hash]) => hash);
    return rows.flatMap(readRow).map((row) => ({
      ...row,
      held: (held.get(row.hash) ?? []).map(([, piece]) => piece),
    }));
  }

  async find(hash: FileHash): Promise<StoredFile | undefined> {
    const database = await this.#database;
    const read = database.transaction([FILES, PIECES]);
    const [row, paths] = await Promise.all([
      answered(read.objectStore(FILES).get(hash)),
      answered(read.objectStore(PIECES).getAllKeys(piecesOf(hash))),
    ]);
    const held = (paths as PiecePath[]).map(([, piece]) => piece);
    return readRow(row).map((row) => ({ ...row, held }))[0];
  }

  async begin(row: FileRow): Promise<void> {
    const database = await this.#database;
    const write = database.transaction(FILES, "readwrite");
    write.objectStore(FILES).put(row, row.hash);
    await orNoRoom(done(write));
  }

  async write(hash: FileHash, piece: number, bytes: Bytes): Promise<void> {
    const path: PiecePath = [hash, piece];
    const blob = new Blob([bytes]);
    const database = await this.#database;
    // What is lost in a power cut is fetched again: no need to wait for disks.
    const write = database.transaction([FILES, PIECES], "readwrite", {
      durability: "relaxed",
    });
    const isDone = orNoRoom(done(write));
    isDone.catch(() => {});
    const files = write.objectStore(FILES);
    if (await answered(files.getKey(hash)) === undefined) {
      write.abort();
      throw new Error(`Cannot write to "${hash}": not begun`);
    }
    write.objectStore(PIECES).put(blob, path);
    await isDone;
  }

  async read(hash: FileHash, piece: number): Promise<Bytes | undefined> {
    const path: PiecePath = [hash, piece];
    const blob: unknown = await answered((await this.#pieces()).get(path));
    if (!(blob instanceof Blob)) return undefined;
    try {
      return new Uint8Array(await blob.arrayBuffer());
    } catch {
      // The browser has lost what lay behind it: so the piece is lost.
      return undefined;
    }
  }

  async remove(hash: FileHash): Promise<void> {
    const database = await this.#database;
    const write = database.transaction([FILES, PIECES], "readwrite");
    write.objectStore(FILES).delete(hash);
    write.objectStore(PIECES).delete(piecesOf(hash));
    await done(write);
  }

  /** All pieces that are here as one, none of it in memory. */
  async blob(hash: FileHash): Promise<Blob> {
    const all = (await this.#pieces()).getAll(piecesOf(hash));
    const pieces: unknown[] = await answered(all);
    return new Blob(pieces.filter((piece) => piece instanceof Blob));
  }

  close(): void {
    this.#database.then((database) => database.close(), () => {});
  }

  /** To read them. */
  async #pieces(): Promise<IDBObjectStore> {
    const read = (await this.#database).transaction(PIECES);
    return read.objectStore(PIECES);
  }
}

function open(user: string): Promise<IDBDatabase> {
  return openDatabase(`weaprous-files:${user}`, VERSION, (database) => {
    // Rows are FileRow under the hash.
    database.createObjectStore(FILES);
    // Rows are Blob under [hash, piece].
    database.createObjectStore(PIECES);
  });
}

/** An array sorts after every number: this spans all pieces, in order. */
function piecesOf(hash: FileHash): IDBKeyRange {
  return IDBKeyRange.bound([hash], [hash, []]);
}

/** The row, or none where it does not read as one any more. */
function readRow(row: unknown): FileRow[] {
  const { hash, size, wanted, pieces, ...rest } = (row ?? {}) as Partial<
    FileRow
  >;
  const [channel] = channelNames(rest.channel);
  if (!isFileHash(hash) || !isFileSize(size)) return [];
  if (channel === undefined || typeof wanted !== "boolean") return [];
  const known = { hash, size, channel, wanted };
  return [pieces instanceof Uint8Array ? { ...known, pieces } : known];
}

async function orNoRoom<T>(done: Promise<T>): Promise<T> {
  try {
    return await done;
  } catch (cause) {
    if ((cause as Error | null)?.name !== "QuotaExceededError") throw cause;
    throw new NoRoomError("Cannot keep more in this browser", { cause });
  }
}
