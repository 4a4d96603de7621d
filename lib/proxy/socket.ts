/**
 * A TCP connection with the bytes that were read from it and not yet used. It
 * knows no HTTP. Reading never throws: a reset is an end, and says so.
 *
 * Every request passes here four times, so nothing here is async: an async
 * function costs a promise and a turn of its own each time it is called.
 * @module
 */
import type { Watched } from "./deadlines.ts";

/** What a socket needs of Deno.Conn. */
export interface ByteStream {
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
}

/** An idle connection holds this much. */
const BUFFER_BYTES = 4 * 1024;
/** A busy one grows to this; a head must fit in. */
const BUFFER_BYTES_MAX = 64 * 1024;
/** How long an overdue client has for taking its last words. */
const LAST_WORDS_MS = 2_000;
/** What may wait unread behind the request that is being served. */
const AHEAD_BYTES_MAX = 16 * 1024;

/** What was to be sent did not arrive: the other side is gone. */
export class SocketBroken extends Error {
  override name = "SocketBroken";
}

/** One end of a connection: bytes[start] to bytes[end] have come and wait. */
export class Socket implements Watched {
  bytes = new Uint8Array(BUFFER_BYTES);
  start = 0;
  end = 0;
  /** Until when something has to come, in milliseconds since the epoch. */
  deadlineMs = Infinity;
  /** Until when what is being sent has to be taken. */
  sendDeadlineMs = Infinity;
  /** Sent before the connection is closed for its deadline. */
  lastWords: Uint8Array | undefined;
  /** The other side sends no more, or the connection is gone. */
  ended = false;
  /** It did not end in order: reset, or closed by us. */
  broken = false;
  /** Closed because its deadline passed. */
  expired = false;
  /** Bytes that the other side has been sent. */
  bytesSent = 0;
  /**
   * Told of every read, before whoever awaits it. For those who only want to
   * notice something: waiting on the promise would cost another one.
   */
  watcher: ((more: boolean) => void) | undefined;
  #stream: ByteStream;
  #closed = false;
  #reading: Promise<boolean> | undefined;
  /** What is being sent, until the other side has taken it all. */
  #sending: Uint8Array | undefined;
  #onClose: (socket: Socket) => void;

  constructor(stream: ByteStream, onClose: (socket: Socket) => void) {
    this.#stream = stream;
    this.#onClose = onClose;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether reading ahead of what is being served is still allowed. */
  get hasRoom(): boolean {
    return !this.ended && this.end - this.start < AHEAD_BYTES_MAX;
  }

  /**
   * Reads more; false when nothing more comes. Callers while one read is under
   * way share it. Bytes may move: offsets into them do not outlive a fill.
   */
  fill(): Promise<boolean> {
    if (this.ended) return ENDED;
    if (this.#reading !== undefined) return this.#reading;
    this.#makeRoom();
    const { bytes, end } = this;
    const room = end === 0 ? bytes : bytes.subarray(end);
    this.#reading = this.#stream.read(room).then(this.#onRead, this.#onBroken);
    return this.#reading;
  }

  /** Whether bytes wait that the other side has not taken yet. */
  get sending(): boolean {
    return this.#sending !== undefined;
  }

  /**
   * Sends all of `bytes`, at the pace at which the other side takes them; they
   * have to stay as they are until then. One write at a time. Throws a
   * SocketBroken where they do not all get there.
   */
  write(bytes: Uint8Array, sendDeadlineMs = Infinity): Promise<void> {
    this.sendDeadlineMs = sendDeadlineMs;
    return this.#write(bytes);
  }

  /**
   * As write(), for those who read on anyway: where it fails, nothing more comes
   * either, and that says why.
   */
  send(bytes: Uint8Array): void {
    this.#write(bytes).catch(ignore);
  }

  /** Tells the other side that nothing more follows. */
  async closeWrite(): Promise<void> {
    if (!this.#closed) await this.#stream.closeWrite();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.ended = true;
    this.#onClose(this);
    this.#stream.close();
  }

  isDue(now: number): boolean {
    return now >= this.deadlineMs || now >= this.sendDeadlineMs;
  }

  expire(now: number): void {
    const { lastWords } = this;
    this.expired = true;
    if (lastWords === undefined || this.sending) return this.close();
    this.lastWords = undefined;
    this.deadlineMs = now + LAST_WORDS_MS;
    this.write(lastWords).catch(() => {}).finally(() => this.close());
  }

  #write(bytes: Uint8Array): Promise<void> {
    if (this.#closed) return Promise.reject(new SocketBroken("Closed"));
    this.#sending = bytes;
    return this.#stream.write(bytes).then(this.#onWritten, this.#onNotWritten);
  }

  #makeRoom(): void {
    const { bytes, start, end } = this;
    if (start === end) this.start = this.end = 0;
    if (end < bytes.length) return;
    // The last read filled all there was: more is on its way.
    const size = Math.min(BUFFER_BYTES_MAX, bytes.length * 2);
    if (size > bytes.length) {
      this.bytes = new Uint8Array(size);
      this.bytes.set(bytes.subarray(start, end));
    } else {
      bytes.copyWithin(0, start, end);
    }
    this.end -= this.start;
    this.start = 0;
    if (this.end === this.bytes.length) {
      throw new RangeError("Cannot read ahead of a full buffer");
    }
  }

  /** Nearly always all of it; what is left goes out bit by bit. */
  readonly #onWritten = (count: number): undefined | Promise<undefined> => {
    this.bytesSent += count;
    const bytes = this.#sending!;
    if (count < bytes.length) {
      this.#sending = bytes.subarray(count);
      return this.#stream.write(this.#sending)
        .then(this.#onWritten, this.#onNotWritten);
    }
    this.#sending = undefined;
    this.sendDeadlineMs = Infinity;
    return undefined;
  };

  readonly #onNotWritten = (cause: unknown): never => {
    throw new SocketBroken("Gone", { cause });
  };

  readonly #onRead = (count: number | null): boolean => {
    this.#reading = undefined;
    if (count === null) this.ended = true;
    else this.end += count;
    const more = count !== null && !this.#closed;
    this.watcher?.(more);
    return more;
  };

  readonly #onBroken = (): boolean => {
    this.#reading = undefined;
    this.ended = true;
    this.broken = true;
    this.watcher?.(false);
    return false;
  };
}

function ignore(): void {}

const ENDED = Promise.resolve(false);
