/**
 * The real tracker core at the end of simulated lines: every request and all
 * news are encoded, take their time, and may get lost; it can die and come back.
 * @module
 */
import type { Clock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import {
  type Action,
  type Caller,
  TrackerCore,
} from "../../lib/tracker/core.ts";
import type { ChannelName, PeerId } from "../../lib/wire/names.ts";
import {
  decodeTrackerNews,
  decodeTrackerRequest,
  errorNews,
  TRACKER_VERSION,
  type TrackerNews,
  type TrackerRequest,
} from "../../lib/wire/tracker_api.ts";
import { Happenings } from "./happenings.ts";

/** Nobody is counted as silent: only who is said to be gone is. */
const NEVER_MS = 3_600_000;
const TICK_MS = 1_000;
/** A signal that comes twice may come after the link that it was for. */
const REPEATED_AFTER_MS = 20_000;

export interface TrackerLine {
  peer: PeerId;
  user: string;
  hear(news: TrackerNews): void;
  lost(): void;
}

export class SimTracker {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #latency: () => number;
  readonly #lines = new Map<PeerId, TrackerLine>();
  #core: TrackerCore | undefined;
  /** Signals that get lost, 0 to 1. */
  signalLoss = 0;
  /** Signals that come twice, 0 to 1; some of them late. */
  signalDuplication = 0;
  readonly happenings = new Happenings();
  /** News that it has told, the measure of its load. */
  told = 0;

  constructor(
    { clock, random, latency }: {
      clock: Clock;
      random: Random;
      latency: () => number;
    },
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#latency = latency;
    this.start();
    this.#tick();
  }

  get works(): boolean {
    return this.#core !== undefined;
  }

  start(): void {
    const periods = { heartbeatMs: NEVER_MS, syncMs: 1_000, pollMs: 1_000 };
    this.#core = new TrackerCore({ random: this.#random, periods });
  }

  die(): void {
    this.#core = undefined;
    const lines = [...this.#lines.values()];
    this.#lines.clear();
    for (const line of lines) line.lost();
  }

  register(line: TrackerLine, channels: ChannelName[]): void {
    const { peer } = line;
    this.#lines.set(peer, line);
    const version = TRACKER_VERSION;
    this.request(line, { type: "register", version, peer, channels });
  }

  /** The line broke without a word. */
  broke(peer: PeerId): void {
    this.#lines.delete(peer);
    this.#core?.lineBroke(peer, this.#clock.now());
  }

  request({ peer, user }: TrackerLine, request: TrackerRequest): void {
    const caller: Caller = { session: `of ${peer}`, user, peer };
    const text = JSON.stringify(request);
    const { happenings, signalLoss, signalDuplication } = this;
    const isSignal = request.type === "send-signal";
    if (isSignal && this.#random() < signalLoss) return happenings.saw("loss");
    const arrive = () => this.#apply(caller, text);
    this.#clock.after(this.#latency(), arrive);
    if (!isSignal || this.#random() >= signalDuplication) return;
    happenings.saw("duplication");
    this.#clock.after(REPEATED_AFTER_MS * this.#random(), arrive);
  }

  #apply(caller: Caller, text: string): void {
    const core = this.#core;
    if (core === undefined) return;
    const decoded = decodeTrackerRequest(text);
    try {
      const now = this.#clock.now();
      const { reply, actions } = core.apply(caller, decoded, now);
      this.#perform(actions);
      if (reply !== undefined) this.#tell(caller.peer ?? "", reply);
    } catch (error) {
      this.#tell(caller.peer ?? "", errorNews(error, decoded));
    }
  }

  #tick(): void {
    this.#clock.after(TICK_MS, () => this.#tick());
    const actions = this.#core?.tick(this.#clock.now());
    if (actions !== undefined) this.#perform(actions);
  }

  #perform(actions: Action[]): void {
    for (const action of actions) {
      if (action.type !== "tell") continue;
      for (const peer of action.to) this.#tell(peer, action.news);
    }
  }

  #tell(peer: PeerId, news: TrackerNews): void {
    this.told++;
    const text = JSON.stringify(news);
    this.#clock.after(this.#latency(), () => {
      this.#lines.get(peer)?.hear(decodeTrackerNews(text));
    });
  }
}
