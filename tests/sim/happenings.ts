/**
 * What befalls a simulated network, counted: a kind of trouble that never comes
 * tests nothing, and nobody would notice.
 * @module
 */

export type Happening =
  /** A packet was sent again, or what was on a broken link is gone. */
  | "loss"
  /** A message took LATE_MS or longer. */
  | "latency"
  /** Something came before what was sent to the same peer earlier. */
  | "reordering"
  | "duplication"
  | "partition"
  /** A partition ended. */
  | "heal"
  /** Many were gone at once. */
  | "mass-departure"
  /** One came, left, or came back. */
  | "churn"
  /** A hostile peer did what no honest one does. */
  | "hostility"
  | "tracker-death"
  /** A machine stopped in the middle of whatever it did. */
  | "power-cut"
  /** What its disk had not written down yet is gone. */
  | "lost-writes";

export const LATE_MS = 100;

export class Happenings {
  readonly #counts = new Map<Happening, number>();

  saw(what: Happening, times = 1): void {
    this.#counts.set(what, this.count(what) + times);
  }

  count(what: Happening): number {
    return this.#counts.get(what) ?? 0;
  }

  /** Whatever befell another network befell this one as well. */
  add(other: Happenings): void {
    for (const [what, times] of other.#counts) this.saw(what, times);
  }

  /** Those of `kinds` that never came. */
  missing(kinds: readonly Happening[]): Happening[] {
    return kinds.filter((what) => this.count(what) === 0);
  }

  /** `loss 12, latency 340`. */
  toString(): string {
    return [...this.#counts].map((pair) => pair.join(" ")).join(", ");
  }
}
