/**
 * Decides who is counted as a holder of our entries: the part of the sync core
 * that tells an author how far its messages came. In a full mesh by what each
 * linked peer says it holds; in a larger channel by what neighbours have counted
 * beyond themselves as well. Shares the memory of linked peers with the others.
 * @module
 */
import type { DeviceKey } from "../wire/device_key.ts";
import type { EntryRef } from "../wire/entry.ts";
import { COUNT_MAX, type Counted, type HeldRun } from "../wire/link.ts";
import type { PeerId } from "../wire/names.ts";
import type { Broadcast } from "./broadcast.ts";
import type { ChannelLog } from "./channel_log.ts";
import { covers, type LinkedPeers } from "./linked_peers.ts";
import type { Context, Joined, SyncAction } from "./sync_state.ts";
import type { KeptEntry } from "./verified_entry.ts";

/** A neighbour is told of what has changed no more often than that. */
export const COUNT_MS = 1_000;

export class Counting {
  readonly #peers: LinkedPeers;
  readonly #broadcast: Broadcast;
  #key: DeviceKey | undefined;
  #tellAt = Infinity;

  constructor({ peers, broadcast }: {
    peers: LinkedPeers;
    broadcast: Broadcast;
  }) {
    this.#peers = peers;
    this.#broadcast = broadcast;
  }

  get dueAt(): number {
    return this.#tellAt;
  }

  setKey(key: DeviceKey): void {
    this.#key = key;
  }

  /** Linked peers that hold an entry; of our own, devices that left as well. */
  holders({ log, receipts }: Joined, ref: EntryRef): Set<string> {
    const { channel } = log;
    const holders = new Set<string>(this.#peers.holders(channel, ref));
    if (ref.author !== this.#key) return holders;
    const isBack = (holder: string) => this.#peers.hasDevice(holder, channel);
    for (const holder of receipts.holders(ref.seq, isBack)) holders.add(holder);
    return holders;
  }

  /** An entry is held from now on, brought by `source` or written here. */
  came(
    { counts }: Joined,
    { entry: { author, seq } }: KeptEntry,
    { source, now }: { source?: PeerId; now: number },
  ): void {
    counts.came({ author, last: seq }, source);
    this.#tellLater(now);
  }

  /** It left the channel, or the link is over. */
  left(peer: PeerId, { log, receipts, counts }: Joined): void {
    const runs = this.#peers.heldBy(peer, log.channel, this.#key ?? "");
    receipts.departed(this.#peers.get(peer)?.device ?? peer, runs);
    counts.forget(peer);
  }

  /** Own entries that more hold than was known, now that one has `runs`. */
  told(
    joined: Joined,
    runs: readonly HeldRun[],
    before: readonly HeldRun[],
  ): SyncAction[] {
    const news = runs.flatMap(({ held: [floor, last] }) =>
      this.#own(joined.log, floor, last)
        .filter(({ entry }) => !covers(before, entry.seq))
    );
    return raise(news, ({ entry }) => this.holders(joined, entry).size);
  }

  /** A neighbour has counted those behind it. */
  counted({ from, joined, now }: Context, { counts }: Counted): SyncAction[] {
    const { log } = joined;
    const actions: SyncAction[] = [];
    for (const count of counts) {
      if (!joined.counts.told(from, count)) continue;
      this.#tellLater(now);
      if (count.author !== this.#key) continue;
      const below = joined.counts.below(count.author, count.last);
      // Whoever lies can say no more than that everybody has it.
      const most = Math.min(below.count, joined.size - 1);
      const held = this.#own(log, below.floor, count.last);
      actions.push(...raise(held, () => most));
    }
    const { channel } = log;
    return actions.length === 0
      ? []
      : [...actions, { type: "delivery-changed", channel }];
  }

  tick(joined: Iterable<Joined>, now: number): SyncAction[] {
    if (now < this.#tellAt) return [];
    this.#tellAt = Infinity;
    return [...joined].flatMap((one) => this.#tell(one));
  }

  #tell({ log, counts, size }: Joined): SyncAction[] {
    const { channel } = log;
    if (this.#broadcast.isFullMesh(channel)) return [];
    const floorOf = (author: DeviceKey, last: number) =>
      log.vector([author]).get(author)
        ?.find(({ held }) => held[1] === last)?.held[0];
    const news = counts.news(floorOf, Math.max(1, Math.min(size, COUNT_MAX)));
    return [...news].map(([to, counts]) => {
      return {
        type: "send",
        to,
        message: { type: "counted", channel, counts },
      };
    });
  }

  #tellLater(now: number): void {
    this.#tellAt = Math.min(this.#tellAt, now + COUNT_MS);
  }

  #own(log: ChannelLog, after: number, upTo: number): KeptEntry[] {
    const author = this.#key;
    if (author === undefined) return [];
    return [...log.newestFirst({ author, after, upTo })];
  }
}

/** Those of which more hold than was known; kept with the new number. */
function raise(
  entries: KeptEntry[],
  countOf: (kept: KeptEntry) => number,
): SyncAction[] {
  const changed: KeptEntry[] = [];
  for (const kept of entries) {
    const count = countOf(kept);
    if (count <= (kept.held ?? 0)) continue;
    kept.held = count;
    changed.push(kept);
  }
  return changed.length > 0 ? [{ type: "update", kept: changed }] : [];
}
