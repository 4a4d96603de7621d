/**
 * Who was known to hold our entries of one channel when they left. Pure.
 * @module
 */
import type { HeldRun } from "../wire/link.ts";
import { covers } from "./linked_peers.ts";

/** Devices that left, remembered as holders of our own entries. */
export const DEPARTED_MAX = 256;

export class Receipts {
  /** The one that left longest ago first. */
  readonly #departed = new Map<string, readonly HeldRun[]>();

  /** `holder` (its device, else its peer id) left with these of ours. */
  departed(holder: string, runs: readonly HeldRun[]): void {
    if (runs.length === 0) return;
    this.#departed.delete(holder);
    this.#departed.set(holder, runs);
    const [oldest] = this.#departed.keys();
    if (this.#departed.size > DEPARTED_MAX && oldest !== undefined) {
      this.#departed.delete(oldest);
    }
  }

  /** Those who left with entry `seq` of ours, and are not back. */
  holders(seq: number, isBack: (holder: string) => boolean): string[] {
    const holders: string[] = [];
    for (const [holder, runs] of this.#departed) {
      if (covers(runs, seq) && !isBack(holder)) holders.push(holder);
    }
    return holders;
  }
}
