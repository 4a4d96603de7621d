/**
 * Door 2: `GET /tracker/socket`, a WebSocket that carries requests in and news
 * out, each one text frame of JSON. A bad frame costs its sender an error and a
 * strike; nobody else notices.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { PeerId } from "../wire/names.ts";
import {
  decodeTrackerRequest,
  type TrackerRequest,
} from "../wire/tracker_api.ts";
import { WireError } from "../wire/wire_error.ts";
import { type Hub, tooManyRequests } from "./hub.ts";
import { type Closing, type Line, MISBEHAVED, TOO_SLOW } from "./line.ts";
import { TokenBucket } from "../token_bucket.ts";
import { REQUEST_RATE } from "./request_rate.ts";

/** Frames that could not be read, or came too fast, until a socket is closed. */
export const STRIKES_MAX = 20;
/** What may wait for a slow reader; a welcome takes up to 256 KiB of it. */
export const UNSENT_BYTES_MAX = 1024 * 1024;
/** Deno pings a silent socket in time for this and closes one that is dead. */
const IDLE_TIMEOUT_SECONDS = 30;
/** Closed by the page or the browser itself (RFC 6455 7.4.1). */
const GOODBYE_CODES = [1000, 1001];

interface SocketOptions {
  hub: Hub;
  clock: Clock;
  session: { id: string; user: string };
}

/** Answers an upgrade request; throws WireError where it is none. */
export function acceptSocket(
  request: Request,
  { hub, clock, session }: SocketOptions,
): Response {
  if (!hub.hasRoomFor(session.id)) {
    throw new WireError("peer-limit", "This session has too many sockets open");
  }
  let upgrade: Deno.WebSocketUpgrade;
  try {
    const idleTimeout = IDLE_TIMEOUT_SECONDS;
    upgrade = Deno.upgradeWebSocket(request, { idleTimeout });
  } catch (cause) {
    throw new WireError("bad-message", "Expected a WebSocket upgrade", {
      cause,
    });
  }
  const { socket, response } = upgrade;
  const line = new SocketLine(socket, { hub, clock, session });
  socket.addEventListener("message", line);
  socket.addEventListener("close", line);
  return response;
}

/** One open socket; an object that listens, so that it needs no closures. */
class SocketLine implements Line, EventListenerObject {
  readonly session: string;
  readonly user: string;
  peer: PeerId | undefined;
  readonly #socket: WebSocket;
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  #strikes = 0;
  #ended = false;

  constructor(socket: WebSocket, { hub, clock, session }: SocketOptions) {
    this.session = session.id;
    this.user = session.user;
    this.#socket = socket;
    this.#hub = hub;
    this.#clock = clock;
    this.#bucket = new TokenBucket(REQUEST_RATE, clock.now());
    hub.lineOpened(this);
  }

  handleEvent(event: Event): void {
    if (event instanceof MessageEvent) this.#receive(event.data);
    else if (event instanceof CloseEvent) this.#closed(event.code);
  }

  send(text: string): void {
    if (this.#ended) return;
    this.#socket.send(text);
    if (this.#socket.bufferedAmount > UNSENT_BYTES_MAX) this.close(TOO_SLOW);
  }

  close({ code, reason }: Closing): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#hub.lineEnded(this, { leaving: false });
    this.#socket.close(code, reason);
  }

  #receive(data: unknown): void {
    if (this.#ended) return;
    let request: TrackerRequest;
    try {
      request = this.#read(data);
    } catch (error) {
      this.#hub.receiveNonsense(this, error);
      this.#strikes++;
      if (this.#strikes >= STRIKES_MAX) this.close(MISBEHAVED);
      return;
    }
    this.#hub.receive(this, request);
  }

  #read(data: unknown): TrackerRequest {
    this.#hub.metrics.frames++;
    if (!this.#bucket.take(this.#clock.now())) throw tooManyRequests();
    if (typeof data === "string") return decodeTrackerRequest(data);
    throw new WireError("bad-message", "Frames must be text, not binary");
  }

  #closed(code: number): void {
    if (!this.#ended) {
      this.#ended = true;
      const leaving = GOODBYE_CODES.includes(code);
      this.#hub.lineEnded(this, { leaving });
    }
    this.#hub.lineClosed(this);
  }
}
