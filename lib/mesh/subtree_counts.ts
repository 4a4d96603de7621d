/**
 * How many hold what an author wrote last, counted along the way that it took:
 * each member has it from one neighbour first, and tells that one how many have
 * it from itself on. So the author learns of everybody, each is counted once,
 * and nobody acknowledges a message by itself. Pure.
 *
 *     author ◄── 5 ── ann ◄── 3 ── ben ◄── 1 ── cleo
 *                      ▲            ▲
 *                      1 dan        1 eve
 *
 * Rules:
 * 1. A count is about one entry, an author's latest: for that one everybody has
 *    one neighbour that it came from, and these make no circle.
 * 2. Whose neighbour is gone tells nobody until the next entry: too few are
 *    counted then, never too many.
 * 3. What is told of is the latest of a few authors, those who wrote last.
 * @module
 */
import type { DeviceKey } from "../wire/device_key.ts";
import { type Count, COUNTS_PER_MESSAGE_MAX } from "../wire/link.ts";
import type { PeerId } from "../wire/names.ts";

interface Row {
  last: number;
  /** Whom we have it from first; none where it is our own, or he is gone. */
  source: PeerId | undefined;
  /** What those told who have it from us. */
  told: Map<PeerId, Count>;
  /** What the source was told of it. */
  sent: string;
}

export class SubtreeCounts {
  /** The author who wrote longest ago first. */
  readonly #rows = new Map<DeviceKey, Row>();

  /** `author`'s entry `last` has come from `source`; without it, our own. */
  came(
    { author, last }: { author: DeviceKey; last: number },
    source: PeerId | undefined,
  ): void {
    const before = this.#rows.get(author);
    if (before !== undefined && before.last >= last) return;
    this.#rows.delete(author);
    // Some may have told before we knew where our own log ends.
    const told = before?.told ?? new Map<PeerId, Count>();
    this.#rows.set(author, { last, source, told, sent: "" });
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > COUNTS_PER_MESSAGE_MAX && oldest !== undefined) {
      this.#rows.delete(oldest);
    }
  }

  /** A neighbour says how many have it from itself on; false of no use. */
  told(from: PeerId, count: Count): boolean {
    const row = this.#rows.get(count.author);
    if (row === undefined || from === row.source || count.last > row.last) {
      return false;
    }
    row.told.set(from, count);
    return true;
  }

  /** The neighbour is gone. */
  forget(peer: PeerId): void {
    for (const row of this.#rows.values()) {
      row.told.delete(peer);
      if (row.source === peer) row.source = undefined;
    }
  }

  /** How many others have told that they hold it, `floor` + 1 to `last`. */
  below(author: DeviceKey, last: number): { floor: number; count: number } {
    let [floor, count] = [0, 0];
    for (const one of this.#rows.get(author)?.told.values() ?? []) {
      // Rule 1: of another entry it may be that some are counted twice.
      if (one.last !== last) continue;
      floor = Math.max(floor, one.floor);
      count += one.count;
    }
    return { floor, count };
  }

  /**
   * What has changed since it was last told, by the neighbour to tell it to.
   * `floorOf`: we hold the entries above it without a gap.
   */
  news(
    floorOf: (author: DeviceKey, last: number) => number | undefined,
    countMax: number,
  ): Map<PeerId, Count[]> {
    const news = new Map<PeerId, Count[]>();
    for (const [author, row] of this.#rows) {
      const { last, source } = row;
      const floor = floorOf(author, last);
      if (source === undefined || floor === undefined) continue;
      const below = this.below(author, last);
      const count: Count = {
        author,
        floor: Math.max(floor, below.floor),
        last,
        count: Math.min(countMax, 1 + below.count),
      };
      const sent = JSON.stringify(count);
      if (sent === row.sent) continue;
      row.sent = sent;
      news.set(source, [...news.get(source) ?? [], count]);
    }
    return news;
  }
}
