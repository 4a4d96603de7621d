/**
 * The files of one peer, as far as they are there: a page loads what moves
 * files after what it shows first. Until then nothing is held, and what is
 * asked for waits. What was said meanwhile the engine is told when it comes.
 * @module
 */
import type { Random } from "../random.ts";
import type { EntryRef } from "../wire/entry.ts";
import type { FileMessage } from "../wire/file_messages.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import { CHANNELS_PER_PEER_MAX, type PeerInfo } from "../wire/tracker_api.ts";
import type { Bytes } from "./keys.ts";
import type {
  FileHash,
  FileInfo,
  Files,
  FileSource,
  FileState,
  SendFileOptions,
} from "./shared_file.ts";
import type { LinkedInfo } from "./linked_peers.ts";
import type { KeptEntry } from "./verified_entry.ts";

/** What moves files: FileExchange, wherever it comes from. */
export interface FileEngine extends Files {
  start(): void;
  stop(): void;
  /** Kept from now on; an entry may come twice. */
  entriesKept(channel: ChannelName, entries: readonly KeptEntry[]): void;
  entriesDropped(channel: ChannelName, entries: readonly KeptEntry[]): void;
  leave(channel: ChannelName): void;
  /** A peer that understands what is said about files is linked and verified. */
  linkUp(peer: PeerInfo, channels: ChannelName[]): void;
  linkDown(peer: PeerId): void;
  /** A linked peer came into a channel, or left it. */
  joined(peer: PeerId, channel: ChannelName): void;
  left(peer: PeerId, channel: ChannelName): void;
  receive(from: PeerId, message: FileMessage): void;
  /** A frame of a piece, not decoded. */
  bytes(from: PeerId, frame: Uint8Array): void;
  /** More frames fit on the link to that peer. */
  drained(peer: PeerId): void;
}

/** What an engine has of its peer, and does through it. */
export interface FileEngineEvents {
  self: PeerId;
  random: Random;
  send(to: PeerId, message: FileMessage): void;
  /** False where no more fits before `drained`. */
  sendBytes(to: PeerId, frame: Bytes): boolean;
  /** What no honest peer does. */
  strike(peer: PeerId, reason: string): void;
  /** Builds a link to a member of `channel` that holds what is sought. */
  meet(peer: PeerInfo, channel: ChannelName): void;
  /** Whether all members of `channel` are linked to each other. */
  isFullMesh(channel: ChannelName): boolean;
  /** Says in a channel that a file can be had. */
  share(
    channel: ChannelName,
    file: FileInfo,
    replyTo?: EntryRef,
  ): Promise<EntryRef>;
  /** `state()` of that file is different. */
  changed(hash: FileHash): void;
}

/** A promise where it has to be loaded first. */
export type OpenFiles = (
  events: FileEngineEvents,
) => FileEngine | Promise<FileEngine>;

export interface LateFilesParts {
  open: () => FileEngine | Promise<FileEngine>;
  channels(): readonly ChannelName[];
  entries(channel: ChannelName): readonly KeptEntry[];
}

/** What linked peers said before the engine was there; more is not kept. */
export const EARLY_MESSAGES_MAX = 200;

interface LinkedPeer extends PeerInfo {
  channels: Set<ChannelName>;
  early: FileMessage[];
}

export class LateFiles implements Files {
  readonly #parts: LateFilesParts;
  #engine: FileEngine | undefined;
  #loading: Promise<FileEngine> | undefined;
  readonly #linked = new Map<PeerId, LinkedPeer>();
  #stopped = false;

  constructor(parts: LateFilesParts) {
    this.#parts = parts;
  }

  start(): void {
    const engine = this.#parts.open();
    if (engine instanceof Promise) {
      this.#loading = this.#awaited(engine);
      // Told to whoever needs it, who tries again.
      this.#loading.catch(() => {});
    } else this.#use(engine);
  }

  stop(): void {
    this.#stopped = true;
    this.#engine?.stop();
  }

  entriesKept(channel: ChannelName, entries: readonly KeptEntry[]): void {
    this.#engine?.entriesKept(channel, entries);
  }

  entriesDropped(channel: ChannelName, entries: readonly KeptEntry[]): void {
    this.#engine?.entriesDropped(channel, entries);
  }

  leave(channel: ChannelName): void {
    this.#engine?.leave(channel);
  }

  linkUp(
    { peer, user, speaksFiles }: LinkedInfo,
    channels: ChannelName[],
  ): void {
    if (speaksFiles !== true) return;
    const linked = { peer, user, channels: new Set(channels), early: [] };
    this.#linked.set(peer, linked);
    this.#engine?.linkUp({ peer, user }, channels);
  }

  linkDown(peer: PeerId): void {
    if (this.#linked.delete(peer)) this.#engine?.linkDown(peer);
  }

  joined(peer: PeerId, channel: ChannelName): void {
    const channels = this.#linked.get(peer)?.channels;
    if (channels === undefined || channels.size >= CHANNELS_PER_PEER_MAX) {
      return;
    }
    channels.add(channel);
    this.#engine?.joined(peer, channel);
  }

  left(peer: PeerId, channel: ChannelName): void {
    this.#linked.get(peer)?.channels.delete(channel);
    this.#engine?.left(peer, channel);
  }

  receive(from: PeerId, message: FileMessage): void {
    const linked = this.#linked.get(from);
    if (this.#engine !== undefined) this.#engine.receive(from, message);
    else if (linked !== undefined && linked.early.length < EARLY_MESSAGES_MAX) {
      linked.early.push(message);
    }
  }

  /** Before the engine is there nobody has wanted any. */
  bytes(from: PeerId, frame: Uint8Array): void {
    this.#engine?.bytes(from, frame);
  }

  drained(peer: PeerId): void {
    this.#engine?.drained(peer);
  }

  async send(
    channel: ChannelName,
    source: FileSource,
    options: SendFileOptions = {},
  ): Promise<EntryRef> {
    return await (await this.#whole()).send(channel, source, options);
  }

  state(hash: FileHash): FileState {
    return this.#engine?.state(hash) ?? { state: "absent", holders: 0 };
  }

  holders(hash: FileHash): number {
    return this.#engine?.holders(hash) ?? 0;
  }

  fetch(channel: ChannelName, ref: EntryRef): void {
    this.#soon((engine) => engine.fetch(channel, ref));
  }

  cancel(hash: FileHash): void {
    this.#soon((engine) => engine.cancel(hash));
  }

  async read(hash: FileHash, from: number, to: number): Promise<Bytes> {
    return await (await this.#whole()).read(hash, from, to);
  }

  async discard(hash: FileHash): Promise<void> {
    await (await this.#whole()).discard(hash);
  }

  /** At once where the engine is there, so that the caller sees it throw. */
  #soon(act: (engine: FileEngine) => void): void {
    if (this.#engine !== undefined) act(this.#engine);
    // Where it can't be loaded the state stays as it is.
    else void this.#whole().then(act).catch(() => {});
  }

  async #whole(): Promise<FileEngine> {
    if (this.#engine !== undefined) return this.#engine;
    // What could not be loaded may be there the next time.
    this.#loading ??= this.#awaited(Promise.resolve(this.#parts.open()));
    return await this.#loading;
  }

  async #awaited(loading: Promise<FileEngine>): Promise<FileEngine> {
    try {
      const engine = await loading;
      if (!this.#stopped) this.#use(engine);
      return engine;
    } catch (cause) {
      this.#loading = undefined;
      throw new Error("Cannot load what moves files", { cause });
    }
  }

  #use(engine: FileEngine): void {
    this.#engine = engine;
    engine.start();
    for (const channel of this.#parts.channels()) {
      engine.entriesKept(channel, this.#parts.entries(channel));
    }
    for (const { peer, user, channels, early } of this.#linked.values()) {
      engine.linkUp({ peer, user }, [...channels]);
      for (const message of early.splice(0)) engine.receive(peer, message);
    }
  }
}
