/**
 * The files of one peer: sends them, fetches those that are asked for, gives
 * them to others, and lets go of what no message shares any more. Performs what
 * the core of file transfer decides; hashes, stores and reads beside it.
 * @module
 */
import type { Clock } from "../clock.ts";
import {
  type BulkFrame,
  decodeBulkFrame,
  HASHES_PIECE,
} from "../wire/bulk_frame.ts";
import type { EntryRef } from "../wire/entry.ts";
import { type FileHash, type FileInfo, PIECE_BYTES } from "../wire/file.ts";
import type { FileKey, FileMessage } from "../wire/file_messages.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { PeerInfo } from "../wire/tracker_api.ts";
import type { FileAction } from "./file_actions.ts";
import type { PieceOutcome } from "./file_fetches.ts";
import { FileIndex } from "./file_index.ts";
import { FileShelf, type ShelvedFile } from "./file_shelf.ts";
import { type FileRow, type FileStore, NoRoomError } from "./file_store.ts";
import { FileTransfers } from "./file_transfers.ts";
import type { Bytes, Keys } from "./keys.ts";
import type { FileEngine, FileEngineEvents } from "./late_files.ts";
import type {
  FileProblem,
  FileSource,
  FileState,
  SendFileOptions,
} from "./shared_file.ts";
import { StateTeller } from "./state_teller.ts";
import { Timers } from "./timers.ts";
import type { KeptEntry } from "./verified_entry.ts";

/**
 * What lies here and no message shares may be a file that another tab is about
 * to send: it goes when nothing was added to it for so long.
 */
export const ORPHAN_MS = 10 * 60_000;
/** Files that are fetched at a time; the others wait their turn. */
export const FETCHES_MAX = 1_000;

export interface FileExchangeOptions extends FileEngineEvents {
  store: FileStore;
  keys: Pick<Keys, "sha256">;
  clock: Clock;
}

export class FileExchange implements FileEngine {
  readonly #options: FileExchangeOptions;
  readonly #index = new FileIndex();
  readonly #shelf: FileShelf;
  readonly #core: FileTransfers;
  readonly #teller: StateTeller;
  readonly #timers: Timers;
  readonly #tickTimer: Timers;
  readonly #failed = new Map<FileHash, FileProblem>();
  /** Files that are being sent: they stay though no message shares them yet. */
  readonly #sending: FileHash[] = [];
  /** Files that come in, or would if anybody had them. */
  readonly #fetching = new Set<FileHash>();
  /** Links that take no more bytes for now. */
  readonly #full = new Set<PeerId>();
  #loaded: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: FileExchangeOptions) {
    const { clock, self, random } = options;
    this.#options = options;
    this.#shelf = new FileShelf(options);
    this.#timers = new Timers(clock);
    this.#tickTimer = new Timers(clock);
    this.#teller = new StateTeller(clock, {
      changed: (hash) => options.changed(hash),
      moving: () => this.#fetching,
    });
    this.#core = new FileTransfers({
      ...{ self, random },
      heldOf: (file) => this.#shelf.heldOf(file),
      isShared: (hash, channel) => this.#index.isShared(hash, channel),
      isFullMesh: (channel) => options.isFullMesh(channel),
    });
  }

  start(): void {
    // Where the store can't be read nothing is held; writing tells why.
    this.#loaded = this.#shelf.load().catch(() => {});
    void this.#goOn();
  }

  stop(): void {
    this.#stopped = true;
    this.#timers.clear();
    this.#tickTimer.clear();
    this.#teller.stop();
    this.#shelf.close();
  }

  entriesKept(channel: ChannelName, entries: readonly KeptEntry[]): void {
    this.#unshared(this.#index.add(channel, entries));
    // Those that were wanted before a restart.
    for (const { entry } of entries) {
      if (entry.kind === "file") this.#startIfWanted(entry.hash);
    }
  }

  entriesDropped(channel: ChannelName, entries: readonly KeptEntry[]): void {
    this.#unshared(this.#index.drop(channel, entries));
  }

  /** What it shared stays, and is not fetched any further. */
  leave(channel: ChannelName): void {
    this.#index.forget(channel);
    for (const hash of [...this.#fetching]) {
      if (!this.#index.has(hash)) this.#pause(hash);
    }
  }

  linkUp(peer: PeerInfo, channels: ChannelName[]): void {
    this.#perform(this.#core.linkUp(peer, channels, this.#now));
  }

  linkDown(peer: PeerId): void {
    this.#full.delete(peer);
    this.#perform(this.#core.linkDown(peer, this.#now));
  }

  joined(peer: PeerId, channel: ChannelName): void {
    this.#perform(this.#core.joined(peer, channel));
  }

  left(peer: PeerId, channel: ChannelName): void {
    this.#core.left(peer, channel);
  }

  receive(from: PeerId, message: FileMessage): void {
    this.#perform(this.#core.receive(from, message, this.#now));
  }

  bytes(from: PeerId, frame: Uint8Array): void {
    let decoded: BulkFrame;
    try {
      decoded = decodeBulkFrame(frame);
    } catch (error) {
      const reason = error instanceof Error ? error.message : "no frame";
      return this.#options.strike(from, reason);
    }
    this.#perform(this.#core.frame(from, decoded, this.#now));
  }

  drained(peer: PeerId): void {
    if (this.#full.delete(peer)) this.#pump(peer);
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
      const ref = await this.#options.share(channel, file, replyTo);
      if (this.#fetching.has(file.hash)) await this.#complete(file);
      this.#perform(this.#core.heldChanged(file, this.#now));
      this.#perform(this.#core.watch(file, channel, this.#now));
      return ref;
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
    const bytes = bytesOf(file);
    const progress = this.#core.progress(hash, this.#now);
    if (progress === undefined || progress.from === 0) {
      return { state: "waiting", bytes };
    }
    return { state: "fetching", bytes, ...progress };
  }

  holders(hash: FileHash): number {
    return this.#core.holders(hash);
  }

  fetch(channel: ChannelName, ref: EntryRef): void {
    const file = this.#index.get(channel, ref);
    if (file === undefined) {
      throw new RangeError("Cannot fetch a file of a message that has none");
    }
    void this.#want(channel, file);
  }

  cancel(hash: FileHash): void {
    if (!this.#shelf.isHeld(hash)) void this.discard(hash).catch(() => {});
  }

  async read(hash: FileHash, from: number, to: number): Promise<Bytes> {
    await this.#loaded;
    const wasHeld = this.#shelf.isHeld(hash);
    try {
      return await this.#shelf.read(hash, from, to);
    } finally {
      if (wasHeld) await this.#mendIfLost(hash);
    }
  }

  async discard(hash: FileHash): Promise<void> {
    this.#failed.delete(hash);
    this.#pause(hash);
    this.#core.unwatch(hash);
    await this.#shelf.remove(hash);
    this.#teller.now(hash);
  }

  get #now(): number {
    return this.#options.clock.now();
  }

  async #want(channel: ChannelName, file: FileInfo): Promise<void> {
    const { hash, size } = file;
    await this.#loaded;
    this.#failed.delete(hash);
    try {
      const known = await this.#shelf.look(hash);
      // Another message may have given it another size, and lied.
      if (known !== undefined && known.row.size !== size) {
        this.#pause(hash);
        await this.#shelf.remove(hash);
      }
      if (!this.#shelf.isHeld(hash)) {
        const { pieces } = this.#shelf.get(hash)?.row ?? {};
        const row = { hash, size, channel, wanted: true };
        await this.#shelf.begin(pieces ? { ...row, pieces } : row);
        this.#startIfWanted(hash);
      }
    } catch (error) {
      this.#fail(hash, error);
    }
    this.#teller.now(hash);
  }

  /** What was wanted before the start; what lies here that nobody shares. */
  async #goOn(): Promise<void> {
    await this.#loaded;
    if (this.#stopped) return;
    const before = new Map<FileHash, number>();
    for (const { row, held } of [...this.#shelf]) {
      before.set(row.hash, held.size);
      this.#startIfWanted(row.hash);
      this.#teller.now(row.hash);
    }
    this.#timers.after(ORPHAN_MS, () => void this.#removeOrphans(before));
  }

  #startIfWanted(hash: FileHash): void {
    const file = this.#shelf.get(hash);
    const mayStart = file?.row.wanted === true && this.#index.has(hash) &&
      !this.#fetching.has(hash) && this.#fetching.size < FETCHES_MAX;
    if (file === undefined || !mayStart) return;
    const { size } = file.row;
    this.#fetching.add(hash);
    // An empty one needs nobody; what came before a crash may be all.
    if (size === 0) return void this.#takeEmpty(file.row);
    if (this.#shelf.isHeld(hash)) return void this.#complete(file.row);
    const channels = [...this.#index.channelsOf(hash)];
    this.#perform(this.#core.want({ hash, size }, channels, this.#now));
  }

  /** Not fetched any further for now. */
  #pause(hash: FileHash): void {
    if (!this.#fetching.delete(hash)) return;
    this.#perform(this.#core.drop(hash, this.#now));
    for (const { row } of this.#shelf) {
      if (this.#fetching.size >= FETCHES_MAX) break;
      if (row.hash !== hash) this.#startIfWanted(row.hash);
    }
  }

  async #takeEmpty(row: FileRow): Promise<void> {
    const pieces = new Uint8Array();
    // One that is empty by a lie has nothing that could ever come.
    if (!await this.#shelf.arePieces(row, pieces)) return;
    await this.#complete(row, pieces);
  }

  /** All of it is here. */
  async #complete({ hash }: FileKey, pieces?: Bytes): Promise<void> {
    const row = this.#shelf.get(hash)?.row;
    if (row === undefined) return this.#pause(hash);
    const whole = { ...row, wanted: false };
    // Where that fails it is whole all the same; the next start finds it out.
    const stored = this.#shelf.begin(pieces ? { ...whole, pieces } : whole)
      .catch(() => {});
    this.#pause(hash);
    this.#teller.now(hash);
    await stored;
  }

  #fail(hash: FileHash, error: unknown): void {
    const isNoRoom = error instanceof NoRoomError;
    this.#failed.set(hash, isNoRoom ? "no-room" : "store-failed");
    this.#pause(hash);
    this.#teller.now(hash);
  }

  /** Whatever came of it; where no message came of it, the bytes go. */
  #sent(hash: FileHash): void {
    this.#sending.splice(this.#sending.indexOf(hash), 1);
    if (!this.#index.has(hash)) this.#unshared([hash]);
    this.#teller.now(hash);
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

  #perform(actions: readonly FileAction[]): void {
    const { send, strike, meet } = this.#options;
    for (const action of actions) {
      switch (action.type) {
        case "send":
          send(action.to, action.message);
          break;
        case "strike":
          strike(action.peer, action.reason);
          break;
        case "check":
          void this.#check(action);
          break;
        case "load":
          void this.#load(action);
          break;
        case "pump":
          this.#pump(action.to);
          break;
        case "meet":
          meet(action.peer, action.channel);
          break;
        case "changed":
          this.#teller.soon(action.hash);
      }
    }
    this.#schedule();
  }

  async #check(
    { from, file, piece, bytes }: FileAction & { type: "check" },
  ): Promise<void> {
    let outcome: PieceOutcome;
    try {
      outcome = await this.#keep({ file, piece, bytes });
    } catch (error) {
      outcome = "failed";
      if (this.#fetching.has(file.hash)) this.#fail(file.hash, error);
    }
    if (this.#stopped) return;
    const checked = { file, piece, outcome };
    this.#perform(this.#core.checked(from, checked, this.#now));
    const isWhole = this.#fetching.has(file.hash) &&
      this.#shelf.isHeld(file.hash);
    if (isWhole) await this.#complete(file);
    else this.#teller.soon(file.hash);
  }

  async #keep(
    { file, piece, bytes }: { file: FileKey; piece: number; bytes: Bytes },
  ): Promise<PieceOutcome> {
    const { hash } = file;
    const row = this.#shelf.get(hash)?.row;
    if (row === undefined) return "failed";
    const isRight = piece === HASHES_PIECE
      ? await this.#shelf.arePieces(file, bytes)
      : await this.#shelf.isPiece(row, piece, bytes);
    if (!isRight) return "wrong";
    // It may have been cancelled while it was checked.
    if (!this.#fetching.has(hash)) return "failed";
    if (piece !== HASHES_PIECE) await this.#shelf.write(hash, piece, bytes);
    else await this.#shelf.begin({ ...row, pieces: bytes });
    return "kept";
  }

  async #load(
    { to, file, piece }: FileAction & { type: "load" },
  ): Promise<void> {
    const bytes = await this.#bytesOf(file, piece).catch(() => undefined);
    if (this.#stopped) return;
    this.#perform(this.#core.loaded(to, { file, piece, bytes }));
  }

  async #bytesOf(file: FileKey, piece: number): Promise<Bytes | undefined> {
    const { hash, size } = file;
    const shelved = this.#shelf.get(hash);
    // The message that shared it may be gone by now.
    if (shelved?.row.size !== size || !this.#index.has(hash)) return undefined;
    if (piece === HASHES_PIECE) return shelved.row.pieces;
    const wasHeld = this.#shelf.isHeld(hash);
    const bytes = await this.#shelf.readPiece(hash, piece);
    if (wasHeld) await this.#mendIfLost(hash);
    return bytes;
  }

  /** What the disk has lost of a file that was held comes again from others. */
  async #mendIfLost(hash: FileHash): Promise<void> {
    const row = this.#shelf.get(hash)?.row;
    if (row === undefined || this.#shelf.isHeld(hash)) return;
    await this.#shelf.begin({ ...row, wanted: true });
    this.#startIfWanted(hash);
    this.#teller.now(hash);
  }

  #pump(to: PeerId): void {
    while (!this.#full.has(to)) {
      const frame = this.#core.nextFrame(to);
      if (frame === undefined) break;
      if (!this.#options.sendBytes(to, frame)) this.#full.add(to);
    }
    this.#perform(this.#core.readAhead(to));
  }

  #tick(): void {
    this.#perform(this.#core.tick(this.#now));
  }

  #schedule(): void {
    this.#tickTimer.clear();
    const due = this.#core.dueAt;
    if (this.#stopped || due === Infinity) return;
    this.#tickTimer.after(Math.max(0, due - this.#now), () => this.#tick());
  }
}

function bytesOf({ row: { size }, held }: ShelvedFile): number {
  const last = held.count - 1;
  const missing = held.has(last) ? held.count * PIECE_BYTES - size : 0;
  return held.size * PIECE_BYTES - missing;
}
