/**
 * The files that messages of the page share, and those that are being sent, as
 * signals; the intents of the islands that draw them. Knows no elements: what
 * saves a file on the disk is given to it.
 * @module
 */
import { batch, type Signal, signal } from "@preact/signals";
import type { Chat, EntryRef, Message } from "../mesh/chat.ts";
import type {
  FileHash,
  FileInfo,
  FileSource,
  FileState,
} from "../mesh/shared_file.ts";
import { FILE_BYTES_MAX } from "../wire/file.ts";
import type { ChannelName } from "../wire/names.ts";
import { PICTURE_FETCHED_BYTES_MAX } from "./pictures.ts";

/** Files that wait or are read at a time; further ones are refused. */
export const UPLOADS_MAX = 30;

/** Why a file was not sent. */
export type UploadFault =
  | "too-large"
  | "too-many"
  | "folder"
  | "unreadable"
  | "no-room"
  | "failed";

/** A file between its choice and its message. */
export interface Upload {
  key: number;
  channel: ChannelName;
  name: string;
  size: number;
  /** Bytes done. */
  bytes: number;
  fault?: UploadFault;
}

export interface UploadOptions {
  channel: ChannelName;
  replyTo?: EntryRef | undefined;
}

export interface SharedFilesParts {
  chat: Pick<Chat, "files" | "listen">;
  /** All of a file that is held. */
  blobOf(file: FileInfo): Promise<Blob>;
  /** Puts it on the disk, where the person wants it. */
  save(blob: Blob, name: string): Promise<void>;
}

export class SharedFiles {
  readonly uploads = signal<readonly Upload[]>([]);
  /** The picture that is looked at closely. */
  readonly viewed = signal<FileInfo | undefined>(undefined);
  /** The file that could not be saved last. */
  readonly saveFault = signal<FileHash | undefined>(undefined);
  readonly #parts: SharedFilesParts;
  /** Counts the changes of each file that is drawn. */
  readonly #changes = new Map<FileHash, Signal<number>>();
  /** Cancelled by hand: not fetched by themselves again. */
  readonly #declined = new Set<FileHash>();
  readonly #aborts = new Map<number, AbortController>();
  #turn: Promise<void> = Promise.resolve();
  #count = 0;

  constructor(parts: SharedFilesParts) {
    this.#parts = parts;
    // For as long as the page is open.
    parts.chat.listen((change) => {
      if (change.type !== "file-changed") return;
      const changes = this.#changes.get(change.hash);
      if (changes !== undefined) changes.value++;
    });
  }

  /** Read inside an island: it is drawn again when that changes. */
  stateOf(hash: FileHash): FileState {
    let changes = this.#changes.get(hash);
    if (changes === undefined) {
      changes = signal(0);
      this.#changes.set(hash, changes);
    }
    changes.value;
    return this.#parts.chat.files.state(hash);
  }

  /** How many others are known to have a file that was sent from here. */
  holdersOf(hash: FileHash): number {
    return this.#parts.chat.files.holders(hash);
  }

  /** One after the other, in their order. */
  send(sources: readonly FileSource[], options: UploadOptions): void {
    let { replyTo } = options;
    for (const source of sources) {
      const upload = this.#begin(source, options.channel);
      // Said once, not of each.
      if (upload.fault === "too-many") return;
      if (upload.fault !== undefined) continue;
      const ref = replyTo;
      replyTo = undefined;
      this.#turn = this.#turn.then(() => this.#read(upload, source, ref));
    }
  }

  /** What is no file at all. */
  refuse(name: string, { channel }: UploadOptions): void {
    const [key, fault] = [++this.#count, "folder"] as const;
    this.#add({ key, channel, name, size: 0, bytes: 0, fault });
  }

  /** Stops one that is on its way, and puts away one that failed. */
  dismiss({ key }: Upload): void {
    this.#aborts.get(key)?.abort();
    this.#drop(key);
  }

  fetch({ channel, ref, file }: Message): void {
    if (file === undefined) return;
    this.#declined.delete(file.hash);
    try {
      this.#parts.chat.files.fetch(channel, ref);
    } catch (error) {
      // The message is gone meanwhile, and with it what asked for this.
      if (!(error instanceof RangeError)) throw error;
    }
  }

  /** A picture came into sight: small ones are fetched by themselves. */
  show(message: Message): void {
    const { file } = message;
    if (file === undefined || file.size > PICTURE_FETCHED_BYTES_MAX) return;
    const { state } = this.#parts.chat.files.state(file.hash);
    if (state === "absent" && !this.#declined.has(file.hash)) {
      this.fetch(message);
    }
  }

  cancel({ hash }: FileInfo): void {
    this.#declined.add(hash);
    this.#parts.chat.files.cancel(hash);
  }

  /** The whole file, where it is held and whole indeed. */
  async read(file: FileInfo): Promise<Blob> {
    const blob = await this.#parts.blobOf(file);
    if (blob.size === file.size) return blob;
    throw new RangeError(`"${file.name}" has ${blob.size} of its bytes`);
  }

  async save(file: FileInfo): Promise<void> {
    this.saveFault.value = undefined;
    try {
      await this.#parts.save(await this.read(file), file.name);
    } catch {
      // Whatever the cause, it can be tried again.
      this.saveFault.value = file.hash;
    }
  }

  #begin({ name, size }: FileSource, channel: ChannelName): Upload {
    const upload: Upload = {
      key: ++this.#count,
      channel,
      name,
      size,
      bytes: 0,
    };
    const waiting = this.uploads.peek().filter(({ fault }) => !fault);
    if (size > FILE_BYTES_MAX) upload.fault = "too-large";
    else if (waiting.length >= UPLOADS_MAX) upload.fault = "too-many";
    else this.#aborts.set(upload.key, new AbortController());
    this.#add(upload);
    return upload;
  }

  async #read(
    upload: Upload,
    source: FileSource,
    replyTo: EntryRef | undefined,
  ): Promise<void> {
    const { key, channel } = upload;
    const signal = this.#aborts.get(key)?.signal;
    // Put away while it waited.
    if (signal === undefined || signal.aborted) return;
    try {
      await this.#parts.chat.files.send(channel, source, {
        ...replyTo && { replyTo },
        signal,
        progress: (bytes) => this.#change({ ...upload, bytes }),
      });
      this.#drop(key);
    } catch (error) {
      if (!signal.aborted) this.#change({ ...upload, fault: faultOf(error) });
    }
    this.#aborts.delete(key);
  }

  #add(upload: Upload): void {
    this.uploads.value = [...this.uploads.peek(), upload];
  }

  /** In its place; not where it was put away meanwhile. */
  #change(upload: Upload): void {
    this.uploads.value = this.uploads.peek()
      .map((one) => one.key === upload.key ? upload : one);
  }

  #drop(key: number): void {
    batch(() => {
      this.#aborts.delete(key);
      this.uploads.value = this.uploads.peek().filter((one) => one.key !== key);
    });
  }
}

/** By name: it comes out of a script of its own. */
function faultOf(error: unknown): UploadFault {
  const { name } = error as Error;
  if (name === "NoRoomError") return "no-room";
  if (name === "NotReadableError" || name === "NotFoundError") {
    return "unreadable";
  }
  return error instanceof RangeError ? "too-large" : "failed";
}
