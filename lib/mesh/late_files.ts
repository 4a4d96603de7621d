/**
 * The files of one peer, as far as they are there: a page loads what moves
 * files after what it shows first. Until then nothing is held, and what is
 * asked for waits. What was said meanwhile the engine is told when it comes.
 * @module
 */
import type { EntryRef } from "../wire/entry.ts";
import type { ChannelName } from "../wire/names.ts";
import type { Bytes } from "./keys.ts";
import type {
  FileHash,
  FileInfo,
  Files,
  FileSource,
  FileState,
  SendFileOptions,
} from "./shared_file.ts";
import type { KeptEntry } from "./verified_entry.ts";

/** What moves files: FileExchange, wherever it comes from. */
export interface FileEngine extends Files {
  start(): void;
  stop(): void;
  /** Kept from now on; an entry may come twice. */
  entriesKept(channel: ChannelName, entries: readonly KeptEntry[]): void;
  entriesDropped(channel: ChannelName, entries: readonly KeptEntry[]): void;
  leave(channel: ChannelName): void;
}

/** What an engine does through its peer. */
export interface FileEngineEvents {
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

export class LateFiles implements Files {
  readonly #parts: LateFilesParts;
  #engine: FileEngine | undefined;
  #loading: Promise<FileEngine> | undefined;
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
  }
}
