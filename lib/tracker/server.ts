/**
 * The tracker as a running service: a listener, both doors behind it, and the
 * hub's timers; and how all of it stops in bounded time.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Random } from "../random.ts";
import type { Periods } from "./core.ts";
import { type Authenticate, trackerHandler } from "./http.ts";
import { Hub } from "./hub.ts";

/** How long open requests and sockets may take to end. */
export const DRAIN_MS = 3_000;

export interface TrackerOptions {
  ip: string;
  /** 0 for any free one. */
  port: number;
  periods: Periods;
  /** The session that a request's cookie stands for. */
  authenticate: Authenticate;
  /** Whether the session with this handle goes on. */
  isLive: (session: string) => boolean;
  /** Takes one line for each fault of our own. */
  log: (line: string) => void;
  clock: Clock;
  random: Random;
}

export interface Tracker {
  /** `http://127.0.0.1:8000` */
  readonly url: string;
  /** Sockets are told 1001; resolves within DRAIN_MS. */
  stop(): Promise<void>;
}

/** Listens and serves; throws Deno's error where it cannot listen. */
export function startTracker(options: TrackerOptions): Tracker {
  const { ip, port, clock, authenticate } = options;
  const hub = new Hub(options);
  const abort = new AbortController();
  const server = Deno.serve(
    { hostname: ip, port, signal: abort.signal, onListen() {} },
    trackerHandler({ hub, clock, authenticate }),
  );
  hub.start();
  const host = ip.includes(":") ? `[${ip}]` : ip;
  return {
    url: `http://${host}:${server.addr.port}`,
    async stop() {
      hub.stop();
      const drained = server.shutdown();
      const cancel = clock.after(DRAIN_MS, () => abort.abort());
      await Promise.race([drained, server.finished]);
      cancel();
    },
  };
}
