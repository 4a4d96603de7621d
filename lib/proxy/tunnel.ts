/**
 * What follows a 101: bytes both ways, untouched, at the pace of the slower
 * side, until both have ended, one breaks, or nothing moves for the timeout.
 *
 *   passing ── leave() ──► a frame ends ──► close 1001 sent ──► its answer ─► closed
 *                                                  ╰─ none within 2 s ──────────╯
 *
 * Frames are counted only so that, before a shutdown, each side can be told
 * between two of them that the other one is going away.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- bytes go out in their order
import type { Clock } from "../clock.ts";
import {
  CLIENT_GOING_AWAY,
  FrameCounter,
  SERVER_GOING_AWAY,
} from "../http1/ws_frames.ts";
import type { Socket } from "./socket.ts";

/** How long both sides have for answering the news that we leave. */
const LEAVE_MS = 2_000;

export interface TunnelOptions {
  clock: Clock;
  /** Without a byte in either direction for so long, both are closed. */
  timeoutMs: number;
}

/** A WebSocket between a client and a backend. */
export class Tunnel {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #lanes: readonly [Lane, Lane];
  #leaving = false;

  constructor(
    client: Socket,
    upstream: Socket,
    { clock, timeoutMs }: TunnelOptions,
  ) {
    this.#client = client;
    this.#upstream = upstream;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    const moved = () => this.#expectWithin(this.#timeoutMs);
    this.#lanes = [
      new Lane({ from: client, to: upstream, bye: CLIENT_GOING_AWAY, moved }),
      new Lane({ from: upstream, to: client, bye: SERVER_GOING_AWAY, moved }),
    ];
  }

  /** Joins the two and returns when both are closed. */
  async run(): Promise<void> {
    this.#expectWithin(this.#timeoutMs);
    const close = () => this.#close();
    await Promise.all(this.#lanes.map((lane) => lane.run().catch(close)));
    close();
  }

  /**
   * Tells both sides, each once its frame under way is whole, that the other one
   * is going away (1001); `run` returns when they have answered, or have not.
   */
  close1001(): void {
    if (this.#leaving) return;
    this.#expectWithin(LEAVE_MS);
    this.#leaving = true;
    for (const lane of this.#lanes) lane.leave(() => this.#close());
  }

  /** Traffic one way keeps both ends: a feed may never hear its reader. */
  #expectWithin(timeoutMs: number): void {
    if (this.#leaving) return;
    const deadlineMs = this.#clock.now() + timeoutMs;
    this.#client.deadlineMs = this.#upstream.deadlineMs = deadlineMs;
  }

  #close(): void {
    this.#client.close();
    this.#upstream.close();
  }
}

interface LaneOptions {
  from: Socket;
  to: Socket;
  /** What `to` is told when we leave. */
  bye: Uint8Array;
  moved: () => void;
}

/** One direction. */
class Lane {
  readonly #options: LaneOptions;
  readonly #frames = new FrameCounter();
  #reading = false;
  #leaving = false;
  /** The last word has been said: what still comes is only heard out. */
  #told = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Copies until `from` ends in order, and passes that on; throws where it breaks. */
  async run(): Promise<void> {
    const { from, to } = this.#options;
    for (;;) {
      while (from.start < from.end) await this.#pass();
      if (this.#told && this.#frames.closed) return;
      this.#reading = true;
      const more = await from.fill();
      this.#reading = false;
      if (!more) break;
    }
    if (from.broken || from.closed) throw new Error("Tunnel broken");
    if (!this.#told) await to.closeWrite();
  }

  leave(failed: () => void): void {
    this.#leaving = true;
    // Else it is said behind the bytes that are on their way.
    if (this.#reading) this.#tell().catch(failed);
  }

  /** Passes on what has come; before leaving, up to the end of a frame. */
  async #pass(): Promise<void> {
    const { from, to, moved } = this.#options;
    const { bytes, start, end } = from;
    const frames = this.#frames;
    let next = end;
    if (this.#leaving) next = frames.toBoundary(bytes, start, end);
    else frames.take(bytes, start, end);
    if (!this.#told) {
      moved();
      await to.write(bytes.subarray(start, next));
    }
    from.start = next;
    if (this.#leaving) await this.#tell();
  }

  async #tell(): Promise<void> {
    if (this.#told || !this.#frames.between) return;
    this.#told = true;
    if (this.#frames.closed) return;
    await this.#options.to.write(this.#options.bye);
  }
}
