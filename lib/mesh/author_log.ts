/**
 * What is held of one author's log in one channel: runs of entries without a
 * gap, each chained to the one before it by hash. Pure memory; the channel log
 * decides what is kept.
 *
 *     floor          run                gap           top run
 *     ──┴──  [41 42 43 … 99]   . . . .   [9 901 … 10 000]
 *
 * 1. A new entry goes on top, the history below it follows from the newest on:
 *    people read the end first.
 * 2. Within a run `prev` of each entry is the hash of the one before it.
 * 3. An author that signed two entries for one place in its log has forked it.
 *    From the first disputed place on nothing more is taken; what was taken
 *    before stays: whoever read it keeps it.
 * @module
 */
import {
  HEAD_CHARS,
  type Held,
  type HeldRun,
  type Range,
  RUNS_PER_AUTHOR_MAX,
} from "../wire/link.ts";
import type { EntryHash, SignedEntry } from "../wire/entry.ts";
import {
  type KeptEntry,
  signedOf,
  type VerifiedEntry,
} from "./verified_entry.ts";

/** Two signed entries that can't stand in one log, and where they part. */
export interface Fork {
  seq: number;
  proof: readonly [SignedEntry, SignedEntry];
}

/**
 * `free` can be put in; `held` is there; `closed` lies beyond a fork or below
 * the floor, or too far below too many runs.
 */
export type Place = "free" | "held" | "closed" | Fork;

export class AuthorLog {
  readonly user: string;
  /** Entries 1 to `floor` are past keeping. */
  floor = 0;
  fork: Fork | undefined;
  /** Ascending, as is each of them; none empty. */
  readonly #runs: KeptEntry[][] = [];

  constructor(user: string) {
    this.user = user;
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0;
  }

  get newest(): KeptEntry | undefined {
    return this.#runs.at(-1)?.at(-1);
  }

  get size(): number {
    return this.#runs.reduce((sum, run) => sum + run.length, 0);
  }

  /** As others may be told of it, ascending. */
  get held(): HeldRun[] {
    const runs: HeldRun[] = [];
    for (const run of this.#runs) {
      const floor = seqOf(run[0]) - 1;
      const last = Math.min(lastOf(run), this.#end - 1);
      const head = run[last - floor - 1]?.hash.slice(0, HEAD_CHARS);
      if (head !== undefined) runs.push({ held: [floor, last], head });
    }
    return runs;
  }

  /** The newest that is held, 0 for none. */
  get last(): number {
    return this.held.at(-1)?.held[1] ?? 0;
  }

  find(seq: number): KeptEntry | undefined {
    const run = this.#runs.find((run) => lastOf(run) >= seq);
    return run?.[seq - seqOf(run[0])];
  }

  /** What would become of `entry`; changes nothing. */
  placeFor(entry: VerifiedEntry): Place {
    const { seq, prev } = entry.entry;
    const there = this.find(seq);
    if (there !== undefined) {
      return there.hash === entry.hash
        ? "held"
        : forkOf(there, entry) ?? "held";
    }
    if (seq >= this.#end || seq <= this.floor) return "closed";
    const below = this.find(seq - 1);
    if (below !== undefined && below.hash !== prev) {
      return chained(below, entry);
    }
    const above = this.find(seq + 1);
    if (above !== undefined && above.entry.prev !== entry.hash) {
      return chained(entry, above);
    }
    const isApart = below === undefined && above === undefined;
    const isFull = this.#runs.length >= RUNS_PER_AUTHOR_MAX;
    const isLowest = seq < seqOf(this.#runs[0]?.[0]);
    return isApart && isFull && isLowest ? "closed" : "free";
  }

  /** Puts in what placeFor() called `free`; returns what has to go for it. */
  insert(kept: KeptEntry): KeptEntry[] {
    const { seq } = kept.entry;
    const at = this.#runs.findIndex((run) => seqOf(run[0]) > seq);
    const above = at === -1 ? undefined : this.#runs[at];
    const belowAt = at === -1 ? this.#runs.length - 1 : at - 1;
    const below = this.#runs[belowAt];
    const joinsBelow = below !== undefined && lastOf(below) === seq - 1;
    const joinsAbove = above !== undefined && seqOf(above[0]) === seq + 1;
    if (joinsBelow && joinsAbove) {
      below.push(kept, ...above);
      this.#runs.splice(at, 1);
    } else if (joinsBelow) below.push(kept);
    else if (joinsAbove) above.unshift(kept);
    else this.#runs.splice(belowAt + 1, 0, [kept]);
    // Not below the floor now: it can be fetched again when there is room.
    const isOver = this.#runs.length > RUNS_PER_AUTHOR_MAX;
    return isOver ? this.#runs.shift() ?? [] : [];
  }

  /** Drops everything up to `seq`, and takes it as past keeping. */
  raiseFloor(seq: number): void {
    this.floor = Math.max(this.floor, seq);
    while (this.#runs.length > 0) {
      const run = this.#runs[0] as KeptEntry[];
      const count = this.floor + 1 - seqOf(run[0]);
      if (count <= 0) return;
      if (count < run.length) return void run.splice(0, count);
      this.#runs.shift();
    }
  }

  /**
   * The newest entries that somebody holding `theirs` has and we lack;
   * undefined where there are none.
   */
  newestGap(
    [theirFloor, theirLast]: Held,
  ): Omit<Range, "author"> | undefined {
    const floor = Math.max(this.floor, theirFloor);
    let upTo = Math.min(theirLast, this.#end - 1);
    for (const run of this.#runs.toReversed()) {
      const after = Math.max(floor, lastOf(run));
      if (upTo > after) return { after, upTo };
      upTo = Math.min(upTo, seqOf(run[0]) - 1);
    }
    return upTo > floor ? { after: floor, upTo } : undefined;
  }

  /** What may be passed on, from the newest in `after` < seq <= `upTo` down. */
  *newestFirst(
    { after, upTo }: Omit<Range, "author">,
  ): Generator<KeptEntry> {
    const from = Math.min(upTo, this.#end - 1);
    for (const run of this.#runs.toReversed()) {
      const first = seqOf(run[0]);
      const start = Math.min(from, lastOf(run));
      const end = Math.max(after, first - 1);
      for (let seq = start; seq > end; seq--) {
        yield run[seq - first] as KeptEntry;
      }
    }
  }

  /** Whatever is held, lowest first. */
  *[Symbol.iterator](): Generator<KeptEntry> {
    for (const run of this.#runs) yield* run;
  }

  /** The hash of what is held at `seq`, where that is undisputed. */
  hashAt(seq: number): EntryHash | undefined {
    return seq < this.#end ? this.find(seq)?.hash : undefined;
  }

  /** The first disputed place: nothing from there on is taken or told. */
  get #end(): number {
    return this.fork?.seq ?? Infinity;
  }
}

/**
 * Where two signed entries of one author and channel contradict each other;
 * undefined where both can stand in one log.
 */
export function forkOf(a: VerifiedEntry, b: VerifiedEntry): Fork | undefined {
  const isOneLog = a.entry.author === b.entry.author &&
    a.entry.channel === b.entry.channel;
  if (!isOneLog) return undefined;
  const [low, high] = a.entry.seq <= b.entry.seq ? [a, b] : [b, a];
  const distance = high.entry.seq - low.entry.seq;
  const contradicts = distance === 0 && low.hash !== high.hash ||
    distance === 1 && high.entry.prev !== low.hash;
  return contradicts ? chained(low, high) : undefined;
}

function chained(low: VerifiedEntry, high: VerifiedEntry): Fork {
  return { seq: low.entry.seq, proof: [signedOf(low), signedOf(high)] };
}

function seqOf(kept: KeptEntry | undefined): number {
  return kept?.entry.seq ?? 0;
}

function lastOf(run: KeptEntry[]): number {
  return seqOf(run[0]) + run.length - 1;
}
