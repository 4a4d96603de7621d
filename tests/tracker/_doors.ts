/**
 * The doors as their tests use them: sessions by a plain cookie, one HTTP peer,
 * and one peer on a real WebSocket.
 * @module
 */
import assert from "node:assert/strict";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { LOOPBACK, trustedProxies } from "../../lib/forwarded.ts";
import { systemRandom } from "../../lib/random.ts";
import { type HttpServer, serveHttp } from "../../lib/service/http_server.ts";
import type { Session } from "../../lib/tracker/_answers.ts";
import { trackerHandler } from "../../lib/tracker/http.ts";
import { Hub } from "../../lib/tracker/hub.ts";
import {
  decodeEventsPolled,
  decodeTrackerNews,
  type TrackerNews,
  type TrackerRequest,
} from "../../lib/wire/tracker_api.ts";
import { PERIODS } from "./_peers.ts";

/** As the tracker by default. */
export const trusts = trustedProxies([LOOPBACK]);

/** `Cookie: session=ann` is ann, in a session called `session-of-ann`. */
export function authenticate(request: Request): Session | undefined {
  const user = /^session=(\w+)$/.exec(request.headers.get("cookie") ?? "")?.[1];
  return user === undefined ? undefined : { id: `session-of-${user}`, user };
}

/** A tracker on a free port, stopped when `await using` ends. */
export class TestTracker implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #hub: Hub;
  readonly #server: HttpServer;

  constructor(
    { clock = systemClock, ended = new Set<string>() }: {
      clock?: Clock;
      ended?: ReadonlySet<string>;
    } = {},
  ) {
    this.#clock = clock;
    this.#hub = new Hub({
      clock,
      random: systemRandom,
      periods: PERIODS,
      isLive: (session) => !ended.has(session),
      lastRevocation: () => 0,
      log: (line) => assert.fail(line),
    });
    const hub = this.#hub;
    const handler = trackerHandler({ hub, clock, authenticate, trusts });
    const listening = { ip: "127.0.0.1", port: 0, flag: "server-port" };
    this.#server = serveHttp(listening, handler);
    this.#hub.start();
  }

  get url(): string {
    return this.#server.url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#hub.stop();
    await this.#server.stop(this.#clock);
  }
}

/** Deno's WebSocket can send headers; the type that browsers share can't. */
const DenoWebSocket = WebSocket as unknown as new (
  url: string,
  options: { headers: HeadersInit },
) => WebSocket;

/** A WebSocket and what came in on it, to be awaited one by one. */
export class SocketPeer {
  readonly socket: WebSocket;
  readonly closed: Promise<CloseEvent>;
  readonly #opened: Promise<unknown>;
  readonly #news: TrackerNews[] = [];
  #waiting: ((news: TrackerNews) => void) | undefined;

  constructor(url: string, user: string, headers: HeadersInit = {}) {
    const address = `${url.replace("http", "ws")}/tracker/socket`;
    this.socket = new DenoWebSocket(address, {
      headers: { cookie: `session=${user}`, ...headers },
    });
    this.#opened = new Promise((resolve, reject) => {
      this.socket.onopen = resolve;
      this.socket.onerror = () => reject(new Error("The socket did not open"));
    });
    this.closed = new Promise((resolve) => {
      this.socket.onclose = resolve;
    });
    this.socket.onmessage = ({ data }) => this.#receive(data);
  }

  static async open(url: string, user: string): Promise<SocketPeer> {
    const peer = new SocketPeer(url, user);
    await peer.#opened;
    return peer;
  }

  /** Resolves once open; rejects where the tracker refuses. */
  get opened(): Promise<unknown> {
    return this.#opened;
  }

  send(request: TrackerRequest): void {
    this.socket.send(JSON.stringify(request));
  }

  /** The next news, which may have come already. */
  next(): Promise<TrackerNews> {
    const news = this.#news.shift();
    if (news !== undefined) return Promise.resolve(news);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  ask(request: TrackerRequest): Promise<TrackerNews> {
    this.send(request);
    return this.next();
  }

  async close(): Promise<void> {
    this.socket.close(1000);
    await this.closed;
  }

  #receive(text: string): void {
    const news = decodeTrackerNews(text);
    if (this.#waiting === undefined) this.#news.push(news);
    else this.#waiting(news);
    this.#waiting = undefined;
  }
}

export type Fetch = (request: Request) => Response | Promise<Response>;

/** A peer that uses door 1 only. */
export class HttpPeer {
  constructor(
    readonly fetch: Fetch,
    readonly user: string,
    readonly url = "http://127.0.0.1:8000",
  ) {}

  request(method: string, path: string, body?: unknown): Promise<Response> {
    const headers = new Headers({ cookie: `session=${this.user}` });
    if (body !== undefined) headers.set("content-type", "application/json");
    const request = new Request(`${this.url}/tracker${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return Promise.resolve(this.fetch(request));
  }

  /** The events that waited for `peer`. */
  async poll(peer: string): Promise<TrackerNews[]> {
    const response = await this.request("GET", `/peers/${peer}/signals`);
    assert.equal(response.status, 200);
    return decodeEventsPolled(await response.text()).events;
  }
}
