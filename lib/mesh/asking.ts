/**
 * Decides what is asked of whom: the half of the sync core that fetches. Shares
 * the memory of linked peers with the other half, which tells and answers.
 * @module
 */
import type { DeviceKey } from "../wire/device_key.ts";
import type { HeldRun, Range, Want } from "../wire/link.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { Broadcast } from "./broadcast.ts";
import type { LinkedPeer, LinkedPeers } from "./linked_peers.ts";
import type {
  Context,
  Joined,
  SyncAction,
  VerifiedMessage,
} from "./sync_state.ts";

export const WANT_TIMEOUT_MS = 5_000;
/** An entry that came before the one below it: that may be on its way. */
const GAP_PATIENCE_MS = 100;

export class Asking {
  readonly #peers: LinkedPeers;
  readonly #broadcast: Broadcast;
  /** When a push has been waited for long enough. */
  #dueAt = Infinity;

  constructor(peers: LinkedPeers, broadcast: Broadcast) {
    this.#peers = peers;
    this.#broadcast = broadcast;
  }

  get dueAt(): number {
    return Math.min(this.#dueAt, this.#peers.questionsDueAt);
  }

  /** Gives up questions that were not answered in time. */
  tick(joined: ReadonlyMap<ChannelName, Joined>, now: number): SyncAction[] {
    for (const [, linked] of this.#peers) {
      for (const [channel, { until }] of linked.questions) {
        if (until > now) continue;
        linked.questions.delete(channel);
        linked.unanswered++;
      }
    }
    this.#dueAt = Infinity;
    return [...joined.values()].flatMap((one) => this.decide(one, now));
  }

  /** `from` says that it holds these: is there what we lack, or dispute? */
  compare(
    context: Context,
    author: DeviceKey,
    runs: readonly HeldRun[],
  ): void {
    const { from, linked, joined: { log, missing }, now } = context;
    const { channel } = log;
    for (const { held: [, last], head } of runs) {
      const ours = log.headAt({ author, seq: last });
      if (ours === undefined || ours === head) continue;
      const range = { author, after: last - 1, upTo: last };
      return this.#peers.dispute(from, channel, range);
    }
    const gap = log.newestGap(author, runs);
    if (gap === undefined) return;
    // What is new may be on its way as a push; what is old is not.
    const isNews = linked.heard.has(channel) && gap.upTo > log.last(author);
    if (!isNews) return missing.add(author, { askAt: now });
    const authorIsLinked = this.#peers.ofDevice(author, channel) !== undefined;
    const askAt = now +
      this.#broadcast.patienceMs(channel, from, { authorIsLinked });
    missing.add(author, { askAt, announced: { by: from, at: now } });
  }

  /** A pushed entry of `author` was new here; is anything below it missing? */
  pushed(
    { from, joined: { log, missing }, now }: Context,
    author: DeviceKey,
  ): SyncAction[] {
    const { channel } = log;
    if (log.hasGap(author)) {
      missing.add(author, { askAt: now + GAP_PATIENCE_MS });
    }
    const announced = missing.get(author)?.announced;
    if (announced === undefined || announced.by === from) return [];
    const isShortcut = this.#broadcast.overtaken(channel, {
      announcer: announced.by,
      pusher: from,
      byMs: now - announced.at,
    });
    if (!isShortcut) return [];
    const graft: Want = { type: "want", channel, ranges: [], graft: true };
    return [
      { type: "send", to: announced.by, message: graft },
      { type: "send", to: from, message: { type: "prune", channel } },
    ];
  }

  /** An answer, or a part of one, has come; `useful` where it brought news. */
  answered(
    { from, linked, joined: { log }, now }: Context,
    { useful, more, uncertified }: {
      useful: boolean;
      more: boolean;
      uncertified: VerifiedMessage["uncertified"];
    },
  ): void {
    const { channel } = log;
    const question = linked.questions.get(channel);
    if (question === undefined) return;
    linked.unanswered = 0;
    question.useful ||= useful;
    question.until = now + WANT_TIMEOUT_MS;
    if (more) return;
    linked.questions.delete(channel);
    if (uncertified && !linked.uncertified.has(channel)) {
      linked.uncertified.add(channel);
      return;
    }
    linked.uncertified.delete(channel);
    if (question.useful) return;
    // It does not have what it said it has.
    this.#peers.doubt(from, channel, question.ranges);
  }

  /** Asks for what is missing in a channel, as the rules of sync.ts say. */
  decide({ log, missing }: Joined, now: number): SyncAction[] {
    const { channel } = log;
    const wants = this.#disputes(channel);
    const grafts = new Set<PeerId>();
    const asked = missing.size > 0
      ? this.#peers.authorsAsked(channel)
      : new Set();
    for (const author of missing.due(now)) {
      if (asked.has(author)) continue;
      const holder = this.#peers.holderFor(author, {
        channel,
        wants,
        gapTo: (theirs) => log.newestGap(author, theirs),
      });
      const isLive = missing.get(author)?.announced !== undefined;
      if (holder === "nobody") missing.delete(author);
      if (typeof holder === "string") continue;
      const { peer, range } = holder;
      wants.set(peer, [...wants.get(peer) ?? [], range]);
      if (isLive && this.#broadcast.graft(channel, peer)) grafts.add(peer);
    }
    this.#dueAt = Math.min(this.#dueAt, missing.dueAfter(now));
    return [...wants].map(([to, ranges]) =>
      this.#ask({ to, channel, ranges, graft: grafts.has(to) }, now)
    );
  }

  #ask(
    { to, channel, ranges, graft }: {
      to: PeerId;
      channel: ChannelName;
      ranges: Range[];
      graft: boolean;
    },
    now: number,
  ): SyncAction {
    const linked = this.#peers.get(to) as LinkedPeer;
    const until = now + WANT_TIMEOUT_MS;
    linked.questions.set(channel, { ranges, until, useful: false });
    const message: Want = { type: "want", channel, ranges };
    if (graft) message.graft = true;
    if (linked.uncertified.has(channel)) message.certificates = true;
    return { type: "send", to, message };
  }

  /** Whoever says it holds another entry than we do is asked to show it. */
  #disputes(channel: ChannelName): Map<PeerId, Range[]> {
    const wants = new Map<PeerId, Range[]>();
    for (const [peer, linked] of this.#peers) {
      const disputed = linked.disputed.get(channel);
      if (disputed === undefined || linked.questions.has(channel)) continue;
      wants.set(peer, [...disputed.values()]);
      linked.disputed.delete(channel);
    }
    return wants;
  }
}
