/**
 * HTTP/2 by Deno.serve, which speaks it over plain TCP as well: a client's
 * decrypted bytes go to one that listens on loopback for us alone, and what it
 * makes of them goes on as requests to the core. It knows no route.
 *
 *   TLS ─► bytes ─► Deno.serve on 127.0.0.1 ─► Request ─► core, as HTTP/1.1
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Deadlines } from "./deadlines.ts";
import { exchangeHttp2 } from "./http2_exchange.ts";
import { joinStreams } from "./join_streams.ts";
import { memoryConnection } from "./memory_stream.ts";
import type { ByteStream } from "./socket.ts";

const LOOPBACK = "127.0.0.1";

/** Serves one request that comes over `stream` as HTTP/1.1. */
export type ServeRequest = (stream: ByteStream) => Promise<void>;

export interface Http2Parts {
  clock: Clock;
  deadlines: Deadlines;
  /** How long a connection may stay without a request under way. */
  idleMs: () => number;
}

/** One client's connection, on which requests run side by side. */
interface Line {
  close: () => void;
  serve: ServeRequest;
  requests: number;
  idleSince: number;
}

/** Takes connections whose client has chosen h2. */
export class Http2Door {
  readonly #parts: Http2Parts;
  /** By the port that their bytes come from. */
  readonly #lines = new Map<number, Line>();
  #server: Deno.HttpServer<Deno.NetAddr> | undefined;

  constructor(parts: Http2Parts) {
    this.#parts = parts;
  }

  /** Carries a connection until its end. */
  async run(client: ByteStream, serve: ServeRequest): Promise<void> {
    const { clock, deadlines } = this.#parts;
    const { port } = this.#listening().addr;
    const inner = await Deno.connect({ hostname: LOOPBACK, port })
      .catch((error) => {
        client.close();
        throw error;
      });
    inner.setNoDelay(true);
    const { port: name } = inner.localAddr;
    const close = closerOf(client, inner);
    const idleSince = clock.now();
    const line: Line = { close, serve, requests: 0, idleSince };
    const idle = {
      isDue: (now: number) =>
        line.requests === 0 && now >= line.idleSince + this.#parts.idleMs(),
      expire: close,
    };
    this.#lines.set(name, line);
    deadlines.add(idle);
    try {
      await joinStreams(client, inner, close);
    } finally {
      deadlines.delete(idle);
      this.#lines.delete(name);
    }
  }

  /** Where Deno.serve listens, or undefined before the first connection. */
  get innerPort(): number | undefined {
    return this.#server?.addr.port;
  }

  /** Tells clients to ask no more here; resolves once all answers are out. */
  async drain(): Promise<void> {
    await this.#server?.shutdown();
  }

  /** Ends all connections at once. */
  close(): void {
    for (const { close } of this.#lines.values()) close();
  }

  #listening(): Deno.HttpServer<Deno.NetAddr> {
    this.#server ??= Deno.serve(
      {
        hostname: LOOPBACK,
        port: 0,
        onListen() {},
        // An answer cut short is no fault of ours to print.
        onError: () => new Response(null, { status: 502 }),
      },
      (request, { remoteAddr }) => this.#handle(request, remoteAddr.port),
    );
    return this.#server;
  }

  async #handle(request: Request, port: number): Promise<Response> {
    const line = this.#lines.get(port);
    // Whoever else found the port on this machine is not served.
    if (line === undefined) return new Response(null, { status: 421 });
    const [near, far] = memoryConnection();
    line.requests++;
    line.serve(far).finally(() => {
      line.requests--;
      line.idleSince = this.#parts.clock.now();
    });
    // The client has given this request up, and perhaps only this one.
    request.signal.addEventListener("abort", () => near.close());
    return await exchangeHttp2(request, near);
  }
}

/** Closes both, once. */
function closerOf(...streams: ByteStream[]): () => void {
  return () => {
    for (const stream of streams.splice(0)) stream.close();
  };
}
