/**
 * The entries of one channel: a log for each author, and one view of them all
 * in the order people read. It decides what is taken and what is past keeping;
 * it knows neither links nor stores.
 * @module
 */
import {
  HEAD_CHARS,
  type HeldRun,
  type Range,
  type Vector,
} from "../wire/link.ts";
import type { DeviceKey } from "../wire/device_key.ts";
import type { EntryRef } from "../wire/entry.ts";
import type { ChannelName } from "../wire/names.ts";
import { AuthorLog, type Fork } from "./author_log.ts";
import type { KnownFork, OwnHead } from "./sync_state.ts";
import type { KeptEntry, VerifiedEntry } from "./verified_entry.ts";

export const ENTRIES_PER_CHANNEL_MAX = 10_000;
export const AUTHORS_PER_CHANNEL_MAX = 4_000;

/** How much of a channel is kept. */
export interface Retention {
  entriesMax: number;
  authorsMax: number;
  /** Older entries are dropped; Infinity keeps them. */
  ageMaxMs: number;
}

export const DEFAULT_RETENTION: Retention = {
  entriesMax: ENTRIES_PER_CHANNEL_MAX,
  authorsMax: AUTHORS_PER_CHANNEL_MAX,
  ageMaxMs: Infinity,
};

/** `kept` where it was taken, `fork` where it shows that its author forked. */
export interface AddResult {
  kept?: KeptEntry;
  fork?: Fork;
  /** What has to go for it. */
  dropped?: KeptEntry[];
}

/** How and when an entry came. */
export interface Receipt {
  /** Ms since 1970, by the true time. */
  receivedAt: number;
  via?: string | undefined;
  /** The author's clock is behind: the time of receipt is the better one. */
  isSlow?: boolean;
}

export class ChannelLog {
  readonly channel: ChannelName;
  readonly #retention: Retention;
  readonly #authors = new Map<DeviceKey, AuthorLog>();
  #view: KeptEntry[] = [];

  constructor(channel: ChannelName, retention = DEFAULT_RETENTION) {
    this.channel = channel;
    this.#retention = retention;
  }

  /** Oldest first. */
  get view(): readonly KeptEntry[] {
    return this.#view;
  }

  get authors(): Iterable<DeviceKey> {
    return this.#authors.keys();
  }

  held(author: DeviceKey): HeldRun[] {
    return this.#authors.get(author)?.held ?? [];
  }

  /** The newest that is held of `author`, 0 for none. */
  last(author: DeviceKey): number {
    return this.#authors.get(author)?.last ?? 0;
  }

  /** Its place and hash; undefined where nothing is held of `author`. */
  newestOf(author: DeviceKey): OwnHead | undefined {
    const seq = this.last(author);
    const hash = this.#authors.get(author)?.hashAt(seq);
    return hash === undefined ? undefined : { seq, hash };
  }

  forkBy(author: DeviceKey): Fork | undefined {
    return this.#authors.get(author)?.fork;
  }

  *forks(): Generator<KnownFork> {
    for (const [author, { user, fork }] of this.#authors) {
      if (fork !== undefined) yield { author, user, fork };
    }
  }

  /** What we hold of `authors`, or of all. */
  vector(authors: Iterable<DeviceKey> = this.#authors.keys()): Vector {
    const vector = new Map<DeviceKey, HeldRun[]>();
    for (const author of authors) {
      const runs = this.held(author);
      if (runs.length > 0) vector.set(author, runs);
    }
    return vector;
  }

  /** The start of the hash of what is held at that place, undisputed. */
  headAt({ author, seq }: EntryRef): string | undefined {
    return this.#authors.get(author)?.hashAt(seq)?.slice(0, HEAD_CHARS);
  }

  find({ author, seq }: EntryRef): KeptEntry | undefined {
    return this.#authors.get(author)?.find(seq);
  }

  /** The newest that a holder of `theirs` has and we lack. */
  newestGap(
    author: DeviceKey,
    theirs: readonly HeldRun[],
  ): Range | undefined {
    const log = this.#authors.get(author) ?? NO_LOG;
    for (const { held } of theirs.toReversed()) {
      const gap = log.newestGap(held);
      if (gap !== undefined) return { author, ...gap };
    }
    return undefined;
  }

  /** Whether anything is missing below the newest that is held of `author`. */
  hasGap(author: DeviceKey): boolean {
    const log = this.#authors.get(author) ?? NO_LOG;
    return log.newestGap([0, log.last]) !== undefined;
  }

  /** What of `range` may be passed on, from the newest down. */
  newestFirst(range: Range): Generator<KeptEntry> {
    return (this.#authors.get(range.author) ?? NO_LOG).newestFirst(range);
  }

  add(verified: VerifiedEntry, receipt: Receipt): AddResult {
    const { author } = verified.entry;
    const log = this.#authors.get(author) ?? this.#meet(verified, receipt);
    if (log === undefined) return {};
    const place = log.placeFor(verified);
    if (typeof place !== "string") return { fork: place };
    if (place !== "free") return {};
    const kept: KeptEntry = {
      ...verified,
      at: placeInTime(log, verified, receipt),
    };
    if (receipt.via !== undefined) kept.via = receipt.via;
    const dropped = log.insert(kept);
    this.#show(kept);
    if (dropped.length > 0) this.#hide(new Set(dropped));
    return { kept, dropped };
  }

  /** Takes nothing more of `author` from the fork on; false where that is old. */
  close({ author, user, fork }: KnownFork): boolean {
    let log = this.#authors.get(author);
    if (log === undefined) {
      if (this.#authors.size >= this.#retention.authorsMax) return false;
      log = new AuthorLog(user);
      this.#authors.set(author, log);
    }
    if (log.fork !== undefined && log.fork.seq <= fork.seq) return false;
    log.fork = fork;
    return true;
  }

  /** Puts back what a store had kept, in any order. */
  restore(entries: KeptEntry[]): void {
    const ordered = entries.toSorted((a, b) => b.entry.seq - a.entry.seq);
    for (const kept of ordered) {
      const { author } = kept.entry;
      const log = this.#authors.get(author) ?? new AuthorLog(kept.user);
      if (log.placeFor(kept) !== "free") continue;
      this.#authors.set(author, log);
      log.insert(kept);
      this.#view.push(kept);
    }
    this.#view.sort(compare);
  }

  /** Drops what is beyond the limits at `now`, and returns it. */
  prune(now: number): KeptEntry[] {
    const dropped = new Set<KeptEntry>();
    const { entriesMax, authorsMax, ageMaxMs } = this.#retention;
    for (const kept of this.#view) {
      if (kept.at >= now - ageMaxMs) break;
      this.#drop(kept, dropped);
    }
    while (this.#view.length - dropped.size > entriesMax) {
      this.#dropSurplus(dropped);
    }
    if (this.#authors.size > authorsMax) this.#dropQuietest(dropped);
    if (dropped.size > 0) this.#hide(dropped);
    return [...dropped];
  }

  #hide(dropped: ReadonlySet<KeptEntry>): void {
    this.#view = this.#view.filter((kept) => !dropped.has(kept));
  }

  /** Drops `kept` and what its author wrote before it. */
  #drop(kept: KeptEntry, dropped: Set<KeptEntry>): void {
    const log = this.#authors.get(kept.entry.author);
    if (log === undefined || kept.entry.seq <= log.floor) return;
    for (const older of log) {
      if (older.entry.seq > kept.entry.seq) break;
      dropped.add(older);
    }
    log.raiseFloor(kept.entry.seq);
  }

  /** Of the loudest author while there is one, else of all: the oldest. */
  #dropSurplus(dropped: Set<KeptEntry>): void {
    const { entriesMax } = this.#retention;
    const loudest = this.#loudest();
    for (const kept of this.#view) {
      if (this.#view.length - dropped.size <= entriesMax) return;
      if (loudest !== undefined && !this.#isLoud(loudest)) return;
      const log = this.#authors.get(kept.entry.author);
      const isVictim = loudest === undefined || log === loudest;
      if (isVictim && !dropped.has(kept)) this.#drop(kept, dropped);
    }
  }

  /** Whoever wrote more than half of all: the flood must not drown the rest. */
  #loudest(): AuthorLog | undefined {
    for (const log of this.#authors.values()) if (this.#isLoud(log)) return log;
    return undefined;
  }

  #isLoud(log: AuthorLog): boolean {
    return log.size > this.#retention.entriesMax / 2;
  }

  #dropQuietest(dropped: Set<KeptEntry>): void {
    const byLastHeard = [...this.#authors].toSorted(([, a], [, b]) =>
      (a.newest?.at ?? 0) - (b.newest?.at ?? 0)
    );
    const surplus = this.#authors.size - this.#retention.authorsMax;
    for (const [author, log] of byLastHeard.slice(0, surplus)) {
      for (const kept of log) dropped.add(kept);
      this.#authors.delete(author);
    }
  }

  /** A log for a new author; undefined where it comes too late for a place. */
  #meet(
    { user, entry }: VerifiedEntry,
    { receivedAt }: Receipt,
  ): AuthorLog | undefined {
    if (this.#authors.size >= this.#retention.authorsMax) {
      const oldest = this.#view[0]?.at ?? 0;
      if (Math.min(entry.time, receivedAt) <= oldest) return undefined;
    }
    const log = new AuthorLog(user);
    this.#authors.set(entry.author, log);
    return log;
  }

  /** Nearly always the last place: most entries arrive as they are written. */
  #show(kept: KeptEntry): void {
    let [low, high] = [0, this.#view.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(this.#view[middle] as KeptEntry, kept) < 0) low = middle + 1;
      else high = middle;
    }
    this.#view.splice(low, 0, kept);
  }
}

const NO_LOG = new AuthorLog("");

/** A clock that runs ahead must not pin its messages below all others'. */
function placeInTime(
  log: AuthorLog,
  { entry }: VerifiedEntry,
  { receivedAt, isSlow = false }: Receipt,
): number {
  const least = log.find(entry.seq - 1)?.at ?? 0;
  const most = log.find(entry.seq + 1)?.at ?? receivedAt;
  const at = isSlow ? receivedAt : Math.min(entry.time, receivedAt);
  return Math.max(least, Math.min(at, most));
}

/** The order of the view: by place in time, then by author and seq. */
function compare(a: KeptEntry, b: KeptEntry): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.entry.author !== b.entry.author) {
    return a.entry.author < b.entry.author ? -1 : 1;
  }
  return a.entry.seq - b.entry.seq;
}
