/**
 * The sockets that are open: how many each session holds, and which have not
 * said yet what peer they speak for. Pure: the time is given.
 * @module
 */
import type { Line } from "./line.ts";
import { PEERS_PER_SESSION_MAX } from "./registry.ts";

/** A socket that has not registered a peer by then is closed. */
export const REGISTER_WITHIN_MS = 10_000;
/** A peer may hold a second socket while its older one is being closed. */
export const LINES_PER_SESSION_MAX = 2 * PEERS_PER_SESSION_MAX;

export class Lines {
  readonly #counts = new Map<string, number>();
  /** Lines without a peer so far, and when they opened. */
  readonly #waiting = new Map<Line, number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Whether the session may open one more. */
  hasRoom(session: string): boolean {
    return (this.#counts.get(session) ?? 0) < LINES_PER_SESSION_MAX;
  }

  opened(line: Line, now: number): void {
    this.#size++;
    this.#counts.set(line.session, (this.#counts.get(line.session) ?? 0) + 1);
    this.#waiting.set(line, now);
  }

  /** It speaks for a peer now, or is about to close. */
  settled(line: Line): void {
    this.#waiting.delete(line);
  }

  closed(line: Line): void {
    this.#size--;
    this.#waiting.delete(line);
    const count = this.#counts.get(line.session) ?? 0;
    if (count > 1) this.#counts.set(line.session, count - 1);
    else this.#counts.delete(line.session);
  }

  /** Those without a peer. */
  waiting(): Line[] {
    return [...this.#waiting.keys()];
  }

  /** Those that should have registered by now. */
  overdue(now: number): Line[] {
    return this.waiting().filter((line) =>
      now - (this.#waiting.get(line) ?? now) >= REGISTER_WITHIN_MS
    );
  }
}
