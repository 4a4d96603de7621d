/**
 * A connection within this process: two ends, no buffer between them. What one
 * end writes is taken when the other has read it, so whoever is slow holds the
 * other back, as on a socket.
 * @module
 */
import type { ByteStream } from "./socket.ts";

/** One direction. */
class Pipe {
  #bytes: Uint8Array | undefined;
  #taken: (() => void) | undefined;
  #refuse: ((error: Error) => void) | undefined;
  #wake: (() => void) | undefined;
  #ended = false;
  #broken = false;

  write(bytes: Uint8Array): Promise<number> {
    if (this.#broken || this.#ended) return Promise.reject(gone());
    if (bytes.length === 0) return Promise.resolve(0);
    return new Promise((resolve, reject) => {
      this.#bytes = bytes;
      this.#taken = () => resolve(bytes.length);
      this.#refuse = reject;
      this.#wake?.();
    });
  }

  async read(into: Uint8Array): Promise<number | null> {
    if (this.#bytes === undefined && !this.#ended && !this.#broken) {
      await new Promise<void>((wake) => this.#wake = wake);
      this.#wake = undefined;
    }
    if (this.#broken) throw gone();
    const bytes = this.#bytes;
    if (bytes === undefined) return null;
    const count = Math.min(bytes.length, into.length);
    into.set(bytes.subarray(0, count));
    if (count < bytes.length) {
      this.#bytes = bytes.subarray(count);
      return count;
    }
    this.#bytes = undefined;
    this.#taken?.();
    return count;
  }

  /** Nothing more is written; what was may still be read. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Nothing more is read or written. */
  break(): void {
    this.#broken = true;
    this.#refuse?.(gone());
    this.#wake?.();
  }
}

class End implements ByteStream {
  readonly #incoming: Pipe;
  readonly #outgoing: Pipe;

  constructor(incoming: Pipe, outgoing: Pipe) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  read(into: Uint8Array): Promise<number | null> {
    return this.#incoming.read(into);
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#outgoing.write(bytes);
  }

  closeWrite(): Promise<void> {
    this.#outgoing.end();
    return Promise.resolve();
  }

  close(): void {
    this.#outgoing.end();
    this.#incoming.break();
  }
}

/** Both ends of a new connection. */
export function memoryConnection(): [ByteStream, ByteStream] {
  const [there, back] = [new Pipe(), new Pipe()];
  return [new End(back, there), new End(there, back)];
}

function gone(): Error {
  return new Error("The other end is closed");
}
