/**
 * What the tracker's tests share: ids, settings, and lines that only remember.
 * @module
 */
import { ManualClock } from "../../lib/clock.ts";
import { seededRandom } from "../../lib/random.ts";
import { Hub } from "../../lib/tracker/hub.ts";
import type { Closing, Line } from "../../lib/tracker/line.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import type { Signal } from "../../lib/wire/signal.ts";
import type {
  Register,
  TrackerNews,
  TrackerRequest,
} from "../../lib/wire/tracker_api.ts";

export const PERIODS = { heartbeatMs: 30_000, syncMs: 10_000, pollMs: 2_000 };
export const GONE_AFTER_MS = 75_000;

export const SIGNAL: Signal = {
  type: "offer",
  link: "L".repeat(22),
  sdp: "v=0\r\n",
};

/** `ann` -> `ann___________________`: a peer id that can be read in a failure. */
export function idOf(name: string): PeerId {
  return name.padEnd(22, "_");
}

export function register(name: string, channels = ["general"]): Register {
  return { type: "register", version: 1, peer: idOf(name), channels };
}

/** A socket without a network: what was sent on it, and how it was closed. */
export class FakeLine implements Line {
  peer: PeerId | undefined;
  readonly news: TrackerNews[] = [];
  closing: Closing | undefined;
  readonly #hub: Hub;

  constructor(hub: Hub, readonly session: string, readonly user = session) {
    this.#hub = hub;
    hub.lineOpened(this);
  }

  send(text: string): void {
    if (this.closing === undefined) this.news.push(JSON.parse(text));
  }

  close(closing: Closing): void {
    if (this.closing !== undefined) return;
    this.closing = closing;
    this.#hub.lineEnded(this, { leaving: false });
  }

  /** A request of the peer; the news that came of it for itself. */
  ask(request: TrackerRequest): TrackerNews[] {
    this.news.length = 0;
    this.#hub.receive(this, request);
    return this.news;
  }

  /** The news since the last call. */
  take(): TrackerNews[] {
    return this.news.splice(0);
  }
}

/** A hub with a clock of its own, and the sessions that a test has ended. */
export function newHub(): {
  hub: Hub;
  clock: ManualClock;
  ended: Set<string>;
  /** The number of the last revocation. */
  revoked: { last: number };
  faults: string[];
} {
  const clock = new ManualClock();
  const ended = new Set<string>();
  const revoked = { last: 0 };
  const faults: string[] = [];
  const hub = new Hub({
    clock,
    random: seededRandom(1),
    periods: PERIODS,
    isLive: (session) => !ended.has(session),
    lastRevocation: () => revoked.last,
    log: (line) => faults.push(line),
  });
  hub.start();
  return { hub, clock, ended, revoked, faults };
}

/** An open line of `name`, registered, its welcome already read. */
export function join(hub: Hub, name: string, channels?: string[]): FakeLine {
  const line = new FakeLine(hub, `session-of-${name}`, name);
  line.ask(register(name, channels));
  line.take();
  return line;
}
