/**
 * Decides who is sent what, so that everyone in a channel comes to hold the
 * same entries. Synchronous and without I/O: an event goes in, actions come
 * out; the owner performs them and calls `tick` when `dueAt` says so.
 *
 *     link up ──► channels known ──► have ──► want ──► entries ──► have (news)
 *
 * Rules:
 * 1. Every entry of ours goes to every linked member at once, unasked.
 * 2. An entry of an author we are linked to is taken from that author only;
 *    any other from whoever holds it. So nobody speaks for someone present.
 * 3. At most one question is open for each peer and channel, and an author's
 *    entries are asked of one peer at a time.
 * 4. A question unanswered for WANT_TIMEOUT_MS is put to somebody else; one
 *    whose answer brings nothing is not put to that peer again.
 * 5. What came in is told to all linked members within HAVE_DELAY_MS: that is
 *    the receipt for its author, and the offer to those who lack it.
 * @module
 */
import {
  type Entries,
  type Entry,
  type EntryWritten,
  type Have,
  type LinkMessage,
  type Range,
  type Vector,
  type Want,
} from "../wire/link.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { PeerInfo } from "../wire/tracker_api.ts";
import { ChannelLog } from "./channel_log.ts";
import type { KeptEntry } from "./chat.ts";
import { LinkedPeers } from "./linked_peers.ts";
import { checkText, haves, page } from "./sync_messages.ts";

export const WANT_TIMEOUT_MS = 5_000;
export const HAVE_DELAY_MS = 100;
/** A clock further off than this is wrong: not followed, and corrected. */
export const CLOCK_WRONG_MS = 60_000;
/** Peers that left, remembered as holders of our own entries. */
export const DEPARTED_MAX = 256;

export type SyncAction =
  | { type: "send"; to: PeerId; message: LinkMessage }
  /** Show these, and keep them over a restart. */
  | { type: "keep"; channel: ChannelName; kept: KeptEntry[] }
  /** Kept before; more is known of them now. */
  | { type: "update"; kept: KeptEntry[] }
  /** Past keeping: the store may drop them. */
  | { type: "forget"; channel: ChannelName; dropped: KeptEntry[] }
  | { type: "delivery-changed"; channel: ChannelName }
  /** The peer did what no honest peer does. */
  | { type: "strike"; peer: PeerId; reason: string };

export interface SyncOptions {
  self: PeerInfo;
  /** Whose peer that is, as the tracker vouches; undefined where not known. */
  userOf(peer: PeerId): string | undefined;
}

interface Joined {
  log: ChannelLog;
  /** Authors of whom some linked peer holds more than we do. */
  behind: Set<PeerId>;
  /** Authors whose newest entry the others have not been told we hold. */
  untold: Set<PeerId>;
  /** Up to which entry of ours those who left held them. */
  departed: Map<PeerId, number>;
}

export class Sync {
  readonly #self: PeerInfo;
  readonly #userOf: SyncOptions["userOf"];
  readonly #joined = new Map<ChannelName, Joined>();
  /** Channels we wrote in and left: their logs, for when we come back. */
  readonly #left = new Map<ChannelName, ChannelLog>();
  readonly #peers = new LinkedPeers();
  #latestTime = 0;
  #tellAt = Infinity;

  constructor({ self, userOf }: SyncOptions) {
    this.#self = self;
    this.#userOf = userOf;
  }

  /** When `tick` has something to do, ms since 1970; Infinity for never. */
  get dueAt(): number {
    return Math.min(this.#tellAt, this.#peers.questionsDueAt);
  }

  get channels(): ChannelName[] {
    return [...this.#joined.keys()];
  }

  /** Everything held of a channel, in the order people read it. */
  view(channel: ChannelName): readonly KeptEntry[] {
    return this.#joined.get(channel)?.log.view ?? [];
  }

  /** Linked peers that are in `channel`. */
  members(channel: ChannelName): PeerId[] {
    return this.#peers.members(channel);
  }

  /** Peers known to hold `entry`: those linked, and those who left with it. */
  holders(channel: ChannelName, { author, seq }: Entry): Set<PeerId> {
    const holders = new Set(this.#peers.holders(channel, author, seq));
    if (author !== this.#self.peer) return holders;
    for (const [peer, last] of this.#joined.get(channel)?.departed ?? []) {
      if (last >= seq) holders.add(peer);
    }
    return holders;
  }

  /** The most others ever known to hold `entry`, before a reload as well. */
  mostHolders(channel: ChannelName, { author, seq }: Entry): number {
    return this.#joined.get(channel)?.log.find(author, seq)?.held ?? 0;
  }

  join(channel: ChannelName): SyncAction[] {
    if (this.#joined.has(channel)) return [];
    this.#joined.set(channel, {
      log: this.#left.get(channel) ?? new ChannelLog(channel),
      behind: new Set(),
      untold: new Set(),
      departed: new Map(),
    });
    this.#left.delete(channel);
    return [...this.#peers].flatMap(([to]): SyncAction[] => [
      { type: "send", to, message: { type: "channel-joined", channel } },
      ...this.#tellAll(to, channel),
    ]);
  }

  /** What the store had kept of a channel, once that is known. */
  restore(
    channel: ChannelName,
    stored: KeptEntry[],
    now: number,
  ): SyncAction[] {
    const joined = this.#joined.get(channel);
    if (joined === undefined || stored.length === 0) return [];
    joined.log.restore(stored);
    for (const { entry } of stored) this.#follow(entry.time, now);
    return this.members(channel).flatMap((to) => this.#tellAll(to, channel));
  }

  leave(channel: ChannelName): SyncAction[] {
    const log = this.#joined.get(channel)?.log;
    if (log === undefined) return [];
    this.#joined.delete(channel);
    // Our own numbers must go on where they stopped, store or no store.
    if (log.held(this.#self.peer)[1] > 0) this.#left.set(channel, log);
    return [...this.#peers].map(([to, linked]) => {
      linked.questions.delete(channel);
      return { type: "send", to, message: { type: "channel-left", channel } };
    });
  }

  /** A link to the peer opened, and its hello named `channels`. */
  linkUp(info: PeerInfo, channels: ChannelName[]): SyncAction[] {
    this.#peers.add(info, channels);
    return channels.flatMap((channel) => this.#tellAll(info.peer, channel));
  }

  linkDown(peer: PeerId, now: number): SyncAction[] {
    const channels = [...this.#peers.get(peer)?.channels ?? []];
    for (const channel of channels) this.#rememberDeparted(peer, channel);
    this.#peers.delete(peer);
    return channels.flatMap((channel): SyncAction[] => [
      ...this.#decide(channel, now),
      { type: "delivery-changed", channel },
    ]);
  }

  /** Writes an entry of our own; RangeError where the text can't be sent. */
  write(
    channel: ChannelName,
    text: string,
    now: number,
  ): { kept: KeptEntry; actions: SyncAction[] } {
    const joined = this.#joined.get(channel);
    if (joined === undefined) {
      throw new RangeError(`Cannot send to "${channel}": join it first`);
    }
    checkText(text);
    const [, last] = joined.log.held(this.#self.peer);
    const entry: Entry = {
      author: this.#self.peer,
      seq: last + 1,
      time: Math.max(now, this.#latestTime + 1),
      user: this.#self.user,
      kind: "text",
      text: text.toWellFormed(),
    };
    this.#follow(entry.time, now);
    const receivedAt = entry.time;
    const { kept } = joined.log.add(entry, { receivedAt, own: true });
    if (kept === undefined) throw new Error(`Cannot append entry ${entry.seq}`);
    const message: EntryWritten = { type: "entry-written", channel, entry };
    const sends = this.members(channel).map((to) => ({
      type: "send" as const,
      to,
      message,
    }));
    const keep = { type: "keep" as const, channel, kept: [kept] };
    return { kept, actions: [keep, ...sends, ...prune(joined)] };
  }

  /** A checked message of the linked peer `from`. */
  receive(from: PeerId, message: LinkMessage, now: number): SyncAction[] {
    if (this.#peers.get(from) === undefined) return [];
    switch (message.type) {
      case "channel-joined":
        if (!this.#peers.join(from, message.channel)) {
          return [{ type: "strike", peer: from, reason: "too many channels" }];
        }
        return this.#tellAll(from, message.channel);
      case "channel-left":
        return this.#memberLeft(from, message.channel, now);
      case "have":
        return this.#receiveHave(from, message, now);
      case "want":
        return this.#answer(from, message);
      case "entries":
        return this.#receiveAnswer(from, message, now);
      case "entry-written":
        return this.#receiveWritten(from, message, now);
      default:
        return [];
    }
  }

  /** The time that `dueAt` announced has come. */
  tick(now: number): SyncAction[] {
    const actions: SyncAction[] = [];
    if (this.#tellAt <= now) {
      this.#tellAt = Infinity;
      actions.push(...this.#tellNews());
    }
    for (const [, linked] of this.#peers) {
      for (const [channel, { until }] of linked.questions) {
        if (until > now) continue;
        linked.questions.delete(channel);
        linked.unanswered++;
        actions.push(...this.#decide(channel, now));
      }
    }
    return actions;
  }

  /** All that we hold of `channel`, in as many messages as it takes. */
  #tellAll(to: PeerId, channel: ChannelName): SyncAction[] {
    const log = this.#joined.get(channel)?.log;
    if (log === undefined || !this.#peers.inChannel(to, channel)) return [];
    return haves(channel, log.vector()).map((message) => ({
      type: "send",
      to,
      message,
    }));
  }

  /** Rule 5. */
  #tellNews(): SyncAction[] {
    const actions: SyncAction[] = [];
    for (const [channel, { log, untold }] of this.#joined) {
      const vector: Vector = new Map(
        [...untold].map((author) => [author, log.held(author)]),
      );
      untold.clear();
      for (const message of haves(channel, vector)) {
        for (const to of this.members(channel)) {
          actions.push({ type: "send", to, message });
        }
      }
    }
    return actions;
  }

  #receiveHave(from: PeerId, message: Have, now: number): SyncAction[] {
    const { channel, vector } = message;
    const joined = this.#joined.get(channel);
    if (joined === undefined) return [];
    const actions: SyncAction[] = [];
    const receipted: KeptEntry[] = [];
    for (const [author, held] of vector) {
      const [, ownLast] = joined.log.held(author);
      if (author === this.#self.peer && held[1] > ownLast) {
        const reason = "claims entries that we never wrote";
        actions.push({ type: "strike", peer: from, reason });
        continue;
      }
      this.#peers.noteHeld(from, channel, [author, held]);
      if (held[1] > ownLast) joined.behind.add(author);
      receipted.push(...this.#countHolders(joined.log, author, held[1]));
    }
    if (receipted.length > 0) actions.push({ type: "update", kept: receipted });
    actions.push(...this.#decide(channel, now));
    if (vector.size > 0) actions.push({ type: "delivery-changed", channel });
    return actions;
  }

  /** Own entries up to `last` that more peers hold than was known so far. */
  #countHolders(log: ChannelLog, author: PeerId, last: number): KeptEntry[] {
    const changed: KeptEntry[] = [];
    for (let seq = Math.min(last, log.held(author)[1]); seq > 0; seq--) {
      const kept = log.find(author, seq);
      if (!kept?.own) break;
      const count = this.holders(log.channel, kept.entry).size;
      // Whoever holds an entry holds those before it.
      if (count <= (kept.held ?? 0)) break;
      kept.held = count;
      changed.push(kept);
    }
    return changed;
  }

  #receiveAnswer(from: PeerId, message: Entries, now: number): SyncAction[] {
    const { channel, entries } = message;
    const actions = this.#takeAll(from, message, now);
    this.#closeQuestion(from, channel, entries);
    return [...actions, ...this.#decide(channel, now)];
  }

  #receiveWritten(
    from: PeerId,
    { channel, entry }: EntryWritten,
    now: number,
  ): SyncAction[] {
    const entries = [entry];
    const actions = this.#takeAll(from, { channel, entries, live: true }, now);
    return [...actions, ...this.#decide(channel, now)];
  }

  #takeAll(
    from: PeerId,
    { channel, entries, live = false }: {
      channel: ChannelName;
      entries: Entry[];
      live?: boolean;
    },
    now: number,
  ): SyncAction[] {
    const joined = this.#joined.get(channel);
    if (joined === undefined) return [];
    const actions: SyncAction[] = [];
    const added: KeptEntry[] = [];
    for (const entry of entries) {
      const reason = this.#faultOf(entry);
      if (reason !== undefined) {
        actions.push({ type: "strike", peer: from, reason });
        continue;
      }
      const kept = this.#take(joined, entry, { from, now, live });
      if (kept !== undefined) added.push(kept);
    }
    if (added.length > 0) {
      actions.push({ type: "keep", channel, kept: added });
      this.#tellAt = Math.min(this.#tellAt, now + HAVE_DELAY_MS);
    }
    return [...actions, ...prune(joined)];
  }

  /** Why no honest peer sends this entry, or undefined. */
  #faultOf(entry: Entry): string | undefined {
    if (entry.author === this.#self.peer) return "entry in our own name";
    const user = this.#peers.get(entry.author)?.user ??
      this.#userOf(entry.author);
    return user === undefined || user === entry.user
      ? undefined
      : `entry of ${user} under the name ${entry.user}`;
  }

  #take(
    { log, behind, untold }: Joined,
    entry: Entry,
    { from, now, live }: { from: PeerId; now: number; live: boolean },
  ): KeptEntry | undefined {
    const { author, seq } = entry;
    const { channel } = log;
    // Rule 2.
    if (author !== from && this.#peers.inChannel(author, channel)) return;
    const told = this.#peers.heldBy(from, channel, author) ?? [0, 0];
    // Everyone has let go of what lies below the holder's floor.
    if (seq === told[0] + 1) log.skipTo(author, told[0], entry.user);
    const held = [told[0], Math.max(seq, told[1])] as const;
    this.#peers.noteHeld(from, channel, [author, held]);
    const via = author === from ? undefined : this.#peers.get(from)?.user;
    const slow = live && entry.time < now - CLOCK_WRONG_MS;
    const { result, kept } = log.add(entry, { receivedAt: now, via, slow });
    if (result === "gap") behind.add(author);
    if (kept === undefined) return undefined;
    untold.add(author);
    this.#follow(entry.time, now);
    return kept;
  }

  /** Asks for what is missing in `channel`; keeps rules 2, 3 and 4. */
  #decide(channel: ChannelName, now: number): SyncAction[] {
    const joined = this.#joined.get(channel);
    if (joined === undefined || joined.behind.size === 0) return [];
    const asked = this.#peers.authorsAsked(channel);
    const wants = new Map<PeerId, Range[]>();
    for (const author of joined.behind) {
      if (asked.has(author)) continue;
      const [, last] = joined.log.held(author);
      const holder = this.#peers.holderFor(author, { channel, last, wants });
      if (holder === "nobody") joined.behind.delete(author);
      if (typeof holder === "string") continue;
      const after = Math.max(last, holder.held[0]);
      const ranges = wants.get(holder.peer) ?? [];
      ranges.push({ author, after, upTo: holder.held[1] });
      wants.set(holder.peer, ranges);
    }
    return [...wants].map(([to, ranges]) => {
      const until = now + WANT_TIMEOUT_MS;
      this.#peers.get(to)?.questions.set(channel, { ranges, until });
      return { type: "send", to, message: { type: "want", channel, ranges } };
    });
  }

  /** An answer closes the question; what it did not bring is asked anew. */
  #closeQuestion(from: PeerId, channel: ChannelName, entries: Entry[]): void {
    const log = this.#joined.get(channel)?.log;
    const linked = this.#peers.get(from);
    const question = linked?.questions.get(channel);
    if (log === undefined || !linked || question === undefined) return;
    linked.questions.delete(channel);
    linked.unanswered = 0;
    const authors = new Set(entries.map(({ author }) => author));
    for (const { author, after } of question.ranges) {
      if (entries.length > 0 && !authors.has(author)) continue;
      const own = log.held(author);
      if (own[1] > after) continue;
      // Nothing usable came: forget that this peer said it holds more.
      this.#peers.noteHeld(from, channel, [author, own]);
    }
  }

  #answer(to: PeerId, { channel, ranges }: Want): SyncAction[] {
    const log = this.#joined.get(channel)?.log;
    if (log === undefined || !this.#peers.inChannel(to, channel)) return [];
    const entries = page(log, ranges);
    return [{
      type: "send",
      to,
      message: { type: "entries", channel, entries },
    }];
  }

  #memberLeft(peer: PeerId, channel: ChannelName, now: number): SyncAction[] {
    this.#rememberDeparted(peer, channel);
    this.#peers.leave(peer, channel);
    return [...this.#decide(channel, now), {
      type: "delivery-changed",
      channel,
    }];
  }

  #rememberDeparted(peer: PeerId, channel: ChannelName): void {
    const departed = this.#joined.get(channel)?.departed;
    const [, last] = this.#peers.heldBy(peer, channel, this.#self.peer) ??
      [0, 0];
    if (departed === undefined || last === 0) return;
    departed.delete(peer);
    departed.set(peer, last);
    const [oldest] = departed.keys();
    if (departed.size > DEPARTED_MAX && oldest !== undefined) {
      departed.delete(oldest);
    }
  }

  #follow(time: number, now: number): void {
    if (time > now + CLOCK_WRONG_MS) return;
    this.#latestTime = Math.max(this.#latestTime, time);
  }
}

function prune({ log }: Joined): SyncAction[] {
  const dropped = log.prune();
  if (dropped.length === 0) return [];
  return [{ type: "forget", channel: log.channel, dropped }];
}
