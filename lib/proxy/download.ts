/**
 * The response on its way to the client: heads are rewritten, the body follows
 * as it comes, at the pace at which the client takes it. One that has come whole
 * leaves in one write, mostly from where it was read to, and only that is waited
 * for.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- bytes go out in their order
import type { ServerSettings } from "../conf/conf.ts";
import type { Clock } from "../clock.ts";
import { ByteWriter } from "../http1/byte_writer.ts";
import { Http1Error } from "../http1/http1_error.ts";
import { UpstreamFailure } from "./failures.ts";
import {
  type ResponseShape,
  trimResponseHead,
  writeResponseHead,
} from "./heads.ts";
import type { Upstream } from "./pool.ts";
import type { Socket } from "./socket.ts";

/** Up to here, copying a piece behind its head costs less than another write. */
const JOINED_BYTES_MAX = 64 * 1024;

/** One response at a time; made once for each client connection. */
export class Download {
  /** Whether the client has been sent a byte of an answer to this request. */
  begun = false;
  readonly #client: Socket;
  readonly #clock: Clock;
  readonly #settings: ServerSettings;
  readonly #out = new ByteWriter();

  constructor(
    client: Socket,
    { clock, settings }: { clock: Clock; settings: ServerSettings },
  ) {
    this.#client = client;
    this.#clock = clock;
    this.#settings = settings;
  }

  /** Sends a 1xx, which no body follows; but for a 101, the answer may still be
   * an error page. */
  async sendHead(upstream: Upstream, shape: ResponseShape): Promise<void> {
    this.begun = upstream.head.status === 101;
    this.#out.clear();
    writeResponseHead(this.#out, upstream.head, shape);
    await this.#send(this.#out.view(), this.#clock.now());
  }

  /**
   * Sends the response whose head was just read. Throws a SocketBroken where
   * the client is gone, an UpstreamFailure where the body is cut short or
   * malformed.
   */
  run(
    upstream: Upstream,
    { shape, readTimeoutMs, now }: {
      shape: ResponseShape;
      readTimeoutMs: number;
      now: number;
    },
  ): Promise<void> {
    const { head, body } = upstream;
    this.#out.clear();
    body.start(head.framing);
    const sending = this.#sendFirst(upstream, { shape, now });
    if (body.done) return sending;
    return this.#sendRest(sending, { upstream, shape, readTimeoutMs });
  }

  /** Sends the head and what has come behind it, from where it lies if it can. */
  #sendFirst(
    upstream: Upstream,
    { shape, now }: { shape: ResponseShape; now: number },
  ): Promise<void> {
    const { socket, body, head } = upstream;
    const start = trimResponseHead(head, shape);
    if (start === -1) {
      writeResponseHead(this.#out, head, shape);
      return this.#sendPiece(upstream, { shape, now });
    }
    socket.start = body.decode(socket.bytes, socket.start, socket.end);
    this.begun = true;
    // It is not read into again before all of it has been taken.
    return this.#send(socket.bytes.subarray(start, socket.start), now);
  }

  async #sendRest(
    sending: Promise<void>,
    { upstream, shape, readTimeoutMs }: {
      upstream: Upstream;
      shape: ResponseShape;
      readTimeoutMs: number;
    },
  ): Promise<void> {
    const { socket, body } = upstream;
    await sending;
    while (!body.done) {
      socket.deadlineMs = this.#clock.now() + readTimeoutMs;
      if (!await socket.fill() && !endsWell(upstream)) {
        throw new UpstreamFailure("response cut short", {
          reached: "answering",
        });
      }
      socket.deadlineMs = Infinity;
      this.#out.clear();
      const now = this.#clock.now();
      await this.#sendPiece(upstream, { shape, now });
    }
  }

  /** Sends what has come, joined to the head where that still waits. */
  #sendPiece(
    { socket, body, head }: Upstream,
    { shape, now }: { shape: ResponseShape; now: number },
  ): Promise<void> {
    const out = this.#out;
    try {
      socket.start = body.decode(socket.bytes, socket.start, socket.end);
    } catch (cause) {
      throw malformed(cause);
    }
    const { dataStart, dataEnd } = body;
    const chunked = shape.body === "chunked";
    // Only now: until a byte has left, an error page is still possible.
    this.begun = true;
    const count = dataEnd - dataStart;
    if (chunked) {
      out.chunk(socket.bytes, dataStart, dataEnd);
      if (body.done && head.framing.kind !== "none") {
        out.lastChunk(body.trailers);
      }
    } else if (out.length > 0 && count <= JOINED_BYTES_MAX) {
      out.copy(socket.bytes, dataStart, dataEnd);
    } else if (count > 0) {
      // It is not read into again before all of it has been taken.
      const piece = socket.bytes.subarray(dataStart, dataEnd);
      if (out.length === 0) return this.#send(piece, now);
      return this.#send(out.view(), now).then(() => this.#send(piece, now));
    }
    return out.length === 0 ? SENT : this.#send(out.view(), now);
  }

  #send(bytes: Uint8Array, now: number): Promise<void> {
    const client = this.#client;
    if (this.begun) client.lastWords = undefined;
    return client.write(bytes, now + this.#settings.sendTimeoutMs);
  }
}

const SENT = Promise.resolve();

/** A body that lasts until the close ends well only by an orderly one. */
function endsWell({ socket, body }: Upstream): boolean {
  return !socket.broken && !socket.closed && body.close();
}

/** What a backend sent is not HTTP. */
export function malformed(cause: unknown): UpstreamFailure {
  const reason = cause instanceof Http1Error ? cause.message : String(cause);
  return new UpstreamFailure(`malformed response: ${reason}`, {
    reached: "answering",
    cause,
  });
}
