/**
 * The tracker behind its two doors: applies requests to the core, performs what
 * it decides over lines and mailboxes, and keeps the time. Nothing that a peer
 * sends makes a method of it throw anything but a WireError.
 * @module
 */
import { type Clock, every } from "../clock.ts";
import type { Random } from "../random.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import {
  errorNews,
  type TrackerNews,
  type TrackerRequest,
} from "../wire/tracker_api.ts";
import { WireError } from "../wire/wire_error.ts";
import {
  type Action,
  type Caller,
  type Farewell,
  type Periods,
  TrackerCore,
} from "./core.ts";
import {
  type Closing,
  LEFT,
  type Line,
  REPLACED,
  SESSION_ENDED,
  SILENT,
} from "./line.ts";
import { Lines } from "./lines.ts";
import { Metrics } from "./metrics.ts";
import { Relay } from "./relay.ts";
import { TokenBuckets } from "./request_rate.ts";

export const TICK_MS = 1_000;
export const SESSION_CHECK_MS = 5_000;
/**
 * Others hear of revoked certificates so much later than their owner, who has
 * another password and a session that goes on under another cookie: its page
 * comes back first, and gets a certificate that holds.
 */
export const REVOCATION_NEWS_MS = 1_500;

const CLOSINGS: Record<Farewell, Closing> = {
  "left": LEFT,
  "silent": SILENT,
  "session-ended": SESSION_ENDED,
};

export interface HubOptions {
  clock: Clock;
  random: Random;
  periods: Periods;
  /** Whether the session with this handle goes on. */
  isLive: (session: string) => boolean;
  /** The number of the last revocation of certificates. */
  lastRevocation: () => number;
  /** Takes one line for each fault of our own. */
  log: (line: string) => void;
}

export class Hub {
  readonly metrics = new Metrics();
  readonly #core: TrackerCore;
  readonly #relay = new Relay();
  readonly #options: HubOptions;
  readonly #lines = new Lines();
  /** For requests over HTTP that name no peer of the session. */
  readonly #sessionBuckets = new TokenBuckets();
  #timers: (() => void)[] = [];
  #cancelNews: (() => void) | undefined;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#core = new TrackerCore(options);
  }

  start(): void {
    const { clock, periods } = this.#options;
    const tickMs = Math.max(10, Math.min(TICK_MS, periods.heartbeatMs / 2));
    this.#timers = [
      every(clock, tickMs, () => this.#guard(() => this.#tick())),
      every(
        clock,
        SESSION_CHECK_MS,
        () => this.#guard(() => this.#checkSessions()),
      ),
    ];
    this.#guard(() => this.#checkRevocations());
  }

  stop(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers = [];
    this.#cancelNews?.();
  }

  /** What `request` is answered; a failure is an answer too. */
  ask(caller: Caller, request: TrackerRequest): TrackerNews | undefined {
    try {
      if (request.type === "register") this.#makeRoom(caller, request.peer);
      const { reply, actions } = this.#core.apply(caller, request, this.#now);
      this.#perform(actions);
      return reply;
    } catch (error) {
      return this.failure(error, request);
    }
  }

  /** The same for a peer that gets its news by polling. */
  askOverHttp(
    caller: Caller,
    request: TrackerRequest,
  ): TrackerNews | undefined {
    const reply = this.ask(caller, request);
    // A socket of it that seems open is the one that it has given up.
    if (reply?.type === "welcome") this.#closeLineOf(reply.peer, REPLACED);
    return reply;
  }

  /** Encoded news for a polling peer, oldest first; throws WireError. */
  poll(caller: Caller): string[] {
    const peer = this.#core.peerOf(caller, this.#now);
    if (peer !== undefined) return this.#relay.fetch(peer.id);
    throw new WireError("not-registered", "This peer is not registered here");
  }

  /** Counts a request over HTTP; WireError where there are too many. */
  admit(caller: Caller): void {
    this.metrics.requests++;
    const now = this.#now;
    const bucket = this.#core.peerOf(caller, now)?.bucket ??
      this.#sessionBuckets.of(caller.session, now);
    if (!bucket.take(now)) throw tooManyRequests();
  }

  hasChannel(name: ChannelName): boolean {
    return this.#core.channels.find(name) !== undefined;
  }

  /** Whether the session may open one more socket. */
  hasRoomFor(session: string): boolean {
    return this.#lines.hasRoom(session);
  }

  lineOpened(line: Line): void {
    this.#lines.opened(line, this.#now);
  }

  /** A request over a socket; the answer and what waited go out on it. */
  receive(line: Line, request: TrackerRequest): void {
    const reply = isForOtherPeer(line, request)
      ? this.failure(otherPeer(), request)
      : this.ask(line, request);
    if (reply === undefined) return;
    // Attached first: if the welcome is what a slow reader chokes on, the peer
    // must not be left with a socket that has ended.
    if (reply.type === "welcome") this.#attach(reply.peer, line);
    line.send(JSON.stringify(reply));
    if (reply.type === "welcome") this.#relay.flush(reply.peer);
  }

  /** Even a frame that makes no sense says that its sender is there. */
  receiveNonsense(line: Line, error: unknown): void {
    this.#core.peerOf(line, this.#now);
    line.send(JSON.stringify(this.failure(error)));
  }

  /** No news goes out on `line` any more; its peer left, or may come back. */
  lineEnded(line: Line, { leaving }: { leaving: boolean }): void {
    this.#lines.settled(line);
    if (line.peer === undefined) return;
    if (!this.#relay.detach(line.peer, line)) return;
    if (leaving) this.ask(line, { type: "leave" });
    else this.#core.lineBroke(line.peer, this.#now);
  }

  /** The socket behind `line` is closed for good. */
  lineClosed(line: Line): void {
    this.#lines.closed(line);
  }

  /** What a peer is told of `error`; faults of our own are logged. */
  failure(error: unknown, request?: TrackerRequest): TrackerNews {
    const news = errorNews(error, request);
    this.metrics.countError(news.code);
    if (!(error instanceof WireError)) this.#logFault(error);
    return news;
  }

  metricsText(): string {
    return this.metrics.text({
      peers: this.#core.registry.size,
      channels: this.#core.channels.size,
      sockets: this.#lines.size,
      mailbox_characters: this.#relay.waitingChars,
    });
  }

  get #now(): number {
    return this.#options.clock.now();
  }

  #perform(actions: Action[]): void {
    for (const action of actions) {
      if (action.type === "tell") {
        if (action.news.type === "signal-received") this.metrics.signals++;
        this.#relay.tell(action.to, action.news);
      } else {
        this.#closeLineOf(action.peer, CLOSINGS[action.why]);
        this.#relay.forget(action.peer);
      }
    }
  }

  #tick(): void {
    const now = this.#now;
    this.#perform(this.#core.tick(now));
    for (const line of this.#lines.overdue(now)) line.close(SILENT);
    this.#sessionBuckets.sweep(now);
  }

  /** A page under another cookie is not kept out by its former session. */
  #makeRoom({ session }: Caller, id: PeerId): void {
    const peer = this.#core.registry.get(id);
    if (peer === undefined || peer.session === session) return;
    if (this.#options.isLive(peer.session)) return;
    this.#endSession(peer.session);
    this.#checkRevocations();
  }

  #checkSessions(): void {
    const waiting = this.#lines.waiting().map((line) => line.session);
    const sessions = [...this.#core.registry.sessions(), ...waiting];
    for (const session of new Set(sessions)) {
      if (!this.#options.isLive(session)) this.#endSession(session);
    }
    this.#checkRevocations();
  }

  /** After the sessions: who is shut out is not told of it as a member. */
  #checkRevocations(): void {
    const isNews = this.#core.revoked(this.#options.lastRevocation());
    if (!isNews || this.#cancelNews !== undefined) return;
    const tell = () => {
      this.#cancelNews = undefined;
      this.#perform(this.#core.tellRevocation());
    };
    this.#cancelNews = this.#options.clock
      .after(REVOCATION_NEWS_MS, () => this.#guard(tell));
  }

  #endSession(session: string): void {
    const lines = this.#core.registry.ofSession(session)
      .map((peer) => this.#relay.lineOf(peer.id));
    lines.push(
      ...this.#lines.waiting().filter((line) => line.session === session),
    );
    const error = new WireError("session-expired", "Your session has ended");
    for (const line of lines) {
      line?.send(JSON.stringify(this.failure(error)));
      line?.close(SESSION_ENDED);
    }
    this.#perform(this.#core.endSession(session, this.#now));
  }

  #attach(peer: PeerId, line: Line): void {
    line.peer = peer;
    this.#lines.settled(line);
    const former = this.#relay.lineOf(peer);
    if (former === line) return;
    this.#relay.attach(peer, line);
    former?.close(REPLACED);
  }

  #closeLineOf(peer: PeerId, closing: Closing): void {
    const line = this.#relay.lineOf(peer);
    if (line === undefined) return;
    this.#relay.detach(peer, line);
    line.close(closing);
  }

  /** A timer's fault must not end the process. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#logFault(error);
    }
  }

  #logFault(error: unknown): void {
    const text = error instanceof Error ? error.stack : String(error);
    this.#options.log(`tracker fault: ${text}`);
  }
}

/** A socket speaks for one peer until that is gone. */
function isForOtherPeer(line: Line, request: TrackerRequest): boolean {
  return request.type === "register" && line.peer !== undefined &&
    line.peer !== request.peer;
}

function otherPeer(): WireError {
  return new WireError("bad-message", "This socket speaks for another peer");
}

/** For whoever asks more often than a peer may. */
export function tooManyRequests(): WireError {
  return new WireError("too-many-requests", "Too many requests, slow down");
}
