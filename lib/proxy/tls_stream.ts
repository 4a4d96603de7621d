/**
 * TLS over a connection: what goes in and out of it is plain, what is below is
 * not. The handshake happens by itself with the first read; whoever is slow in it
 * is closed like anybody else who is slow.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- bytes go out in their order
import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import { type SecureContext, TLSSocket } from "node:tls";
import { answerToPlain, isPlainRequest } from "./plain_request.ts";
import type { ByteStream } from "./socket.ts";

/** What is read from below at a time: one TLS record and a little. */
const READ_BYTES = 20 * 1024;

export interface TlsOptions {
  context: SecureContext;
  /** Application protocols by preference (RFC 7301). */
  protocols: string[];
}

/** The server's side of one TLS connection. */
export class TlsStream implements ByteStream {
  /** Whether the client may choose HTTP/2. */
  readonly offersHttp2: boolean;
  readonly #below: ByteStream;
  readonly #socket: TLSSocket;
  readonly #opened = Promise.withResolvers<string>();
  /** What has come and was not read; the socket rests while there is any. */
  readonly #waiting: Uint8Array[] = [];
  #wake: (() => void) | undefined;
  #isOpen = false;
  #ended = false;
  #closed = false;
  #belowClosed = false;
  #failure: Error | undefined;

  constructor(below: ByteStream, { context, protocols }: TlsOptions) {
    this.offersHttp2 = protocols.includes("h2");
    this.#below = below;
    this.#opened.promise.catch(() => {
      // Whoever does not wait for the handshake hears of it by reading.
    });
    const options = {
      isServer: true,
      secureContext: context,
      ALPNProtocols: protocols,
      // Lets a client that has ended still hear the answer.
      allowHalfOpen: true,
    };
    const duplex = duplexOver(below, {
      begins: (bytes) => this.#begins(bytes),
      ended: () => this.#belowEnded(),
      close: () => this.#closeBelow(),
    });
    const socket = new TLSSocket(duplex as never, options);
    this.#socket = socket;
    socket.on("secure", () => {
      this.#isOpen = true;
      this.#opened.resolve(socket.alpnProtocol || "");
    });
    socket.on("data", (bytes: Buffer) => this.#take(bytes));
    socket.on("end", () => {
      this.#ended = true;
      this.#stir();
    });
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("Connection closed")));
  }

  /** Resolves with the protocol agreed on, "" for none. */
  handshake(): Promise<string> {
    return this.#opened.promise;
  }

  async read(into: Uint8Array): Promise<number | null> {
    for (;;) {
      const first = this.#waiting[0];
      if (first !== undefined) return this.#hand(first, into);
      if (this.#ended) return null;
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((wake) => this.#wake = wake);
    }
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#broken = reject;
      this.#socket.write(view(bytes), (error) => {
        if (error) reject(error);
        else resolve(bytes.length);
      });
    });
  }

  closeWrite(): Promise<void> {
    return new Promise((resolve) => this.#socket.end(() => resolve()));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#fail(new Error("Connection closed"));
    this.#socket.destroy();
    this.#closeBelow();
  }

  /** False for plain HTTP, of which Node's TLS would be rid without a word. */
  #begins(bytes: Uint8Array): boolean {
    if (!isPlainRequest(bytes)) return true;
    const end = () => this.#fail(new Error("Plain HTTP where TLS is spoken"));
    writeAll(this.#below, answerToPlain(bytes))
      .then(() => this.#below.closeWrite()).then(end, end);
    return false;
  }

  /** Before the handshake is over, the socket would wait for ever. */
  #belowEnded(): void {
    if (!this.#isOpen) this.#fail(new Error("Ended within the handshake"));
  }

  #closeBelow(): void {
    if (this.#belowClosed) return;
    this.#belowClosed = true;
    this.#below.close();
  }

  #take(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    if (this.#wake === undefined) this.#socket.pause();
    else this.#stir();
  }

  #hand(first: Uint8Array, into: Uint8Array): number {
    const count = Math.min(first.length, into.length);
    into.set(first.subarray(0, count));
    if (count < first.length) this.#waiting[0] = first.subarray(count);
    else this.#waiting.shift();
    if (this.#waiting.length === 0 && this.#socket.isPaused()) {
      this.#socket.resume();
    }
    return count;
  }

  /** Ends the write under way where the socket forgets its callback. */
  #broken = (_: Error): void => {};

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#opened.reject(error);
    this.#broken(error);
    this.#stir();
  }

  #stir(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

/** Node takes a Uint8Array as well, but wraps it in a Buffer by copying. */
function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function duplexOver(
  below: ByteStream,
  { begins, ended, close }: {
    /** Whether the first bytes are for the socket, which reads no more else. */
    begins: (bytes: Uint8Array) => boolean;
    ended: () => void;
    close: () => void;
  },
): Duplex {
  let begun = false;
  return new Duplex({
    allowHalfOpen: true,
    read() {
      const bytes = new Uint8Array(READ_BYTES);
      below.read(bytes).then((count) => {
        if (count === null) ended();
        if (!begun && !begins(bytes.subarray(0, count ?? 0))) return;
        begun = true;
        this.push(count === null ? null : view(bytes.subarray(0, count)));
      }, (error) => this.destroy(error));
    },
    write(bytes: Uint8Array, _encoding, done) {
      writeAll(below, bytes).then(() => done(), done);
    },
    final(done) {
      below.closeWrite().then(() => done(), () => done());
    },
    destroy(error, done) {
      close();
      done(error);
    },
  });
}

/** Sends all of `bytes`. */
async function writeAll(to: ByteStream, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) {
    sent += await to.write(bytes.subarray(sent));
  }
}
