/**
 * The files of one peer: sends them, fetches those that are asked for, and lets
 * go of what no message shares any more. Joins the shelf to the channels' talk.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { EntryRef } from "../wire/entry.ts";
import type { FileHash, FileInfo } from "../wire/file.ts";
import type { ChannelName } from "../wire/names.ts";
import { FileIndex } from "./file_index.ts";
import { FileShelf } from "./file_shelf.ts";
import { type FileStore, NoRoomError } from "./file_store.ts";
import type { Bytes, Keys } from "./keys.ts";
import type { FileEngine, FileEngineEvents } from "./late_files.ts";
import type {
  FileProblem,
  FileSource,
  FileState,
  SendFileOptions,
} from "./shared_file.ts";
import { Timers } from "./timers.ts";
import type { KeptEntry } from "./verified_entry.ts";

/**
 * What lies here and no message shares may be a file that another tab is about
 * to send: it goes when nothing was added to it for so long.
 */
export const ORPHAN_MS = 10 * 60_000;

export interface FileExchangeOptions extends FileEngineEvents {
  store: FileStore;
  keys: Pick<Keys, "sha256">;
  clock: Clock;
}

export class FileExchange implements FileEngine {
  readonly #options: FileExchangeOptions;
  readonly #index = new FileIndex();
  readonly #shelf: FileShelf;
  readonly #timers: Timers;
  readonly #failed = new Map<FileHash, FileProblem>();
  /** Files that are being sent: they stay though no message shares them yet. */
  readonly #sending: FileHash[] = [];
  #loaded: Promise<void> = Promise.resolve();

  constructor(options: FileExchangeOptions) {
    this.#options = options;
    this.#shelf = new FileShelf(options);
    this.#timers = new Timers(options.clock);
  }

  start(): void {
    // Where the store can't be read nothing is held; writing tells why.
    this.#loaded = this.#shelf.load().catch(() => {});
    void this.#watchOrphans();
  }

  stop(): void {
    this.#timers.clear();
    this.#shelf.close();
  }

  entriesKept(channel: ChannelName, entries: readonly KeptEntry[]): void {
    this.#unshared(this.#index.add(channel, entries));
  }

  entriesDropped(channel: ChannelName, entries: readonly KeptEntry[]): void {
    this.#unshared(this.#index.drop(channel, entries));
  }

  /** What it shared stays, and is not fetched any further. */
  leave(channel: ChannelName): void {
    this.#index.forget(channel);
  }

  async send(
    channel: ChannelName,
    source: FileSource,
    { replyTo, ...options }: SendFileOptions = {},
  ): Promise<EntryRef> {
    await this.#loaded;
    let sent: FileHash | undefined;
    try {
      const file = await this.#shelf
        .take(source, { ...options, channel }, ({ hash }) => {
          sent = hash;
          this.#sending.push(hash);
        });
      this.#failed.delete(file.hash);
      return await this.#options.share(channel, file, replyTo);
    } finally {
      if (sent !== undefined) this.#sent(sent);
    }
  }

  state(hash: FileHash): FileState {
    if (this.#shelf.isHeld(hash)) return { state: "held" };
    const problem = this.#failed.get(hash);
    if (problem !== undefined) return { state: "failed", problem };
    const file = this.#shelf.get(hash);
    if (file?.row.wanted !== true) return { state: "absent", holders: 0 };
    return { state: "waiting", bytes: 0 };
  }

  fetch(channel: ChannelName, ref: EntryRef): void {
    const file = this.#index.get(channel, ref);
    if (file === undefined) {
      throw new RangeError("Cannot fetch a file of a message that has none");
    }
    void this.#want(channel, file);
  }

  cancel(hash: FileHash): void {
    if (!this.#shelf.isHeld(hash)) void this.discard(hash);
  }

  async read(hash: FileHash, from: number, to: number): Promise<Bytes> {
    await this.#loaded;
    return await this.#shelf.read(hash, from, to);
  }

  async discard(hash: FileHash): Promise<void> {
    this.#failed.delete(hash);
    await this.#shelf.remove(hash);
    this.#options.changed(hash);
  }

  async #want(channel: ChannelName, file: FileInfo): Promise<void> {
    const { hash, size } = file;
    await this.#loaded;
    this.#failed.delete(hash);
    try {
      const known = await this.#shelf.look(hash);
      if (!this.#shelf.isHeld(hash)) {
        const { pieces } = known?.row ?? {};
        const row = { hash, size, channel, wanted: true };
        await this.#shelf.begin(pieces ? { ...row, pieces } : row);
      }
    } catch (error) {
      this.#failed.set(hash, problemOf(error));
    }
    this.#options.changed(hash);
  }

  /** Whatever came of it; where no message came of it, the bytes go. */
  #sent(hash: FileHash): void {
    this.#sending.splice(this.#sending.indexOf(hash), 1);
    if (!this.#index.has(hash)) this.#unshared([hash]);
    this.#options.changed(hash);
  }

  #unshared(hashes: FileHash[]): void {
    for (const hash of hashes) {
      if (!this.#sending.includes(hash)) void this.#drop(hash);
    }
  }

  async #drop(hash: FileHash): Promise<void> {
    await this.#loaded;
    if (this.#shelf.get(hash) === undefined || this.#index.has(hash)) return;
    // A store that can't remove it keeps it until the next start.
    await this.discard(hash).catch(() => {});
  }

  /** Files that a crash left behind between their bytes and their message. */
  async #watchOrphans(): Promise<void> {
    await this.#loaded;
    const before = new Map<FileHash, number>();
    for (const { row, held } of this.#shelf) before.set(row.hash, held.size);
    this.#timers.after(ORPHAN_MS, () => void this.#removeOrphans(before));
  }

  /** Those that no message shares, and that are as they were at the start. */
  async #removeOrphans(before: ReadonlyMap<FileHash, number>): Promise<void> {
    for (const [hash, size] of before) {
      if (this.#index.has(hash)) continue;
      const file = await this.#shelf.look(hash).catch(() => undefined);
      // What a channel shares that we are not in now is not known.
      const isKnown = file !== undefined &&
        this.#index.knows(file.row.channel);
      if (isKnown && file.held.size === size) this.#unshared([hash]);
    }
  }
}

function problemOf(error: unknown): FileProblem {
  return error instanceof NoRoomError ? "no-room" : "store-failed";
}
