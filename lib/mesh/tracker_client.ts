/**
 * The road to the tracker: a WebSocket that pushes, and polling where none can
 * be had. It registers, keeps the heartbeat, comes back after every break, and
 * says which leg failed meanwhile.
 *
 *     connecting ──► online ──► (broken) ──┐
 *         ▲  │ no socket                   │
 *         │  ▼                             │
 *         │ register over HTTP ──► polling │   401 ──► refused (for good)
 *         │  │ no answer                   │
 *         └──┴── away, jittered back-off ◄─┘
 *
 * A session that has ended is no last word: another window of this browser may
 * have logged in again, and the cookie is shared. It is asked once more, on both
 * roads at once, and whoever is nobody then, or somebody else, is refused.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Random } from "../random.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import {
  decodeTrackerNews,
  type Register,
  TRACKER_VERSION,
  type TrackerNews,
  type TrackerRequest,
  type Welcome,
} from "../wire/tracker_api.ts";
import type { TrackerState } from "./chat.ts";
import { Timers } from "./timers.ts";
import { type Fetch, type HttpFault, TrackerHttp } from "./tracker_http.ts";

export const RECONNECT_MIN_MS = 400;
export const RECONNECT_MAX_MS = 15_000;
/** Doubled no more often than that: it is past RECONNECT_MAX_MS by then. */
const DOUBLINGS_MAX = 10;
/** A socket that has not opened and welcomed by then is not waited for. */
export const CONNECT_TIMEOUT_MS = 4_000;
/** A heartbeat that is not answered by then means a dead socket. */
export const SOCKET_TIMEOUT_MS = 8_000;
/** While polling, the socket is tried again this often. */
export const SOCKET_RETRY_MS = 30_000;
/** The tracker closes with it when the session has ended. */
const SESSION_ENDED_CODE = 4401;
/** The page is closing: the tracker tells everyone at once. */
const GOODBYE_CODE = 1000;
/** This socket is of no use; the peer is not gone, and may come back. */
const GIVEN_UP_CODE = 4000;

/** What a WebSocket must offer; the browser's does. */
export interface Socket {
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

export type TrackerFault = Exclude<HttpFault, "not-registered">;

export interface TrackerClientOptions {
  peer: PeerId;
  /** The channels to register with, asked at each registration. */
  channels: () => ChannelName[];
  openSocket: () => Socket;
  fetch: Fetch;
  clock: Clock;
  random: Random;
  onNews: (news: TrackerNews) => void;
  onState: (state: TrackerState, fault: TrackerFault | undefined) => void;
}

export class TrackerClient {
  readonly #options: TrackerClientOptions;
  readonly #http: TrackerHttp;
  /** Of the state: heartbeats, polls, the next attempt. */
  readonly #timers: Timers;
  /** Of the socket: how long it may stay silent. */
  readonly #patience: Timers;
  #state: TrackerState = "connecting";
  #socket: Socket | undefined;
  #failures = 0;
  /** Whose peer this is, as the first welcome said. */
  #user: string | undefined;
  #stopped = false;
  #heartbeatOpen = false;
  #pollOpen = false;
  /** Over HTTP: the tracker may know us before we know that it does. */
  #isRegistering = false;
  /** The session is said to have ended, and that is yet to be asked again. */
  #asksOnceMore = false;

  constructor(options: TrackerClientOptions) {
    this.#options = options;
    this.#timers = new Timers(options.clock);
    this.#patience = new Timers(options.clock);
    this.#http = new TrackerHttp({
      peer: options.peer,
      fetch: options.fetch,
      onFault: (fault) => this.#httpFailed(fault),
      onRefused: (error) => this.#tell(error),
    });
  }

  start(): void {
    this.#connect();
  }

  /** Says goodbye where it can still be heard, and stays silent afterwards. */
  stop(): void {
    if (this.#stopped) return;
    if (this.#state === "online") this.request({ type: "leave" });
    if (this.#state === "polling" || this.#isRegistering) this.#http.leave();
    this.#stopped = true;
    this.#timers.clear();
    this.#dropSocket(GOODBYE_CODE);
  }

  /** Sends a request; dropped where there is no road: `welcome` starts anew. */
  request(request: TrackerRequest): void {
    if (this.#state === "online") this.#socket?.send(JSON.stringify(request));
    else if (this.#state === "polling") this.#requestByHttp(request);
  }

  /** Tries at once what waits for its back-off, and doubts what looks well. */
  retryNow(): void {
    if (this.#stopped || this.#state === "refused") return;
    if (this.#state === "online") return this.#heartbeat();
    this.#failures = 0;
    this.#connect();
  }

  /**
   * Finds out now, not at the next heartbeat, whether the socket is alive: a
   * link broke, and this machine may have another address.
   */
  doubt(): void {
    if (!this.#stopped && this.#state === "online") this.#heartbeat();
  }

  /** Tries the socket; who polls goes on doing so meanwhile. */
  #connect(): void {
    this.#asksOnceMore = false;
    if (this.#state !== "polling") this.#timers.clear();
    this.#dropSocket();
    let socket: Socket;
    try {
      socket = this.#options.openSocket();
    } catch {
      // No WebSocket here (an old proxy, a policy): HTTP will do.
      this.#socketFailed();
      return;
    }
    this.#socket = socket;
    this.#patience.after(CONNECT_TIMEOUT_MS, () => this.#socketLost(socket));
    socket.onopen = () => {
      if (socket === this.#socket) this.#sendRegister(socket);
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#receive(socket, data);
    };
    socket.onclose = ({ code }) => this.#socketLost(socket, code);
  }

  get #register(): Register {
    const { peer, channels } = this.#options;
    const version = TRACKER_VERSION;
    return { type: "register", version, peer, channels: channels() };
  }

  #sendRegister(socket: Socket): void {
    socket.send(JSON.stringify(this.#register));
  }

  #receive(socket: Socket, data: unknown): void {
    let news: TrackerNews;
    try {
      news = decodeTrackerNews(typeof data === "string" ? data : "");
    } catch {
      // A tracker of another version: what it says is not for us.
      return;
    }
    if (news.type === "welcome" && !this.#isOurs(news)) {
      this.#dropSocket(GOODBYE_CODE);
      return this.#refuse();
    }
    if (news.type === "welcome") this.#welcomed(news);
    if (this.#state === "online") {
      this.#patience.clear();
      this.#heartbeatOpen = false;
    }
    if (news.type === "error") {
      if (news.code === "session-expired") return this.#sessionEnded();
      if (news.code === "not-registered") return this.#sendRegister(socket);
    }
    this.#options.onNews(news);
  }

  #welcomed({ heartbeatMs }: Welcome): void {
    this.#timers.clear();
    this.#failures = 0;
    this.#enter("online");
    this.#timers.repeat(heartbeatMs, () => this.#heartbeat());
  }

  /** Silence after it means a socket that only looks open. */
  #heartbeat(): void {
    const socket = this.#socket;
    if (socket === undefined || this.#heartbeatOpen) return;
    this.#heartbeatOpen = true;
    this.request({ type: "heartbeat" });
    this.#patience.after(SOCKET_TIMEOUT_MS, () => this.#socketLost(socket));
  }

  #socketLost(socket: Socket, code?: number): void {
    if (socket !== this.#socket || this.#stopped) return;
    this.#dropSocket();
    if (code === SESSION_ENDED_CODE) return this.#sessionEnded();
    // A socket that worked will work again; one that never did may not.
    if (this.#state === "online") {
      this.#enter("away");
      this.#connectLater();
    } else this.#socketFailed();
  }

  #socketFailed(): void {
    if (this.#state !== "polling") void this.#registerByHttp();
    else this.#timers.after(SOCKET_RETRY_MS, () => this.#connect());
  }

  #dropSocket(code = GIVEN_UP_CODE): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#heartbeatOpen = false;
    this.#patience.clear();
    socket?.close(code);
  }

  async #registerByHttp(): Promise<void> {
    // Firefox closes the socket of a page that is left before it says so to the
    // page: what goes out here then is taken back by stop().
    this.#isRegistering = true;
    const welcome = await this.#http.register(this.#register);
    this.#isRegistering = false;
    // Meanwhile a person may have asked for a new attempt, or left.
    if (this.#stopped || this.#socket !== undefined) return;
    if (this.#state === "refused") return;
    if (welcome?.type === "welcome" && !this.#isOurs(welcome)) {
      this.#http.leave();
      return this.#refuse();
    }
    if (welcome?.type !== "welcome") {
      if (this.#state !== "away") this.#enter("away");
      return this.#connectLater();
    }
    this.#failures = 0;
    this.#enter("polling");
    this.#options.onNews(welcome);
    this.#startPolling(welcome);
  }

  #startPolling({ pollMs, syncMs, heartbeatMs }: Welcome): void {
    const timers = this.#timers;
    timers.clear();
    timers.repeat(pollMs, () => void this.#poll());
    timers.repeat(syncMs, () => this.#listAll());
    timers.repeat(heartbeatMs, () => this.request({ type: "heartbeat" }));
    timers.after(SOCKET_RETRY_MS, () => this.#connect());
  }

  #listAll(): void {
    this.request({ type: "list-channels" });
    for (const channel of this.#options.channels()) {
      this.request({ type: "list-peers", channel });
    }
  }

  async #poll(): Promise<void> {
    if (this.#pollOpen) return;
    this.#pollOpen = true;
    const events = await this.#http.poll();
    this.#pollOpen = false;
    for (const news of events ?? []) {
      if (news.type === "events-dropped") this.#listAll();
      else this.#tell(news);
    }
  }

  async #requestByHttp(request: TrackerRequest): Promise<void> {
    const news = await this.#http.request(request);
    if (news !== undefined) this.#tell(news);
  }

  #tell(news: TrackerNews): void {
    if (!this.#stopped) this.#options.onNews(news);
  }

  #httpFailed(fault: HttpFault): void {
    // A socket that was welcomed meanwhile knows better.
    if (this.#stopped || this.#state === "online") return;
    if (this.#state === "refused") return;
    const wasPolling = this.#state === "polling";
    if (fault === "signed-out") {
      // Others that were asked with the same cookie say nothing new.
      if (this.#asksOnceMore) return;
      return wasPolling ? this.#sessionEnded() : this.#refuse();
    }
    if (fault !== "not-registered") this.#enter("away", fault);
    // The registration is made anew at once: the tracker is there.
    else if (wasPolling) this.#enter("connecting");
    if (wasPolling && this.#socket === undefined) this.#connectLater();
  }

  #connectLater(connect = () => this.#connect()): void {
    this.#timers.clear();
    const most = Math.min(
      RECONNECT_MAX_MS,
      RECONNECT_MIN_MS * 2 ** Math.min(this.#failures++, DOUBLINGS_MAX),
    );
    const delayMs = most * (0.5 + this.#options.random() / 2);
    this.#timers.after(delayMs, connect);
  }

  /** Whether the session is still the person's that this page was opened by. */
  #isOurs({ user }: Welcome): boolean {
    this.#user ??= user;
    return user === this.#user;
  }

  #sessionEnded(): void {
    this.#dropSocket();
    this.#asksOnceMore = true;
    this.#enter("connecting");
    this.#connectLater(() => {
      this.#connect();
      // A page is not told why a handshake failed, and Firefox makes it wait.
      void this.#requestByHttp({ type: "heartbeat" });
    });
  }

  #refuse(): void {
    this.#timers.clear();
    this.#dropSocket();
    this.#enter("refused", "signed-out");
  }

  #enter(state: TrackerState, fault?: TrackerFault): void {
    this.#state = state;
    this.#options.onState(state, fault);
  }
}
