/**
 * The core of file transfer: takes what linked peers say and send about files,
 * and says what to do. Search finds holders, fetches want pieces of them, serves
 * answer what others want:
 *
 *     want ──► search ──seek-files──► members of the channel
 *                 ◄──files-held──────        │
 *              fetches ──want-pieces──► serves of the holder
 *                 ◄──frames of pieces──      │
 *              check ──► shelf ──► heldChanged ──files-held──► who asked
 *
 * Pure: what lies here and what is shared is looked up, times and chance are
 * given. The shell checks pieces, stores them, and reads those that go out.
 * @module
 */
import type { BulkFrame } from "../wire/bulk_frame.ts";
import { type FileHash, pieceCount } from "../wire/file.ts";
import type { FileKey, FileMessage, FilesHeld } from "../wire/file_messages.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { PeerInfo } from "../wire/tracker_api.ts";
import type { FileAction } from "./file_actions.ts";
import { FileFetches, type PieceOutcome } from "./file_fetches.ts";
import { FileSearch, type FileSearchOptions } from "./file_search.ts";
import { FileServes } from "./file_serves.ts";
import type { Bytes } from "./keys.ts";
import { PieceSet } from "./piece_set.ts";

export type FileTransfersOptions = Omit<FileSearchOptions, "hasHolder">;

/** How a file comes in. */
export interface Progress {
  bytesPerSecond: number;
  /** Peers from which pieces come now. */
  from: number;
}

export class FileTransfers {
  readonly #options: FileTransfersOptions;
  readonly #search: FileSearch;
  readonly #fetches: FileFetches;
  readonly #serves = new FileServes();
  /** Of files that were sent here: those who told that they hold all. */
  readonly #holders = new Map<FileHash, Set<PeerId>>();

  constructor(options: FileTransfersOptions) {
    this.#options = options;
    this.#fetches = new FileFetches(options.heldOf);
    this.#search = new FileSearch({
      ...options,
      hasHolder: (hash) => this.#fetches.get(hash)?.hasHolder ?? false,
    });
  }

  get dueAt(): number {
    return Math.min(this.#search.dueAt, this.#fetches.dueAt);
  }

  /** Undefined where the file is not fetched. */
  progress(hash: FileHash, now: number): Progress | undefined {
    const fetch = this.#fetches.get(hash);
    return fetch && {
      bytesPerSecond: fetch.speed.bytesPerSecond(now),
      from: this.#fetches.sourcesOf(hash),
    };
  }

  /** Linked peers that hold all of a file that was sent here. */
  holders(hash: FileHash): number {
    return this.#holders.get(hash)?.size ?? 0;
  }

  linkUp(info: PeerInfo, channels: ChannelName[], now: number): FileAction[] {
    return this.#search.linkUp(info, channels, now);
  }

  linkDown(peer: PeerId, now: number): FileAction[] {
    this.#search.linkDown(peer);
    this.#serves.linkDown(peer);
    for (const holders of this.#holders.values()) holders.delete(peer);
    return this.#fetches.linkDown(peer, now);
  }

  joined(peer: PeerId, channel: ChannelName): FileAction[] {
    return this.#search.joined(peer, channel);
  }

  left(peer: PeerId, channel: ChannelName): void {
    this.#search.left(peer, channel);
  }

  /** Fetches a file that these channels share. */
  want(file: FileKey, channels: ChannelName[], now: number): FileAction[] {
    if (this.#fetches.get(file.hash) !== undefined) return [];
    this.#fetches.want(file, this.#options.random(), now);
    return this.#search.seek(file, channels, now);
  }

  /** It was sent here: others tell from now on when they have it. */
  watch(file: FileKey, channel: ChannelName, now: number): FileAction[] {
    const actions = this.#search.watch(file, channel, now);
    for (const hash of [...this.#holders.keys()]) {
      if (!this.#search.isWatched(hash)) this.#holders.delete(hash);
    }
    return actions;
  }

  unwatch(hash: FileHash): void {
    this.#search.unwatch(hash);
    this.#holders.delete(hash);
  }

  /** It is held, or is not wanted any more. */
  drop(hash: FileHash, now: number): FileAction[] {
    return [
      ...this.#search.unseek(hash),
      ...this.#fetches.drop(hash, now),
    ];
  }

  receive(from: PeerId, message: FileMessage, now: number): FileAction[] {
    switch (message.type) {
      case "seek-files":
        return this.#search.sought(from, message, now);
      case "unseek-files":
        this.#search.unsought(from, message.hashes);
        return [];
      case "files-held":
        return [
          ...this.#holds(from, message, now),
          ...this.#search.held(from, message),
        ];
      case "files-found":
        return this.#search.found(from, message);
      case "want-pieces": {
        const isFor = this.#search.isFor(from, message.hash);
        return this.#serves.want(from, message, isFor);
      }
      case "unwant-pieces":
        return this.#serves.unwant(from, message.stream);
    }
  }

  frame(from: PeerId, frame: BulkFrame, now: number): FileAction[] {
    return this.#fetches.frame(from, frame, now);
  }

  /** What was to be checked has been; a piece that is kept is held by now. */
  checked(
    from: PeerId,
    { file, piece, outcome }: {
      file: FileKey;
      piece: number;
      outcome: PieceOutcome;
    },
    now: number,
  ): FileAction[] {
    const { hash } = file;
    const asks = this.#fetches.checked(from, { hash, piece, outcome }, now);
    return outcome === "kept"
      ? [...asks, ...this.heldChanged(file, now)]
      : asks;
  }

  /** More of a file lies here than before, wherever it came from. */
  heldChanged(file: FileKey, now: number): FileAction[] {
    return this.#search.heldChanged(file, now);
  }

  /** What was to be read; undefined where it is not here. */
  loaded(
    to: PeerId,
    { file: { hash }, piece, bytes }: {
      file: FileKey;
      piece: number;
      bytes: Bytes | undefined;
    },
  ): FileAction[] {
    return this.#serves.loaded(to, { hash, piece, bytes });
  }

  /** The next frame for that peer; undefined where none is ready. */
  nextFrame(to: PeerId): Bytes | undefined {
    return this.#serves.nextFrame(to);
  }

  readAhead(to: PeerId): FileAction[] {
    return this.#serves.readAhead(to);
  }

  tick(now: number): FileAction[] {
    return [...this.#search.tick(now), ...this.#fetches.tick(now)];
  }

  #holds(from: PeerId, { files }: FilesHeld, now: number): FileAction[] {
    return files.flatMap(({ hash, size, held }) => {
      const count = pieceCount(size);
      const pieces = held === "all"
        ? PieceSet.whole(count)
        : PieceSet.fromBits(count, held);
      const actions = this.#fetches
        .holds(from, { hash, size }, pieces, now);
      if (pieces.isWhole && this.#search.isWatched(hash)) {
        const holders = this.#holders.get(hash) ?? new Set();
        this.#holders.set(hash, holders.add(from));
      }
      return [...actions, { type: "changed" as const, hash }];
    });
  }
}
