/**
 * One HTTP/2 request as Deno.serve hands it over, spoken as HTTP/1.1 to the
 * same core that serves everybody else, and its answer spoken back. What the two
 * versions share passes; trailers and 1xx do not, since Deno.serve has neither.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- bytes go out in their order
import { BodyDecoder } from "../http1/body_decoder.ts";
import { ByteWriter } from "../http1/byte_writer.ts";
import { ResponseHead } from "../http1/response_head.ts";
import type { ByteStream } from "./socket.ts";

/** Of one connection, which HTTP/2 does not have (RFC 9113 8.2.2). */
const NOT_IN_HTTP2 = new Set([
  "connection",
  "host",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);
/** Answers that have no body, and for which a Response takes none. */
const BODYLESS = new Set([204, 205, 304]);
const BUFFER_BYTES = 64 * 1024;
const URL_PARTS = /^[a-z]+:\/\/([^/?#]*)(.*)$/i;

/** Sends `request` into `connection`, and returns what comes out of it. */
export async function exchangeHttp2(
  request: Request,
  connection: ByteStream,
): Promise<Response> {
  const answer = new Answer(connection, request.method);
  const sending = send(request, connection);
  // An answer may come before all of the body was taken.
  sending.catch(() => connection.close());
  return await answer.response();
}

async function send(request: Request, to: ByteStream): Promise<void> {
  const out = new ByteWriter();
  const chunked = request.body !== null &&
    !request.headers.has("content-length");
  writeHead(out, request, chunked);
  await to.write(out.view());
  if (request.body === null) return;
  for await (const piece of request.body) {
    if (chunked) {
      out.clear();
      out.chunk(piece, 0, piece.length);
      await to.write(out.view());
    } else await to.write(piece);
  }
  if (!chunked) return;
  out.clear();
  out.lastChunk();
  await to.write(out.view());
}

function writeHead(
  out: ByteWriter,
  { method, url, headers }: Request,
  chunked: boolean,
): void {
  // As it was sent: Deno.serve leaves the path of a request alone.
  const [, authority = "", rest = ""] = URL_PARTS.exec(url) ?? [];
  const target = rest.startsWith("/") ? rest : `/${rest}`;
  out.text(`${method} ${target} HTTP/1.1\r\nHost: ${authority}\r\n`);
  for (const [name, value] of headers) {
    if (!NOT_IN_HTTP2.has(name)) out.text(`${name}: ${value}\r\n`);
  }
  if (chunked) out.text("Transfer-Encoding: chunked\r\n");
  out.crlf();
}

class Answer {
  readonly #connection: ByteStream;
  readonly #method: string;
  readonly #head = new ResponseHead();
  readonly #body = new BodyDecoder();
  readonly #bytes = new Uint8Array(BUFFER_BYTES);
  #start = 0;
  #end = 0;

  constructor(connection: ByteStream, method: string) {
    this.#connection = connection;
    this.#method = method;
  }

  async response(): Promise<Response> {
    await this.#readHead();
    const { status, fields, framing } = this.#head;
    const headers = new Headers();
    for (let index = 0; index < fields.count; index++) {
      const name = fields.name(index);
      if (!NOT_IN_HTTP2.has(name)) headers.append(name, fields.value(index));
    }
    this.#body.start(framing);
    const bodyless = BODYLESS.has(status) || this.#body.done;
    if (bodyless) this.#connection.close();
    return new Response(bodyless ? null : this.#stream(), { status, headers });
  }

  /** Up to the final head; what is said before it HTTP/2 clients do not miss. */
  async #readHead(): Promise<void> {
    const method = this.#method;
    for (;;) {
      const place = { from: this.#start, to: this.#end, method };
      const next = this.#start < this.#end
        ? this.#head.read(this.#bytes, place)
        : -1;
      if (next !== -1) {
        this.#start = next;
        if (this.#head.status >= 200) return;
      } else if (!await this.#fill()) throw cutShort();
    }
  }

  #stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      pull: (controller) => this.#pull(controller),
      cancel: () => this.#connection.close(),
    }, { highWaterMark: 0 });
  }

  async #pull(
    controller: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    try {
      const piece = await this.#next();
      if (piece.length > 0) controller.enqueue(piece);
      if (!this.#body.done) return;
      controller.close();
      this.#connection.close();
    } catch (error) {
      // Deno.serve resets the stream, which no client takes for an end.
      controller.error(error);
      this.#connection.close();
    }
  }

  /** Some of the body; nothing only where it has ended. */
  async #next(): Promise<Uint8Array<ArrayBuffer>> {
    const body = this.#body;
    for (;;) {
      if (this.#start < this.#end) {
        this.#start = body.decode(this.#bytes, this.#start, this.#end);
        const { dataStart, dataEnd } = body;
        if (dataEnd > dataStart || body.done) {
          return this.#bytes.slice(dataStart, dataEnd);
        }
      }
      if (!await this.#fill()) {
        if (!body.close()) throw cutShort();
        return new Uint8Array();
      }
    }
  }

  /** Reads more behind what waits; false where nothing more comes. */
  async #fill(): Promise<boolean> {
    this.#bytes.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    const room = this.#bytes.subarray(this.#end);
    const count = await this.#connection.read(room);
    this.#end += count ?? 0;
    return count !== null;
  }
}

function cutShort(): Error {
  return new Error("Answer cut short");
}
