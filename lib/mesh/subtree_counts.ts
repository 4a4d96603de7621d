/**
 * How many hold what an author wrote last, counted along the way that it took:
 * each member has it from one neighbour first, its source, and hands on to that
 * one how many have it from itself on. So the author learns of everybody, each
 * is counted once, and nobody acknowledges a message by itself. Pure.
 *
 *     author ◄── 5 ── ann ◄── 3 ── ben ◄── 1 ── cleo
 *                      ▲            ▲
 *                      1 dan        1 eve
 *
 * Rules:
 * 1. A count is about one entry, an author's latest: for that one everybody has
 *    one source, and these make no circle.
 * 2. Whoever was counted is with one member at a time: what we have handed on we
 *    do not hand on again, and what a neighbour has handed to us we keep when it
 *    is gone. So too few may be counted, never one twice, whatever way they go.
 * 3. Who is linked to the author hands it on there. Whose source is gone, or
 *    hands counts to us, hands what is left to another neighbour that holds the
 *    entry, each time to the next, STRAYS_MAX times.
 * 4. A message tells of COUNTS_PER_MESSAGE_MAX authors, first of those who have
 *    waited longest; the others wait for the next one.
 * 5. AUTHORS_COUNTED_MAX authors are remembered, those who wrote last; but who
 *    has most of them, as a user with many keys, loses its own first.
 * @module
 */
import type { DeviceKey } from "../wire/device_key.ts";
import { type Count, COUNT_MAX, COUNTS_PER_MESSAGE_MAX } from "../wire/link.ts";
import type { PeerId } from "../wire/names.ts";

/** In each channel; more than a hall has that speak at once. */
export const AUTHORS_COUNTED_MAX = 256;
/** Counts that go in a circle do so no longer than this. */
export const STRAYS_MAX = 64;

/** An author's latest entry. */
export interface Latest {
  author: DeviceKey;
  /** Whose key that is. */
  user: string;
  last: number;
  /** Its place in time, ms. */
  at: number;
}

/** What is known of who holds it. */
export interface Holdings {
  /** We hold the entries above it up to `last` without a gap. */
  floorOf(author: DeviceKey, last: number): number | undefined;
  /** The neighbour whose key that is. */
  linkTo(author: DeviceKey): PeerId | undefined;
  /** The neighbours that hold `last`. */
  holdersOf(author: DeviceKey, last: number): PeerId[];
}

interface Row extends Latest {
  /** It was written here: counts end here. */
  isOwn: boolean;
  /** Whom we have it from first; none where it is our own, or rule 3 holds. */
  source: PeerId | undefined;
  /** What neighbours have handed to us, and those who are gone. */
  told: Map<PeerId, Count>;
  gone: { floor: number; count: number };
  /** What we have handed to neighbours, and to those who are gone. */
  given: Map<PeerId, number>;
  lost: number;
  /** The floor that the source was told. */
  floor: number;
  strays: number;
}

export class SubtreeCounts {
  /** The one that we told of longest ago first. */
  readonly #rows = new Map<DeviceKey, Row>();
  #isWaiting = false;

  /** The last news() had no room for all. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** The entry has come from `source`; without it, it is our own. */
  came(latest: Latest, source: PeerId | undefined): void {
    const { author, last } = latest;
    const before = this.#rows.get(author);
    if (before !== undefined && before.last >= last) return;
    this.#rows.set(author, {
      ...latest,
      isOwn: source === undefined,
      source,
      // Counts of the entry before it may still be on their way to its author.
      told: before?.told ?? new Map(),
      gone: { floor: 0, count: 0 },
      given: new Map(),
      lost: 0,
      floor: 0,
      strays: 0,
    });
    if (this.#rows.size > AUTHORS_COUNTED_MAX) this.#dropOne();
  }

  /** A neighbour says how many have it from itself on; false of no use. */
  told(from: PeerId, count: Count): boolean {
    const row = this.#rows.get(count.author);
    if (row === undefined || count.last > row.last) return false;
    // It has lost its own source, and does not know where to with them.
    if (from === row.source && count.last === row.last) row.source = undefined;
    row.told.set(from, count);
    return true;
  }

  /** The neighbour is gone. */
  forget(peer: PeerId): void {
    for (const row of this.#rows.values()) {
      const { told, given, gone } = row;
      const theirs = told.get(peer);
      if (theirs?.last === row.last) {
        gone.floor = Math.max(gone.floor, theirs.floor);
        gone.count += theirs.count;
      }
      row.lost += given.get(peer) ?? 0;
      told.delete(peer);
      given.delete(peer);
      if (row.source === peer) row.source = undefined;
    }
  }

  /** How many others have told that they hold it, `floor` + 1 to `last`. */
  below(author: DeviceKey, last?: number): Omit<Count, "author"> {
    const row = this.#rows.get(author);
    const sum = { floor: 0, last: last ?? row?.last ?? 0, count: 0 };
    if (row === undefined) return sum;
    if (sum.last === row.last) Object.assign(sum, row.gone);
    for (const one of row.told.values()) {
      // Rule 1: of another entry it may be that some are counted twice.
      if (one.last !== sum.last) continue;
      sum.floor = Math.max(sum.floor, one.floor);
      sum.count += one.count;
    }
    return sum;
  }

  /** What has changed since it was last told, by the neighbour to tell it to. */
  news(holdings: Holdings): Map<PeerId, Count[]> {
    const news = new Map<PeerId, Count[]>();
    this.#isWaiting = false;
    for (const row of [...this.#rows.values()]) {
      const { to, count } = this.#due(row, holdings);
      if (to === undefined) continue;
      const counts = news.get(to) ?? [];
      if (counts.length >= COUNTS_PER_MESSAGE_MAX) {
        this.#isWaiting = true;
        continue;
      }
      news.set(to, [...counts, count]);
      row.given.set(to, count.count);
      row.floor = count.floor;
      const isStray = row.source === undefined &&
        holdings.linkTo(row.author) === undefined;
      if (isStray) row.strays++;
      this.#rows.delete(row.author);
      this.#rows.set(row.author, row);
    }
    return news;
  }

  /** Whom to tell what of an author; nobody where nothing is new. */
  #due(
    row: Row,
    { floorOf, linkTo, holdersOf }: Holdings,
  ): { to: PeerId | undefined; count: Count } {
    const { author, last, source, given, told } = row;
    const below = this.below(author);
    const held = floorOf(author, last);
    const floor = Math.max(held ?? 0, below.floor);
    let left = 1 + below.count - row.lost;
    for (const count of given.values()) left -= count;
    let to = linkTo(author) ?? source;
    if (to === undefined && left > 0 && row.strays < STRAYS_MAX) {
      const holders = holdersOf(author, last);
      // Those who have it from us lead back to us.
      const others = holders.filter((peer) => told.get(peer)?.last !== last);
      const ways = others.length > 0 ? others : holders;
      to = ways[row.strays % ways.length];
    }
    const before = given.get(to ?? "") ?? 0;
    const count = Math.min(COUNT_MAX, before + left);
    const isNew = count !== before || floor !== row.floor;
    const isDue = !row.isOwn && held !== undefined && isNew && count > 0;
    return {
      to: isDue ? to : undefined,
      count: { author, floor, last, count },
    };
  }

  /** Rule 5. */
  #dropOne(): void {
    const others = [...this.#rows.values()].filter(({ isOwn }) => !isOwn);
    const sizes = new Map<string, number>();
    for (const { user } of others) sizes.set(user, (sizes.get(user) ?? 0) + 1);
    const most = Math.max(...sizes.values());
    const [first] = others.filter(({ user }) => sizes.get(user) === most)
      .sort((a, b) => a.at - b.at);
    if (first !== undefined) this.#rows.delete(first.author);
  }
}
