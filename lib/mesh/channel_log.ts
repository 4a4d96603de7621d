/**
 * The entries of one channel: one append-only log for each author, and one view
 * of them all in the order people read. It decides what is added and what is
 * past keeping; it knows neither links nor stores.
 * @module
 */
import type { Entry, Held, Vector } from "../wire/link.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { KeptEntry } from "./chat.ts";

export const ENTRIES_PER_CHANNEL_MAX = 10_000;
export const AUTHORS_PER_CHANNEL_MAX = 4_000;

/**
 * `added`; `held` was there before; `gap` the one before it is missing;
 * `impostor` its author writes under another user's name here.
 */
export type AddResult = "added" | "held" | "gap" | "impostor";

interface AuthorLog {
  user: string;
  /** Entries 1 to `floor` are past keeping. */
  floor: number;
  /** Ascending and without a gap from `floor + 1`. */
  entries: KeptEntry[];
}

export interface ChannelLogLimits {
  entriesMax: number;
  authorsMax: number;
}

const DEFAULT_LIMITS: ChannelLogLimits = {
  entriesMax: ENTRIES_PER_CHANNEL_MAX,
  authorsMax: AUTHORS_PER_CHANNEL_MAX,
};

export class ChannelLog {
  readonly channel: ChannelName;
  readonly #limits: ChannelLogLimits;
  readonly #authors = new Map<PeerId, AuthorLog>();
  readonly #view: KeptEntry[] = [];

  constructor(channel: ChannelName, limits = DEFAULT_LIMITS) {
    this.channel = channel;
    this.#limits = limits;
  }

  /** Oldest first. */
  get view(): readonly KeptEntry[] {
    return this.#view;
  }

  held(author: PeerId): Held {
    const log = this.#authors.get(author);
    return log === undefined ? [0, 0] : [log.floor, lastSeq(log)];
  }

  vector(): Vector {
    const rows = new Map<PeerId, Held>();
    for (const author of this.#authors.keys()) {
      rows.set(author, this.held(author));
    }
    return rows;
  }

  /** The user under whose name `author` has written here. */
  userOf(author: PeerId): string | undefined {
    return this.#authors.get(author)?.user;
  }

  /** The kept entry with that number, where it is still held. */
  find(author: PeerId, seq: number): KeptEntry | undefined {
    const log = this.#authors.get(author);
    return log?.entries[seq - log.floor - 1];
  }

  /** Adds an entry as received at `receivedAt`, ms since 1970. */
  add(
    entry: Entry,
    { receivedAt, via, own, slow }: {
      receivedAt: number;
      via?: string | undefined;
      own?: boolean;
      /** The author's clock is behind: the time of receipt is the better one. */
      slow?: boolean;
    },
  ): { result: AddResult; kept?: KeptEntry } {
    const log = this.#authors.get(entry.author);
    const last = log === undefined ? 0 : lastSeq(log);
    if (entry.seq <= last) return { result: "held" };
    if (entry.seq > last + 1) return { result: "gap" };
    if (log !== undefined && log.user !== entry.user) {
      return { result: "impostor" };
    }
    // A clock that runs ahead must not pin its messages below all others'.
    const at = Math.max(
      slow ? receivedAt : Math.min(entry.time, receivedAt),
      log?.entries.at(-1)?.at ?? 0,
    );
    const kept: KeptEntry = { channel: this.channel, entry, at };
    if (via !== undefined) kept.via = via;
    if (own) kept.own = true;
    this.#insert(kept);
    return { result: "added", kept };
  }

  /** Puts back what a store had kept; entries may come in any order. */
  restore(entries: KeptEntry[]): void {
    const ordered = entries.toSorted((a, b) => a.entry.seq - b.entry.seq);
    for (const kept of ordered) {
      const { author, seq, user } = kept.entry;
      if (!this.#authors.has(author)) this.skipTo(author, seq - 1, user);
      // Behind a row that the store lost, the others have the rest.
      if (seq === this.held(author)[1] + 1) this.#insert(kept);
    }
  }

  /** Takes entries of `author` up to `floor` as past getting; shown ones stay. */
  skipTo(author: PeerId, floor: number, user: string): void {
    const log = this.#authors.get(author);
    if (log === undefined) {
      this.#authors.set(author, { user, floor, entries: [] });
    } else if (floor > lastSeq(log)) {
      log.floor = floor;
      log.entries = [];
    }
  }

  /** Entries of `author` with `after` < seq <= `upTo`, ascending. */
  slice(author: PeerId, after: number, upTo: number): Entry[] {
    const log = this.#authors.get(author);
    if (log === undefined) return [];
    const from = Math.max(0, after - log.floor);
    const to = Math.max(0, upTo - log.floor);
    return log.entries.slice(from, to).map((kept) => kept.entry);
  }

  /** Drops the oldest beyond the limits, and returns what was dropped. */
  prune(): KeptEntry[] {
    const dropped: KeptEntry[] = [];
    while (this.#view.length > this.#limits.entriesMax) {
      const oldest = this.#view.shift() as KeptEntry;
      dropped.push(oldest);
      const log = this.#authors.get(oldest.entry.author);
      if (log?.entries[0] !== oldest) continue;
      log.entries.shift();
      log.floor = oldest.entry.seq;
    }
    if (this.#authors.size > this.#limits.authorsMax) {
      dropped.push(...this.#dropQuietestAuthors());
    }
    return dropped;
  }

  #dropQuietestAuthors(): KeptEntry[] {
    const byLastHeard = [...this.#authors].toSorted(([, a], [, b]) =>
      (a.entries.at(-1)?.at ?? 0) - (b.entries.at(-1)?.at ?? 0)
    );
    const surplus = this.#authors.size - this.#limits.authorsMax;
    const dropped: KeptEntry[] = [];
    for (const [author, log] of byLastHeard.slice(0, surplus)) {
      dropped.push(...log.entries);
      this.#authors.delete(author);
    }
    removeAll(this.#view, new Set(dropped));
    return dropped;
  }

  #insert(kept: KeptEntry): void {
    const { author, user } = kept.entry;
    let log = this.#authors.get(author);
    if (log === undefined) {
      log = { user, floor: 0, entries: [] };
      this.#authors.set(author, log);
    }
    log.entries.push(kept);
    let at = this.#view.length;
    // Nearly always the last place: most entries arrive as they are written.
    while (at > 0 && compare(kept, this.#view[at - 1] as KeptEntry) < 0) at--;
    this.#view.splice(at, 0, kept);
  }
}

function lastSeq(log: AuthorLog): number {
  return log.floor + log.entries.length;
}

/** The order of the view: by place in time, then by author and seq. */
function compare(a: KeptEntry, b: KeptEntry): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.entry.author !== b.entry.author) {
    return a.entry.author < b.entry.author ? -1 : 1;
  }
  return a.entry.seq - b.entry.seq;
}

function removeAll(list: KeptEntry[], gone: ReadonlySet<KeptEntry>): void {
  let kept = 0;
  for (const item of list) if (!gone.has(item)) list[kept++] = item;
  list.length = kept;
}
