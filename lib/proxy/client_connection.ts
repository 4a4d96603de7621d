/**
 * A client's connection from its first byte to its last: reads heads, has each
 * request served in its turn, answers what is wrong with it itself.
 *
 *   waiting ── first byte ──► head ── complete ──► serving ─╮
 *      ▲  keepalive_timeout    │ client_header_timeout      │
 *      ╰───────────────────────┼────── keep-alive ──────────╯
 *                              ╰─ 400, 408, 431 ─► lingering ─► closed
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- a connection's requests have an order
import { Field } from "../http1/fields.ts";
import { Http1Error } from "../http1/http1_error.ts";
import { RequestHead } from "../http1/request_head.ts";
import { clientAddressOf } from "./client_address.ts";
import type { Client } from "./client_limits.ts";
import type { ProxyContext } from "./context.ts";
import { Exchange } from "./exchange.ts";
import { TooMany, UpstreamFailure } from "./failures.ts";
import { httpsAddress, isHttpsFarther } from "./https_address.ts";
import { RequestRecord, type Scheme, STATUS_CLIENT_GONE } from "./observer.ts";
import { errorResponse, prefersJson, redirectResponse } from "./pages.ts";
import { cleanPath, stripPrefix } from "./route.ts";
import type { Site } from "./sites.ts";
import type { Socket } from "./socket.ts";

/** How long a refused client is listened to, so that it can read the refusal. */
const LINGER_MS = 2_000;
const LINGER_BYTES_MAX = 4 * 1024 * 1024;

const HEAD_TOO_SLOW = errorResponse(408, { close: true });
/** A proxy that opens tunnels to anywhere, or echoes cookies, serves attackers. */
const REFUSED_METHODS = new Set(["CONNECT", "TRACE"]);

/** How soon a client with too many connections should come again. */
const CONNECTION_RETRY_S = 5;

/** Whose connection it is, and by which way it came. */
export interface ClientFacts {
  context: ProxyContext;
  /** The address at its other end. */
  peer: string;
  scheme: Scheme;
  client: Client;
  /** A proxy whose word about others is taken. */
  trusted: boolean;
  /** It carries one request of an HTTP/2 connection. */
  http2?: boolean;
  /** It is one too many: it gets an answer that says so. */
  refused: boolean;
}

/** Where a request goes, and of which one that was found out. */
interface Route {
  router: ProxyContext["router"];
  host: string;
  asked: string;
  site: Site;
  target: string;
}

/** One client; `run` returns when its connection is closed. */
export class ClientConnection {
  readonly #socket: Socket;
  readonly #context: ProxyContext;
  readonly #head: RequestHead;
  readonly #exchange: Exchange;
  readonly #record: RequestRecord;
  readonly #facts: ClientFacts;
  #lastRoute: Route | undefined;
  #waiting = true;
  #headRead = false;
  #lingers = false;
  #sentBefore = 0;
  #json = false;

  constructor(socket: Socket, facts: ClientFacts) {
    const { context } = facts;
    this.#socket = socket;
    this.#context = context;
    this.#facts = facts;
    this.#head = new RequestHead(context.settings.head);
    this.#record = new RequestRecord(facts);
    const { trusted } = facts;
    const record = this.#record;
    this.#exchange = new Exchange(socket, { context, record, trusted });
  }

  async run(): Promise<void> {
    const { headerTimeoutMs, keepaliveTimeoutMs } = this.#context.settings;
    try {
      // A connection made ahead of its use still has to use it soon.
      for (let waitMs = headerTimeoutMs;; waitMs = keepaliveTimeoutMs) {
        const stays = await this.#serveNext(waitMs);
        if (!stays || this.#context.isStopping()) break;
      }
    } finally {
      this.#socket.close();
    }
  }

  /**
   * We are about to stop: what waits is closed, a WebSocket is told (1001) and
   * closed once it has answered; a request under way is the last one.
   */
  leave(): void {
    if (this.#exchange.tunnel !== undefined) this.#exchange.tunnel.close1001();
    else if (this.#waiting) this.#socket.close();
  }

  close(): void {
    this.#socket.close();
  }

  /** Serves one request. False where the connection has done its work. */
  async #serveNext(waitMs: number): Promise<boolean> {
    this.#prepare(waitMs);
    const { turnstile } = this.#context;
    let stays = false;
    try {
      while (!this.#takeHead()) {
        if (!await this.#socket.fill()) return this.#headTooLate();
      }
      this.#begin();
      let ticket = turnstile.enter();
      if (ticket === -1) ticket = await turnstile.wait();
      try {
        stays = await this.#serve();
      } finally {
        turnstile.leave(ticket);
      }
      this.#lingers = !stays && !this.#exchange.requestReceived;
    } catch (error) {
      stays = await this.#failed(error);
    }
    this.#finish();
    if (this.#lingers) await this.#linger();
    return stays;
  }

  /** Forgets the last request and waits for the next. */
  #prepare(waitMs: number): void {
    this.#json = false;
    this.#exchange.reset();
    this.#headRead = false;
    this.#lingers = false;
    this.#head.reset();
    const socket = this.#socket;
    const { clock, settings } = this.#context;
    this.#waiting = socket.start === socket.end;
    // The last request has just been stamped: the time need not be asked again.
    const now = this.#record.endedMs || clock.now();
    socket.deadlineMs = now +
      (this.#waiting ? waitMs : settings.headerTimeoutMs);
  }

  /** Reads a head; false where its end has not come yet. */
  #takeHead(): boolean {
    const socket = this.#socket;
    if (socket.start === socket.end) return false;
    const next = this.#head.read(socket.bytes, socket.start, socket.end);
    if (next === -1) {
      if (this.#waiting) this.#expectRest();
      return false;
    }
    socket.start = next;
    this.#waiting = false;
    socket.deadlineMs = Infinity;
    socket.lastWords = undefined;
    return true;
  }

  /** The head's first bytes have come: the rest is to follow soon. */
  #expectRest(): void {
    const { clock, settings } = this.#context;
    this.#waiting = false;
    this.#socket.deadlineMs = clock.now() + settings.headerTimeoutMs;
    this.#socket.lastWords = HEAD_TOO_SLOW;
  }

  /** A head has been read. */
  #begin(): void {
    const { clock, observer } = this.#context;
    this.#headRead = true;
    this.#sentBefore = this.#socket.bytesSent;
    this.#record.start(this.#head, clock.now());
    this.#learnClient();
    observer.requestStarted(this.#record, this.#head);
  }

  /** Tells the observer of what there was. */
  #finish(): void {
    const { clock, observer } = this.#context;
    const record = this.#record;
    if (record.status === 0) {
      record.status = this.#socket.expired ? 408 : STATUS_CLIENT_GONE;
    }
    record.bytesSent = this.#socket.bytesSent - this.#sentBefore;
    record.endedMs = clock.now();
    observer.requestEnded(record);
  }

  /** Nothing more came; where it was the rest of a head, that is told. */
  #headTooLate(): false {
    if (this.#waiting) return false;
    this.#record.start(undefined, this.#context.clock.now());
    this.#finish();
    return false;
  }

  /** Answers where there is still something to say, and somebody to say it to. */
  async #failed(error: unknown): Promise<boolean> {
    const status = statusOf(error);
    // Behind the first byte of a response, only the close says "broken".
    if (status === undefined || this.#exchange.answering) return false;
    if (!this.#headRead) {
      this.#record.start(undefined, this.#context.clock.now());
    }
    this.#record.status = status;
    const inStep = this.#headRead && status !== 400;
    const retryAfterS = error instanceof TooMany
      ? error.retryAfterS
      : undefined;
    return await this.#refuse(status, { inStep, retryAfterS });
  }

  #serve(): Promise<boolean> {
    const head = this.#head;
    const accept = head.fields.find(Field.accept);
    this.#json = accept !== -1 && prefersJson(head.fields.value(accept));
    this.#admit();
    if (REFUSED_METHODS.has(head.method)) {
      throw new Http1Error(405, `Method ${head.method} refused`);
    }
    const route = this.#findRoute();
    this.#record.site = route.site.pattern;
    const elsewhere = this.#httpsAddress(route.site);
    if (elsewhere !== undefined) return this.#redirect(elsewhere);
    return this.#exchange.run(head, route);
  }

  /** Whoever asks the same again gets the same, while the conf is the same. */
  #findRoute(): Route {
    const { host, target } = this.#head;
    const { router } = this.#context;
    const last = this.#lastRoute;
    if (
      last !== undefined && last.asked === target && last.host === host &&
      last.router === router
    ) return last;
    const path = target === "*" ? "/" : cleanPath(target);
    if (path === undefined) throw new Http1Error(400, "Path leaves the root");
    const site = router.find(host, path);
    if (site === undefined) throw new Http1Error(404, "No such host");
    return this.#lastRoute = {
      router,
      host,
      asked: target,
      site,
      target: targetFor(site, target),
    };
  }

  /** Behind a trusted proxy, each request has a client of its own. */
  #learnClient(): void {
    const { peer, trusted, context } = this.#facts;
    if (!trusted) return;
    const { trusts } = context;
    const { fields } = this.#head;
    this.#record.clientAddress = clientAddressOf(fields, { peer, trusts });
  }

  /** Throws TooMany where the client asks for more than it may. */
  #admit(): void {
    const { peer, client, trusted, refused, context } = this.#facts;
    const { limits, clock } = context;
    if (refused) throw new TooMany(CONNECTION_RETRY_S);
    if (!limits.countsRequests) return;
    const now = clock.now();
    const { clientAddress } = this.#record;
    // What a proxy in front asks for itself is not counted.
    if (trusted && clientAddress === peer) return;
    const asking = trusted ? limits.of(clientAddress, now) : client;
    const waitS = limits.secondsToWait(asking, now);
    if (waitS > 0) throw new TooMany(waitS);
  }

  /** Answers with an error page. True where the connection can live on. */
  async #refuse(
    status: number,
    { inStep, retryAfterS }: {
      inStep: boolean;
      retryAfterS: number | undefined;
    },
  ): Promise<boolean> {
    const stays = inStep && this.#mayStay && status !== 404 && status !== 405;
    const page = errorResponse(status, {
      json: this.#json,
      close: !stays,
      headOnly: inStep && this.#head.method === "HEAD",
      retryAfterS,
      added: this.#exchange.addedToPages,
    });
    return await this.#answer(page, stays);
  }

  /** Whether the request that is being served can be followed by another. */
  get #mayStay(): boolean {
    const { keepAlive, framing } = this.#head;
    const bodyRead = framing.kind === "none" || this.#exchange.requestReceived;
    return keepAlive && bodyRead && !this.#facts.refused &&
      !this.#context.isStopping();
  }

  /** Where the request has to go on to by https, if it has to. */
  #httpsAddress({ conf }: Site): string | undefined {
    const { scheme, trusted } = this.#facts;
    if (conf.httpsPort === -1 || scheme === "https") return undefined;
    if (isHttpsFarther(this.#head, trusted)) return undefined;
    return httpsAddress(this.#head, conf.httpsPort);
  }

  async #redirect(location: string): Promise<boolean> {
    const stays = this.#mayStay;
    this.#record.status = 308;
    return await this.#answer(redirectResponse(location, !stays), stays);
  }

  /** Sends an answer of our own. True where the connection lives on. */
  async #answer(bytes: Uint8Array, stays: boolean): Promise<boolean> {
    const socket = this.#socket;
    const { clock, settings } = this.#context;
    socket.lastWords = undefined;
    socket.deadlineMs = Infinity;
    const deadlineMs = clock.now() + settings.sendTimeoutMs;
    try {
      await socket.write(bytes, deadlineMs);
    } catch {
      return false;
    }
    this.#record.complete = true;
    this.#lingers = !stays;
    return stays;
  }

  /**
   * Closing with bytes unread resets the connection, and the client may lose the
   * answer: so first tell it that nothing follows, and hear it out for a while.
   */
  async #linger(): Promise<void> {
    const socket = this.#socket;
    socket.deadlineMs = this.#context.clock.now() + LINGER_MS;
    await socket.closeWrite().catch(() => socket.close());
    let heard = 0;
    while (heard < LINGER_BYTES_MAX && await socket.fill()) {
      heard += socket.end - socket.start;
      socket.start = socket.end;
    }
  }
}

/** What to send upstream as the target. */
function targetFor({ conf, prefix }: Site, target: string): string {
  if (!conf.stripPrefix || target === "*") return target;
  if (!target.startsWith(prefix)) {
    // `/x/../api/login` is under /api/, but not as text that can be cut.
    throw new Http1Error(400, "Ambiguous path");
  }
  return stripPrefix(target, prefix);
}

/** The page for a failure, or undefined where nobody is there to read it. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof Http1Error || error instanceof UpstreamFailure) {
    return error.status;
  }
  return error instanceof TooMany ? 429 : undefined;
}
