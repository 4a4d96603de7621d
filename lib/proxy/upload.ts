/**
 * The request's body on its way upstream: what came along with the head leaves
 * with it, the rest follows as it comes, at the pace at which it is taken.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- bytes go out in their order
import type { LocationConf, ServerSettings } from "../conf/conf.ts";
import type { Clock } from "../clock.ts";
import { BodyDecoder } from "../http1/body_decoder.ts";
import type { ByteWriter } from "../http1/byte_writer.ts";
import type { Framing } from "../http1/framing.ts";
import { Http1Error } from "../http1/http1_error.ts";
import { ClientGone } from "./failures.ts";
import { errorResponse } from "./pages.ts";
import type { HeaderPlan } from "./header_plan.ts";
import { keptTrailers } from "./heads.ts";
import type { Socket } from "./socket.ts";

const TOO_SLOW = errorResponse(408, { close: true });

/** One request's body at a time; made once for each client connection. */
export class Upload {
  readonly #client: Socket;
  readonly #clock: Clock;
  readonly #settings: ServerSettings;
  readonly #body = new BodyDecoder();
  #plan!: HeaderPlan;
  #chunked = false;
  #bytesLeft = Infinity;
  /** Bytes of the payload that have come. */
  bytesReceived = 0;
  /** Every byte has been handed to the upstream connection. */
  sent = true;
  /** Set by whoever does not want the rest. */
  abandoned = false;

  constructor(
    client: Socket,
    { clock, settings }: { clock: Clock; settings: ServerSettings },
  ) {
    this.#client = client;
    this.#clock = clock;
    this.#settings = settings;
  }

  /** Whether the client has sent all of it. */
  get received(): boolean {
    return this.#body.done;
  }

  /** A new body; `out` gets what of it has come along with the head. */
  start(
    framing: Framing,
    { conf, plan, out }: {
      conf: LocationConf;
      plan: HeaderPlan;
      out: ByteWriter;
    },
  ): void {
    this.#plan = plan;
    this.bytesReceived = 0;
    this.#bytesLeft = conf.bodyBytesMax === 0 ? Infinity : conf.bodyBytesMax;
    if (framing.length > this.#bytesLeft) throw tooLarge();
    this.#chunked = framing.kind === "chunked";
    this.abandoned = false;
    this.#body.start(framing);
    this.sent = this.#body.done;
    if (!this.sent) this.#take(out);
  }

  /**
   * Sends what waits in `out`, and the rest. Throws ClientGone where the client leaves, Http1Error where
   * it sends nonsense; returns early where the upstream takes no more, since
   * that may have answered already.
   */
  async run(upstream: Socket, out: ByteWriter): Promise<void> {
    const client = this.#client;
    const { bodyTimeoutMs } = this.#settings;
    if (!await this.#pass(upstream, out)) return;
    while (!this.#body.done) {
      client.deadlineMs = this.#clock.now() + bodyTimeoutMs;
      const more = await client.fill();
      if (this.abandoned) return;
      client.deadlineMs = Infinity;
      if (!more) throw new ClientGone();
      out.clear();
      this.#take(out);
      if (!await this.#pass(upstream, out)) return;
    }
    client.lastWords = undefined;
    this.sent = true;
  }

  /** False where the upstream takes no more, or nobody wants it to. */
  async #pass(upstream: Socket, out: ByteWriter): Promise<boolean> {
    const { sendTimeoutMs } = this.#settings;
    try {
      await upstream.write(out.view(), this.#clock.now() + sendTimeoutMs);
    } catch {
      // Its answer, or the lack of one, is for the reader to find.
      return false;
    }
    return !this.abandoned;
  }

  /** A slow body is told so, as long as no response has begun. */
  warnBeforeClose(): void {
    this.#client.lastWords = TOO_SLOW;
  }

  #take(out: ByteWriter): void {
    const client = this.#client;
    const body = this.#body;
    client.start = body.decode(client.bytes, client.start, client.end);
    const count = body.dataEnd - body.dataStart;
    this.bytesReceived += count;
    this.#bytesLeft -= count;
    if (this.#bytesLeft < 0) throw tooLarge();
    if (!this.#chunked) {
      return out.copy(client.bytes, body.dataStart, body.dataEnd);
    }
    out.chunk(client.bytes, body.dataStart, body.dataEnd);
    if (body.done) out.lastChunk(keptTrailers(body.trailers, this.#plan));
  }
}

function tooLarge(): Http1Error {
  return new Http1Error(413, "Body larger than client_max_body_size");
}
