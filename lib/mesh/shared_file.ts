/**
 * Files as whoever presents a chat sees them: what a message shares, whether
 * the bytes are here, and what can be done about that.
 * @module
 */
import type { Entry, EntryRef } from "../wire/entry.ts";
import type { FileHash, FileInfo } from "../wire/file.ts";
import type { ChannelName } from "../wire/names.ts";
import type { Bytes } from "./keys.ts";

export type { FileHash, FileInfo };

/** A file to be sent, wherever it lies. */
export interface FileSource {
  name: string;
  size: number;
  /** Empty where it is not known. */
  type: string;
  /** Bytes `from` (inclusive) to `to` (exclusive). */
  read(from: number, to: number): Promise<Bytes>;
}

/** Why a file is not fetched any further: nothing can be stored here. */
export type FileProblem = "no-room" | "store-failed";

export type FileState =
  /** All of it is here, and is what it was when it was sent. */
  | { state: "held" }
  /** Not asked for; `holders` linked peers are known to have it all. */
  | { state: "absent"; holders: number }
  /** Pieces come in `from` so many peers; `bytes` are here. */
  | {
    state: "fetching";
    bytes: number;
    bytesPerSecond: number;
    from: number;
  }
  /** Asked for; it goes on by itself once somebody who has it is linked. */
  | { state: "waiting"; bytes: number }
  | { state: "failed"; problem: FileProblem };

export interface SendFileOptions {
  replyTo?: EntryRef;
  signal?: AbortSignal;
  /** Bytes done of the file's size; it is read twice, each counts half. */
  progress?: (bytes: number) => void;
}

/** The files that messages of the joined channels share. */
export interface Files {
  /**
   * Reads and stores it, then says so in the channel. RangeError where it can't
   * be sent; an AbortError, and nothing said, once `signal` is aborted.
   */
  send(
    channel: ChannelName,
    source: FileSource,
    options?: SendFileOptions,
  ): Promise<EntryRef>;
  state(hash: FileHash): FileState;
  /** Linked peers that have told they hold all of a file that was sent here. */
  holders(hash: FileHash): number;
  /**
   * Fetches the file of that message from whoever holds it, over broken links
   * and restarts, until it is held or cancelled; RangeError where it has none.
   */
  fetch(channel: ChannelName, ref: EntryRef): void;
  /** Not fetched any more; what came of it goes. */
  cancel(hash: FileHash): void;
  /** Bytes `from` (inclusive) to `to` (exclusive) of a file that is held. */
  read(hash: FileHash, from: number, to: number): Promise<Bytes>;
  /** Lets the bytes go; the message stays. */
  discard(hash: FileHash): Promise<void>;
}

/** The file that an entry shares. */
export function fileOf(entry: Entry): FileInfo | undefined {
  if (entry.kind !== "file") return undefined;
  const { name, size, type, hash } = entry;
  return { name, size, type, hash };
}
