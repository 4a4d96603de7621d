/**
 * Decides who is sent what, so that everyone in a channel comes to hold the
 * same entries. Synchronous and without I/O: an event goes in, actions come
 * out; the owner performs them and calls `tick` when `dueAt` says so. It sees
 * verified entries only. Three parts share its memory: telling.ts gives,
 * asking.ts fetches, counting.ts knows how far our own entries came.
 *
 *     link up ──► channels known ──► have ──► want ──► entries ──► have (news)
 *
 * Rules:
 * 1. An entry of ours goes out at once, unasked, along the routes that the
 *    broadcast core names; one pushed to us goes on in the same way.
 * 2. Entries are signed: they are taken from whoever holds them.
 * 3. At most one question is open for each peer and channel, and an author's
 *    entries are asked of one peer at a time, the newest first.
 * 4. Of a question unanswered for WANT_TIMEOUT_MS others are asked: whoever
 *    answers goes first. Who brings nothing is not asked until it tells anew.
 * 5. What came in is told to linked members within HAVE_DELAY_MS: that is the
 *    receipt for its author, and the offer to those who lack it.
 * 6. Every DIGEST_MS linked members compare what they hold, so that nothing
 *    that went wrong stays wrong.
 * 7. A fork is passed on with its proof, once, and closes that author's log.
 * @module
 */
import type { DeviceKey } from "../wire/device_key.ts";
import {
  type EntryHead,
  type EntryRef,
  SEQ_MAX,
  type SignedEntry,
} from "../wire/entry.ts";
import type { Certificate } from "../wire/identity.ts";
import {
  type EntryWritten,
  type ForkFound,
  type Have,
  HEAD_CHARS,
} from "../wire/link.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import { Asking } from "./asking.ts";
import { forkOf } from "./author_log.ts";
import { Broadcast } from "./broadcast.ts";
import { ChannelLog, type Retention } from "./channel_log.ts";
import { Counting } from "./counting.ts";
import { HybridClock } from "./hlc.ts";
import { type LinkedInfo, LinkedPeers } from "./linked_peers.ts";
import { MissingAuthors } from "./missing.ts";
import { Receipts } from "./receipts.ts";
import type { StoredChannel } from "./store.ts";
import { SubtreeCounts } from "./subtree_counts.ts";
import type {
  ChannelShape,
  Context,
  Joined,
  KnownFork,
  OwnHead,
  SyncAction,
  SyncMessage,
} from "./sync_state.ts";
import { Telling } from "./telling.ts";
import type { KeptEntry, VerifiedEntry } from "./verified_entry.ts";

export interface SyncOptions {
  certificateOf(author: DeviceKey): Certificate | undefined;
  retentionOf?: ((channel: ChannelName) => Retention) | undefined;
}

export class Sync {
  readonly broadcast = new Broadcast();
  readonly #options: SyncOptions;
  readonly #joined = new Map<ChannelName, Joined>();
  /** Where logs of ours go on, in channels that we left as well. */
  readonly #heads = new Map<ChannelName, Map<DeviceKey, OwnHead>>();
  readonly #peers = new LinkedPeers();
  readonly #asking: Asking;
  readonly #telling: Telling;
  readonly #counting: Counting;
  readonly #clock = new HybridClock();
  #key: DeviceKey | undefined;

  constructor(options: SyncOptions) {
    this.#options = options;
    const { certificateOf } = options;
    const [peers, broadcast] = [this.#peers, this.broadcast];
    this.#asking = new Asking(peers, broadcast);
    this.#telling = new Telling({ peers, broadcast, certificateOf });
    this.#counting = new Counting({ peers, broadcast });
  }

  /** When `tick` has something to do, ms since 1970; Infinity for never. */
  get dueAt(): number {
    const { dueAt } = this.#counting;
    return Math.min(this.#telling.dueAt, this.#asking.dueAt, dueAt);
  }

  /** This device's key: the author of what is written here. */
  setKey(key: DeviceKey): void {
    this.#key = key;
    this.#counting.setKey(key);
  }

  setShape(channel: ChannelName, shape: ChannelShape): SyncAction[] {
    this.broadcast.setFullMesh(channel, shape.isFullMesh);
    const joined = this.#joined.get(channel);
    return joined ? this.#counting.resized(joined, shape.size) : [];
  }

  get channels(): ChannelName[] {
    return [...this.#joined.keys()];
  }

  /** Everything held of a channel, in the order people read it. */
  view(channel: ChannelName): readonly KeptEntry[] {
    return this.#joined.get(channel)?.log.view ?? [];
  }

  /** The very same entry, where it is held: it need not be verified again. */
  known(
    channel: ChannelName,
    ref: EntryRef,
    { signed, signature }: SignedEntry,
  ): VerifiedEntry | undefined {
    const kept = this.#joined.get(channel)?.log.find(ref);
    const isSame = kept?.signed === signed && kept.signature === signature;
    return isSame ? kept : undefined;
  }

  deviceOf(peer: PeerId): DeviceKey | undefined {
    return this.#peers.get(peer)?.device;
  }

  /** Linked peers that are in `channel`. */
  members(channel: ChannelName): PeerId[] {
    return this.#peers.members(channel);
  }

  /** Who is known to hold an entry: linked peers, and devices that left. */
  holders(channel: ChannelName, ref: EntryRef): Set<string> {
    const joined = this.#joined.get(channel);
    return joined ? this.#counting.holders(joined, ref) : new Set();
  }

  /** The most others ever known to hold it, before a reload as well. */
  mostHolders(channel: ChannelName, ref: EntryRef): number {
    return this.#joined.get(channel)?.log.find(ref)?.held ?? 0;
  }

  /** The server's time, told just now: ours is corrected by it. */
  setServerTime(serverNow: number, now: number): void {
    this.#clock.correct(serverNow, now);
  }

  join(channel: ChannelName, now: number): SyncAction[] {
    if (this.#joined.has(channel)) return [];
    this.#joined.set(channel, {
      log: new ChannelLog(channel, this.#options.retentionOf?.(channel)),
      restored: false,
      missing: new MissingAuthors(),
      receipts: new Receipts(),
      counts: new SubtreeCounts(),
      size: Infinity,
    });
    return [...this.#peers].flatMap(([to, { channels }]): SyncAction[] => {
      if (channels.has(channel)) this.broadcast.neighbourUp(channel, to);
      return [
        { type: "send", to, message: { type: "channel-joined", channel } },
        ...this.#tellAll(to, channel, now),
      ];
    });
  }

  /** What the store had kept of a channel, once that is known. */
  restore(
    channel: ChannelName,
    { entries, heads, forks }: StoredChannel,
    now: number,
  ): SyncAction[] {
    const joined = this.#joined.get(channel);
    if (joined === undefined) return [];
    for (const [author, head] of heads) {
      this.#raiseHead(channel, author, head);
    }
    joined.log.restore(entries);
    joined.restored = true;
    for (const known of forks) joined.log.close(known);
    for (const { entry } of entries) this.#clock.observe(entry.time, now);
    const told = this.members(channel)
      .flatMap((to) => this.#tellAll(to, channel, now));
    return [...this.#prune(joined, now), ...told];
  }

  leave(channel: ChannelName): SyncAction[] {
    if (!this.#joined.delete(channel)) return [];
    this.broadcast.forget(channel);
    this.#peers.forgetChannel(channel);
    return [...this.#peers].map(([to]) => {
      return { type: "send", to, message: { type: "channel-left", channel } };
    });
  }

  /** A link to the peer opened, and its hello named `channels`. */
  linkUp(
    info: LinkedInfo,
    channels: ChannelName[],
    now: number,
  ): SyncAction[] {
    this.#peers.add(info, channels);
    this.#telling.linksChanged(now);
    for (const channel of channels) {
      if (!this.#joined.has(channel)) continue;
      this.broadcast.neighbourUp(channel, info.peer);
    }
    return channels
      .flatMap((channel) => this.#tellAll(info.peer, channel, now));
  }

  linkDown(peer: PeerId, now: number): SyncAction[] {
    const channels = [...this.#peers.get(peer)?.channels ?? []];
    for (const channel of channels) this.#rememberDeparted(peer, channel, now);
    this.#peers.delete(peer);
    this.#telling.linksChanged(now);
    return channels.flatMap((channel) => this.#decide(channel, now));
  }

  /** Whether those linked in `channel` hold no more of our log than we do. */
  isCaughtUp(channel: ChannelName): boolean {
    const told = this.#peers.toldOf(this.#key ?? "", channel);
    return told !== undefined && told <= (this.#ownHead(channel)?.seq ?? 0);
  }

  /** Whether somebody linked has yet to tell, or to give, what they hold. */
  isFetching(channel: ChannelName): boolean {
    return this.#peers.owe(channel);
  }

  /** Where the next entry of ours goes; RangeError where none may. */
  nextHead(channel: ChannelName, now: number): EntryHead {
    const joined = this.#joined.get(channel);
    const key = this.#key;
    if (joined === undefined || key === undefined) {
      throw new RangeError(`Cannot send to "${channel}": join it first`);
    }
    const head = this.#ownHead(channel);
    const seq = (head?.seq ?? 0) + 1;
    if (joined.log.forkBy(key) !== undefined || seq > SEQ_MAX) {
      throw new RangeError(
        `Cannot send to "${channel}": this device's log is closed, reload the page`,
      );
    }
    // The store may have told of it before the server told the time.
    this.#clock.observe(joined.log.view.at(-1)?.at ?? 0, now);
    const prev = head?.hash ?? null;
    return { channel, author: key, seq, prev, time: this.#clock.next(now) };
  }

  /** An entry of ours, signed, and kept by the store where there is one. */
  commit(own: VerifiedEntry, now: number): SyncAction[] {
    const { channel, author, seq, time } = own.entry;
    this.#raiseHead(channel, author, { seq, hash: own.hash });
    const joined = this.#joined.get(channel);
    const kept = joined?.log.add(own, { receivedAt: time }).kept;
    if (joined === undefined || kept === undefined) return [];
    this.#counting.came(joined, kept, { now });
    // Sent first: showing it takes the page longer.
    return [
      ...this.#telling.spread(kept, now),
      { type: "keep", channel, kept: [kept], stored: true },
      ...this.#prune(joined, now),
    ];
  }

  receive(from: PeerId, message: SyncMessage, now: number): SyncAction[] {
    const linked = this.#peers.get(from);
    if (linked === undefined || !("channel" in message)) return [];
    const { channel } = message;
    if (message.type === "channel-joined") {
      return this.#memberJoined(from, channel, now);
    }
    if (message.type === "channel-left") {
      this.#rememberDeparted(from, channel, now);
      this.#peers.leave(from, channel);
      return this.#decide(channel, now);
    }
    const joined = this.#joined.get(channel);
    if (joined === undefined || !linked.channels.has(channel)) return [];
    const actions = this.#take({ from, linked, joined, now }, message);
    return [...actions, ...this.#asking.decide(joined, now)];
  }

  /** The time that `dueAt` announced has come. */
  tick(now: number): SyncAction[] {
    return [
      ...this.#telling.tick(this.#joined.values(), now),
      ...this.#asking.tick(this.#joined, now),
      ...this.#counting.tick(this.#joined.values(), now),
    ];
  }

  #take(context: Context, message: SyncMessage): SyncAction[] {
    switch (message.type) {
      case "have":
        return this.#receiveHave(context, message);
      case "digest":
        return this.#telling.digest(context, message);
      case "counted":
        return this.#counting.counted(context, message);
      case "want":
        return this.#telling.answer(context, message);
      case "prune":
        this.broadcast.pruned(message.channel, context.from);
        return [];
      case "entries": {
        const { more = false, uncertified } = message;
        const { actions, useful } = this.#addAll(context, message);
        this.#asking.answered(context, { useful, more, uncertified });
        return actions;
      }
      case "entry-written":
        return this.#receiveWritten(context, message);
      case "fork-found":
        return this.#receiveFork(context, message);
      default:
        return [];
    }
  }

  #memberJoined(
    peer: PeerId,
    channel: ChannelName,
    now: number,
  ): SyncAction[] {
    if (!this.#peers.join(peer, channel)) {
      return [{ type: "strike", peer, reason: "too many channels" }];
    }
    if (this.#joined.has(channel)) this.broadcast.neighbourUp(channel, peer);
    return [
      ...this.#tellAll(peer, channel, now),
      { type: "delivery-changed", channel },
    ];
  }

  #rememberDeparted(peer: PeerId, channel: ChannelName, now: number): void {
    this.broadcast.neighbourDown(channel, peer);
    const joined = this.#joined.get(channel);
    if (joined !== undefined) this.#counting.left(peer, joined, now);
  }

  /** After somebody left: others may be asked what it was asked. */
  #decide(channel: ChannelName, now: number): SyncAction[] {
    const joined = this.#joined.get(channel);
    if (joined === undefined) return [];
    return [
      ...this.#asking.decide(joined, now),
      { type: "delivery-changed", channel },
    ];
  }

  #receiveHave(context: Context, { channel, vector }: Have): SyncAction[] {
    const { from, linked, joined } = context;
    const actions: SyncAction[] = [];
    for (const [author, runs] of vector) {
      const before = this.#peers.heldBy(from, channel, author);
      this.#peers.noteHeld(from, channel, [author, runs]);
      this.#asking.compare(context, author, runs);
      if (author !== this.#key) continue;
      actions.push(...this.#counting.told(joined, runs, before));
    }
    linked.heard.add(channel);
    this.#counting.tellLater(context.now);
    return [...actions, { type: "delivery-changed", channel }];
  }

  #receiveWritten(
    context: Context,
    { channel, entry }: EntryWritten<VerifiedEntry> & { uncertified?: true },
  ): SyncAction[] {
    const { from, joined, now } = context;
    const ref = entry.entry;
    const isHeld = joined.log.find(ref)?.hash === entry.hash;
    const { actions, useful } = this.#addAll(context, {
      channel,
      entries: [entry],
      isPushed: true,
    });
    if (useful) {
      this.broadcast.firstReceipt(channel, from);
      return [...actions, ...this.#asking.pushed(context, ref.author)];
    }
    if (isHeld && this.broadcast.duplicate(channel, from)) {
      actions.push({
        type: "send",
        to: from,
        message: { type: "prune", channel },
      });
    }
    if (isHeld) this.#telling.later([from], entry, now);
    return actions;
  }

  #addAll(
    context: Context,
    { channel, entries, isPushed = false }: {
      channel: ChannelName;
      entries: VerifiedEntry[];
      isPushed?: boolean;
    },
  ): { actions: SyncAction[]; useful: boolean } {
    const { from, joined, now } = context;
    const actions: SyncAction[] = [];
    const added: KeptEntry[] = [];
    let useful = false;
    for (const verified of entries) {
      const { author, seq } = verified.entry;
      const head = verified.hash.slice(0, HEAD_CHARS);
      this.#peers.noteSent(from, channel, { author, seq, head });
      const { kept, fork, dropped } = this.#add(context, verified, isPushed);
      useful ||= kept !== undefined || fork !== undefined;
      if (dropped !== undefined) actions.push(...forget(channel, dropped));
      if (fork !== undefined) {
        const known = { author, user: verified.user, fork };
        actions.push(...this.#closeLog(joined, known));
      }
      if (kept === undefined) continue;
      added.push(kept);
      this.#counting.came(joined, kept, { source: from, now });
      if (isPushed) actions.push(...this.#telling.spread(kept, now, from));
      else this.#telling.later(this.members(channel), kept, now);
    }
    if (added.length > 0) actions.push({ type: "keep", channel, kept: added });
    return { actions: [...actions, ...this.#prune(joined, now)], useful };
  }

  #add(
    { linked, joined, now }: Context,
    verified: VerifiedEntry,
    isPushed: boolean,
  ) {
    const { time } = verified.entry;
    const isSlow = isPushed && this.#clock.isBehind(time, now);
    const via = linked.user === verified.user ? undefined : linked.user;
    const receivedAt = this.#clock.trueTime(now);
    const result = joined.log.add(verified, { receivedAt, via, isSlow });
    if (result.kept === undefined) return result;
    this.#clock.observe(time, now);
    return result;
  }

  #receiveFork(
    { from, joined }: Context,
    { proof: [a, b] }: ForkFound<VerifiedEntry>,
  ): SyncAction[] {
    const { author } = a.entry;
    const fork = forkOf(a, b);
    if (fork === undefined) {
      return [{ type: "strike", peer: from, reason: "proof of no fork" }];
    }
    this.#peers.noteCertified(from, author);
    return this.#closeLog(joined, { author, user: a.user, fork });
  }

  /** Rule 7. */
  #closeLog({ log }: Joined, known: KnownFork): SyncAction[] {
    const isFirst = log.forkBy(known.author) === undefined;
    if (!log.close(known)) return [];
    const { channel } = log;
    return [
      { type: "fork-found", channel, known, isFirst },
      ...this.#telling.fork(channel, known, this.members(channel)),
    ];
  }

  #tellAll(to: PeerId, channel: ChannelName, now: number): SyncAction[] {
    const joined = this.#joined.get(channel);
    return joined === undefined ? [] : this.#telling.all(to, joined, now);
  }

  /** By the store, or by what others gave back of what it had lost. */
  #ownHead(channel: ChannelName): OwnHead | undefined {
    const key = this.#key ?? "";
    const head = this.#heads.get(channel)?.get(key);
    const held = this.#joined.get(channel)?.log.newestOf(key);
    return (held?.seq ?? 0) > (head?.seq ?? 0) ? held : head;
  }

  #raiseHead(channel: ChannelName, author: DeviceKey, head: OwnHead): void {
    const heads = this.#heads.get(channel) ?? new Map<DeviceKey, OwnHead>();
    this.#heads.set(channel, heads);
    if (head.seq > (heads.get(author)?.seq ?? 0)) heads.set(author, head);
  }

  #prune({ log }: Joined, now: number): SyncAction[] {
    return forget(log.channel, log.prune(this.#clock.trueTime(now)));
  }
}

function forget(channel: ChannelName, dropped: KeptEntry[]): SyncAction[] {
  return dropped.length === 0 ? [] : [{ type: "forget", channel, dropped }];
}
