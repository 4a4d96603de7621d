/**
 * The tracker's HTTP door as a peer uses it where no WebSocket can be had: each
 * request of the wire becomes one call, and news is fetched by polling.
 * @module
 */
import type { PeerId } from "../wire/names.ts";
import {
  decodeEventsPolled,
  decodeHttpError,
  decodeTrackerNews,
  type ErrorNews,
  type Register,
  type TrackerNews,
  type TrackerRequest,
} from "../wire/tracker_api.ts";
import type { ErrorCode } from "../wire/wire_error.ts";

/**
 * Which leg failed: the front door, which may lead elsewhere now, the tracker
 * behind it, the session, or our registration, which the tracker does not know
 * (any more).
 */
export type HttpFault =
  | "no-server"
  | "moved"
  | "no-tracker"
  | "signed-out"
  | "not-registered";

/** Path and options of a request to the page's own origin. */
export type Fetch = (path: string, init: RequestInit) => Promise<Response>;

export interface TrackerHttpOptions {
  peer: PeerId;
  fetch: Fetch;
  onFault: (fault: HttpFault) => void;
  /** The road is fine; the tracker does not want what was asked. */
  onRefused: (error: ErrorNews) => void;
}

/** Codes that say the tracker does not work, whatever was asked. */
const OUTAGES: ReadonlySet<ErrorCode> = new Set(["internal", "unavailable"]);

interface Call {
  method: string;
  path: string;
  body?: unknown;
}

export class TrackerHttp {
  readonly #options: TrackerHttpOptions;

  constructor(options: TrackerHttpOptions) {
    this.#options = options;
  }

  /** The answer, or undefined after a fault or where there is none to give. */
  async request(request: TrackerRequest): Promise<TrackerNews | undefined> {
    const call = callFor(request, this.#options.peer);
    const text = await this.#call(call);
    if (text === undefined || text === "") return undefined;
    try {
      return decodeTrackerNews(text);
    } catch {
      // A tracker of another version.
      return undefined;
    }
  }

  async register(request: Register): Promise<TrackerNews | undefined> {
    const answer = await this.request(request);
    return answer?.type === "welcome" ? answer : undefined;
  }

  /** What happened since the last poll; undefined after a fault. */
  async poll(): Promise<TrackerNews[] | undefined> {
    const path = `/tracker/peers/${this.#options.peer}/signals`;
    const text = await this.#call({ method: "GET", path });
    if (text === undefined) return undefined;
    try {
      return decodeEventsPolled(text).events;
    } catch {
      this.#options.onFault("no-tracker");
      return undefined;
    }
  }

  /** Goodbye of a page that may be closing: nobody waits for the answer. */
  leave(): void {
    const path = `/tracker/peers/${this.#options.peer}/leave`;
    this.#options.fetch(path, { method: "POST", keepalive: true })
      .catch(() => {});
  }

  async #call({ method, path, body }: Call): Promise<string | undefined> {
    const init: RequestInit = {
      method,
      headers: { accept: "application/json" },
      // Followed, it would be another origin, which the page may not ask.
      redirect: "manual",
    };
    if (body !== undefined) {
      init.headers = { ...init.headers, "content-type": "application/json" };
      init.body = JSON.stringify(body);
    }
    let response: Response;
    let text: string;
    try {
      response = await this.#options.fetch(path, init);
      text = await response.text();
    } catch {
      this.#options.onFault("no-server");
      return undefined;
    }
    if (response.ok) return text;
    this.#failed(response.status, decodeHttpError(text));
    return undefined;
  }

  #failed(status: number, error: ErrorNews | undefined): void {
    const { onFault, onRefused } = this.#options;
    if (leadsElsewhere(status)) onFault("moved");
    else if (status === 401) onFault("signed-out");
    else if (error?.code === "not-registered") onFault("not-registered");
    // Without a code of ours it was answered by the proxy, or by a failure.
    else if (error === undefined || OUTAGES.has(error.code)) {
      onFault("no-tracker");
    } else onRefused(error);
  }
}

/**
 * Whether an answer that is not well is a redirect, as to https where a page
 * came by http. Browsers don't say which: its status is 0.
 */
export function leadsElsewhere(status: number): boolean {
  return status < 400;
}

/** How a request is said over HTTP. */
function callFor(request: TrackerRequest, peer: PeerId): Call {
  const own = `/tracker/peers/${peer}`;
  switch (request.type) {
    case "register": {
      const { type: _, ...body } = request;
      return { method: "POST", path: "/tracker/peers", body };
    }
    case "heartbeat":
    case "leave":
      return { method: "POST", path: `${own}/${request.type}` };
    case "list-channels":
      return { method: "GET", path: "/tracker/channels" };
    case "list-peers": {
      const query = new URLSearchParams({ channel: request.channel, peer });
      return { method: "GET", path: `/tracker/peers?${query}` };
    }
    case "create-channel": {
      const body = { peer, channel: request.channel };
      return { method: "POST", path: "/tracker/channels", body };
    }
    case "join-channel":
    case "leave-channel": {
      const method = request.type === "join-channel" ? "PUT" : "DELETE";
      const channel = encodeURIComponent(request.channel);
      return { method, path: `${own}/channels/${channel}` };
    }
    case "send-signal": {
      const body = { to: request.to, signal: request.signal };
      return { method: "POST", path: `${own}/signals`, body };
    }
  }
}
