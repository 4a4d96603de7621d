/**
 * Connections to one backend. Idle ones are kept for the next request, newest
 * first, and each is read from while it waits: a backend that closes it, or
 * speaks without being asked, is noticed before a request is lost on it.
 * @module
 */
import type { Clock } from "../clock.ts";
import { BodyDecoder } from "../http1/body_decoder.ts";
import { ResponseHead } from "../http1/response_head.ts";
import type { Deadlines } from "./deadlines.ts";
import { type ByteStream, Socket } from "./socket.ts";

/** Opens a connection; Deno.connect, or a test's own. */
export type Dial = (
  options: { hostname: string; port: number; signal: AbortSignal },
) => Promise<ByteStream>;

/** The backend did not take the connection in time. */
export class ConnectTimeout extends Error {
  override name = "ConnectTimeout";
}

/** A connection to a backend, and what reads its responses. */
export class Upstream {
  readonly socket: Socket;
  readonly head = new ResponseHead();
  readonly body = new BodyDecoder();
  /** Whether it has already served a request. */
  reused = false;
  idle = false;

  /** Whoever speaks or leaves while nothing is asked of it, goes. */
  readonly onIdleRead = (): void => {
    if (this.idle) this.socket.close();
  };

  constructor(socket: Socket) {
    this.socket = socket;
  }
}

export interface PoolOptions {
  hostname: string;
  port: number;
  dial: Dial;
  clock: Clock;
  deadlines: Deadlines;
  idleMax: number;
  idleTimeoutMs: number;
}

/** Opens, lends and keeps the connections to one address. */
export class Pool {
  readonly #options: PoolOptions;
  readonly #idle: Upstream[] = [];
  /** Lent or idle: what `close` has to end. */
  readonly #open = new Set<Socket>();
  #closed = false;
  #retired = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** An idle connection, where there is one that still lives. */
  take(): Upstream | undefined {
    const upstream = this.#idle.pop();
    if (upstream === undefined) return undefined;
    upstream.idle = false;
    upstream.reused = true;
    upstream.socket.deadlineMs = Infinity;
    upstream.socket.watcher = undefined;
    return upstream;
  }

  /** A new connection, or a throw within `timeoutMs`. */
  async connect(timeoutMs: number): Promise<Upstream> {
    const { hostname, port, dial, clock, deadlines } = this.#options;
    const aborter = new AbortController();
    const deadlineMs = clock.now() + timeoutMs;
    const attempt = {
      isDue: (now: number) => now >= deadlineMs,
      expire: () => aborter.abort(new ConnectTimeout("Connect timed out")),
    };
    deadlines.add(attempt);
    try {
      const { signal } = aborter;
      const stream = await dial({ hostname, port, signal });
      return this.#adopt(stream);
    } catch (error) {
      throw aborter.signal.aborted ? aborter.signal.reason : error;
    } finally {
      deadlines.delete(attempt);
    }
  }

  /** Takes back a connection whose last response is complete. */
  put(upstream: Upstream): void {
    const { socket } = upstream;
    const { idleMax, idleTimeoutMs, clock } = this.#options;
    // Bytes behind the response were not asked for: such a peer is out of step.
    const clean = socket.start === socket.end && !socket.ended;
    const full = this.#retired || this.#closed || this.#idle.length >= idleMax;
    if (!clean || full) return socket.close();
    upstream.idle = true;
    socket.deadlineMs = clock.now() + idleTimeoutMs;
    this.#idle.push(upstream);
    socket.watcher = upstream.onIdleRead;
    socket.fill();
  }

  /** Nobody new will ask: what is idle goes, what is lent goes when done. */
  retire(): void {
    this.#retired = true;
    for (const { socket } of [...this.#idle]) socket.close();
  }

  close(): void {
    this.#closed = true;
    for (const socket of this.#open) socket.close();
  }

  #adopt(stream: ByteStream): Upstream {
    const socket = new Socket(stream, (closed) => this.#forget(closed));
    if (this.#closed) socket.close();
    this.#open.add(socket);
    this.#options.deadlines.add(socket);
    return new Upstream(socket);
  }

  #forget(socket: Socket): void {
    this.#open.delete(socket);
    this.#options.deadlines.delete(socket);
    const at = this.#idle.findIndex((upstream) => upstream.socket === socket);
    if (at !== -1) this.#idle.splice(at, 1);
  }
}
