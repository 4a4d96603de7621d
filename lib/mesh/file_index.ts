/**
 * Which files the kept entries of the joined channels name: where each is
 * shared, and when the last message that shares it is gone. A message that is
 * taken back shares nothing, whichever of the two entries comes first. Pure.
 * @module
 */
import { type EntryRef, refKey } from "../wire/entry.ts";
import type { FileHash, FileInfo } from "../wire/file.ts";
import type { ChannelName } from "../wire/names.ts";
import { fileOf } from "./shared_file.ts";
import type { KeptEntry } from "./verified_entry.ts";

/** Of one channel, by author and number. */
interface Room {
  shared: Map<string, FileInfo>;
  /** Messages that their author took back, known as files or not. */
  deleted: Set<string>;
}

export class FileIndex {
  readonly #rooms = new Map<ChannelName, Room>();
  /** How many messages of each channel share it. */
  readonly #uses = new Map<FileHash, Map<ChannelName, number>>();

  /** The file that a message shares. */
  get(channel: ChannelName, ref: EntryRef): FileInfo | undefined {
    return this.#rooms.get(channel)?.shared.get(refKey(ref));
  }

  /** Whether what is kept of that channel was told. */
  knows(channel: ChannelName): boolean {
    return this.#rooms.has(channel);
  }

  has(hash: FileHash): boolean {
    return this.#uses.has(hash);
  }

  isShared(hash: FileHash, channel: ChannelName): boolean {
    return this.#uses.get(hash)?.has(channel) ?? false;
  }

  /** The channels in which it is shared. */
  channelsOf(hash: FileHash): Iterable<ChannelName> {
    return this.#uses.get(hash)?.keys() ?? [];
  }

  /** Takes entries that are kept from now on; the files no longer shared. */
  add(channel: ChannelName, entries: readonly KeptEntry[]): FileHash[] {
    const room = this.#room(channel);
    const unshared: FileHash[] = [];
    for (const { entry } of entries) {
      const file = fileOf(entry);
      if (file !== undefined) this.#share(channel, refKey(entry), file);
      if (entry.kind !== "delete") continue;
      const key = refKey({ author: entry.author, seq: entry.target });
      unshared.push(...this.#unshare(channel, key));
      room.deleted.add(key);
    }
    return unshared.filter((hash) => !this.has(hash));
  }

  /** Entries that are not kept any more; the files no longer shared. */
  drop(channel: ChannelName, entries: readonly KeptEntry[]): FileHash[] {
    const unshared: FileHash[] = [];
    for (const { entry } of entries) {
      unshared.push(...this.#unshare(channel, refKey(entry)));
      if (entry.kind !== "delete") continue;
      // What it took back was older, and is gone already.
      const { author, target: seq } = entry;
      this.#room(channel).deleted.delete(refKey({ author, seq }));
    }
    return unshared.filter((hash) => !this.has(hash));
  }

  /** The channel is left: what it shared is not known any more. */
  forget(channel: ChannelName): void {
    for (const key of [...this.#rooms.get(channel)?.shared.keys() ?? []]) {
      this.#unshare(channel, key);
    }
    this.#rooms.delete(channel);
  }

  #share(channel: ChannelName, key: string, file: FileInfo): void {
    const room = this.#room(channel);
    if (room.shared.has(key) || room.deleted.has(key)) return;
    room.shared.set(key, file);
    const uses = this.#uses.get(file.hash) ?? new Map<ChannelName, number>();
    uses.set(channel, (uses.get(channel) ?? 0) + 1);
    this.#uses.set(file.hash, uses);
  }

  /** The file that this message shared. */
  #unshare(channel: ChannelName, key: string): FileHash[] {
    const room = this.#room(channel);
    const file = room.shared.get(key);
    if (file === undefined) return [];
    room.shared.delete(key);
    const uses = this.#uses.get(file.hash);
    const left = (uses?.get(channel) ?? 0) - 1;
    if (left > 0) uses?.set(channel, left);
    else uses?.delete(channel);
    if (uses?.size === 0) this.#uses.delete(file.hash);
    return [file.hash];
  }

  #room(channel: ChannelName): Room {
    let room = this.#rooms.get(channel);
    if (room === undefined) {
      room = { shared: new Map(), deleted: new Set() };
      this.#rooms.set(channel, room);
    }
    return room;
  }
}
