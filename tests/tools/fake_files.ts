/**
 * The files of a FakeChat: a test says in which state each is; what is sent is
 * held at once, whatever is fetched stays in the state that the test sets.
 * @module
 */
import type { EntryRef, Message } from "../../lib/mesh/chat.ts";
import type { Bytes } from "../../lib/mesh/keys.ts";
import type {
  FileHash,
  FileInfo,
  Files,
  FileSource,
  FileState,
  SendFileOptions,
} from "../../lib/mesh/shared_file.ts";
import { fileNameOf, mediaTypeOf } from "../../lib/wire/file.ts";

export interface FakeFilesParts {
  changed(hash: FileHash): void;
  find(channel: string, ref: EntryRef): FileInfo | undefined;
  share(
    channel: string,
    file: FileInfo,
    replyTo: EntryRef | undefined,
  ): Message;
}

export class FakeFiles implements Files {
  /** Thrown by the next `send`. */
  failure: Error | undefined;
  /** What a `send` waits for once it has read the file. */
  sent: Promise<void> = Promise.resolve();
  readonly #parts: FakeFilesParts;
  readonly #states = new Map<FileHash, FileState>();
  readonly #bytes = new Map<FileHash, Bytes>();
  readonly #holders = new Map<FileHash, number>();
  #count = 0;

  constructor(parts: FakeFilesParts) {
    this.#parts = parts;
  }

  async send(
    channel: string,
    source: FileSource,
    { replyTo, signal, progress }: SendFileOptions = {},
  ): Promise<EntryRef> {
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
    const { size } = source;
    const bytes = await source.read(0, size);
    progress?.(Math.floor(size / 2));
    await this.sent;
    signal?.throwIfAborted();
    progress?.(size);
    const hash = `sent${++this.#count}`.padEnd(43, "_");
    const name = fileNameOf(source.name);
    const file = { name, size, type: mediaTypeOf(source.type), hash };
    this.hold(hash, bytes);
    return this.#parts.share(channel, file, replyTo).ref;
  }

  state(hash: FileHash): FileState {
    return this.#states.get(hash) ?? { state: "absent", holders: 0 };
  }

  holders(hash: FileHash): number {
    return this.#holders.get(hash) ?? 0;
  }

  fetch(channel: string, ref: EntryRef): void {
    const file = this.#parts.find(channel, ref);
    if (file === undefined) throw new RangeError("No file there");
    this.set(file.hash, { state: "waiting", bytes: 0 });
  }

  cancel(hash: FileHash): void {
    this.set(hash, { state: "absent", holders: 0 });
  }

  read(hash: FileHash, from: number, to: number): Promise<Bytes> {
    const bytes = this.#bytes.get(hash);
    if (bytes === undefined) return Promise.reject(new RangeError("Not held"));
    return Promise.resolve(bytes.slice(from, to));
  }

  discard(hash: FileHash): Promise<void> {
    this.#bytes.delete(hash);
    this.cancel(hash);
    return Promise.resolve();
  }

  // --- what a test does to it ----------------------------------------------

  set(hash: FileHash, state: FileState): void {
    this.#states.set(hash, state);
    this.#parts.changed(hash);
  }

  setHolders(hash: FileHash, count: number): void {
    this.#holders.set(hash, count);
    this.#parts.changed(hash);
  }

  /** These are the bytes, and they are here. */
  hold(hash: FileHash, bytes: Bytes): void {
    this.#bytes.set(hash, bytes);
    this.set(hash, { state: "held" });
  }
}
