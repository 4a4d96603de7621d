/**
 * Decides who is counted as a holder of our entries: the part of the sync core
 * that tells an author how far its messages came. In a full mesh by what each
 * linked peer says it holds; in a larger channel by what neighbours have counted
 * beyond themselves as well. Shares the memory of linked peers with the others.
 * @module
 */
import type { DeviceKey } from "../wire/device_key.ts";
import type { EntryRef } from "../wire/entry.ts";
import type { Counted, HeldRun } from "../wire/link.ts";
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
    const isBack = (holder: string) =>
      this.#peers.ofDevice(holder, channel) !== undefined;
    for (const holder of receipts.holders(ref.seq, isBack)) holders.add(holder);
    return holders;
  }

  /** An entry is held from now on, brought by `source` or written here. */
  came(
    { counts }: Joined,
    { entry: { author, seq }, user, at }: KeptEntry,
    { source, now }: { source?: PeerId; now: number },
  ): void {
    counts.came({ author, user, last: seq, at }, source);
    this.tellLater(now);
  }

  /** It left the channel, or the link is over. */
  left(peer: PeerId, { log, receipts, counts }: Joined, now: number): void {
    const runs = this.#peers.heldBy(peer, log.channel, this.#key ?? "");
    receipts.departed(this.#peers.get(peer)?.device ?? peer, runs);
    counts.forget(peer);
    this.tellLater(now);
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
    return counts.flatMap((count) => {
      if (!joined.counts.told(from, count)) return [];
      this.tellLater(now);
      return count.author === this.#key ? this.#raise(joined, count.last) : [];
    });
  }

  /** Counts were believed as far as the channel had members. */
  resized(joined: Joined, size: number): SyncAction[] {
    if (joined.size === size) return [];
    joined.size = size;
    return this.#raise(joined);
  }

  /** Own entries up to `last`, or the latest, that more hold than was known. */
  #raise({ log, counts, size }: Joined, last?: number): SyncAction[] {
    const below = counts.below(this.#key ?? "", last);
    // Whoever lies can say no more than that everybody has it.
    const most = Math.min(below.count, size - 1);
    const actions = raise(this.#own(log, below.floor, below.last), () => most);
    const { channel } = log;
    return actions.length === 0
      ? []
      : [...actions, { type: "delivery-changed", channel }];
  }

  tick(joined: Iterable<Joined>, now: number): SyncAction[] {
    if (now < this.#tellAt) return [];
    this.#tellAt = Infinity;
    return [...joined].flatMap((one) => this.#tell(one, now));
  }

  #tell({ log, counts }: Joined, now: number): SyncAction[] {
    const { channel } = log;
    if (this.#broadcast.isFullMesh(channel)) return [];
    const news = counts.news({
      floorOf: (author, last) =>
        log.held(author).find(({ held }) => held[1] === last)?.held[0],
      linkTo: (author) => this.#peers.ofDevice(author, channel),
      holdersOf: (author, seq) => this.#peers.holders(channel, { author, seq }),
    });
    if (counts.isWaiting) this.tellLater(now);
    return [...news].map(([to, counts]) => {
      return {
        type: "send",
        to,
        message: { type: "counted", channel, counts },
      };
    });
  }

  /** Neighbours may have to be told something. */
  tellLater(now: number): void {
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
