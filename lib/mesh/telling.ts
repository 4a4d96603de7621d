/**
 * Decides what is told to whom, unasked and in answer: the half of the sync
 * core that gives. Shares the memory of linked peers with the other half, which
 * asks.
 * @module
 */
import type { DeviceKey } from "../wire/device_key.ts";
import type { Certificate } from "../wire/identity.ts";
import type { Digest, EntryWritten, Have, Vector, Want } from "../wire/link.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { Broadcast } from "./broadcast.ts";
import type { ChannelLog } from "./channel_log.ts";
import { digestOf } from "./digest.ts";
import type { LinkedPeer, LinkedPeers } from "./linked_peers.ts";
import { answerPages, forkMessage, haves } from "./sync_messages.ts";
import type { Context, Joined, KnownFork, SyncAction } from "./sync_state.ts";
import {
  type KeptEntry,
  signedOf,
  type VerifiedEntry,
} from "./verified_entry.ts";

export const HAVE_DELAY_MS = 100;
export const DIGEST_MS = 30_000;
/** Somebody whose digest differs is told all that we hold, so often at most. */
export const TELL_ALL_MS = 10_000;
/** Of nothing that anybody could hold. */
const NO_DIGEST = "0";
/** Forks of a channel that a new link is told of. */
export const FORKS_TOLD_MAX = 32;

export class Telling {
  readonly #peers: LinkedPeers;
  readonly #broadcast: Broadcast;
  readonly #certificateOf: (author: DeviceKey) => Certificate | undefined;
  #tellAt = Infinity;
  #digestAt = Infinity;

  constructor({ peers, broadcast, certificateOf }: {
    peers: LinkedPeers;
    broadcast: Broadcast;
    certificateOf: (author: DeviceKey) => Certificate | undefined;
  }) {
    this.#peers = peers;
    this.#broadcast = broadcast;
    this.#certificateOf = certificateOf;
  }

  get dueAt(): number {
    return Math.min(this.#tellAt, this.#digestAt);
  }

  tick(joined: Iterable<Joined>, now: number): SyncAction[] {
    return [
      ...(this.#tellAt <= now ? this.#tellNews(joined) : []),
      ...(this.#digestAt <= now ? this.#tellDigests(joined, now) : []),
    ];
  }

  /** Somebody is linked, or nobody any more. */
  linksChanged(now: number): void {
    if (this.#peers.size === 0) this.#digestAt = Infinity;
    else if (this.#digestAt === Infinity) this.#digestAt = now + DIGEST_MS;
  }

  /**
   * All that we hold of a channel, in as many messages as it takes: one at
   * least, for the other side waits to hear that we hold nothing of its log.
   */
  all(to: PeerId, { log, restored }: Joined, now: number): SyncAction[] {
    const { channel } = log;
    const linked = this.#peers.get(to);
    if (!linked?.channels.has(channel)) return [];
    linked.untold.delete(channel);
    linked.toldAllAt.set(channel, now);
    const forks = [...log.forks()].slice(0, FORKS_TOLD_MAX);
    const messages = haves(channel, vectorFor(linked, log));
    if (messages.length === 0 && restored) {
      messages.push({ type: "have", channel, vector: new Map() });
    }
    return [
      ...messages
        .map((message): SyncAction => ({ type: "send", to, message })),
      ...forks.flatMap((known) => this.fork(channel, known, [to])),
    ];
  }

  /** Sends an entry on along the tree; `from` pushed it, or it is our own. */
  spread(kept: KeptEntry, now: number, from?: PeerId): SyncAction[] {
    const { channel, author } = kept.entry;
    const { push, tell } = this.#broadcast.route(channel, from);
    this.later(tell, kept, now);
    const certificate = this.#certificateOf(author);
    const written: EntryWritten = {
      type: "entry-written",
      channel,
      entry: signedOf(kept),
      certificates: [],
    };
    const certified = {
      ...written,
      certificates: certificate === undefined ? [] : [certificate],
    };
    return push.map((to) => {
      const hasIt = this.#peers.get(to)?.certified.has(author);
      this.#peers.noteCertified(to, author);
      return { type: "send", to, message: hasIt ? written : certified };
    });
  }

  /** They are told within HAVE_DELAY_MS how far we hold that author. */
  later(
    peers: PeerId[],
    { entry: { channel, author } }: VerifiedEntry,
    now: number,
  ): void {
    for (const peer of peers) this.#peers.tellOf(peer, channel, author);
    if (peers.length === 0) return;
    this.#tellAt = Math.min(this.#tellAt, now + HAVE_DELAY_MS);
  }

  answer(
    { from, linked, joined: { log } }: Context,
    { ranges, graft, certificates }: Want,
  ): SyncAction[] {
    if (graft) this.#broadcast.grafted(log.channel, from);
    if (ranges.length === 0) return [];
    const pages = answerPages(
      log,
      ranges,
      (author) =>
        linked.certified.has(author) && !certificates
          ? undefined
          : this.#certificateOf(author),
    );
    return pages.map((message) => {
      for (const { key } of message.certificates) {
        this.#peers.noteCertified(from, key);
      }
      return { type: "send", to: from, message };
    });
  }

  /** The other side's digest has come. */
  digest(
    { from, linked, joined, now }: Context,
    { digest }: Digest,
  ): SyncAction[] {
    const toldAt = linked.toldAllAt.get(joined.log.channel) ?? -Infinity;
    if (toldAt > now - TELL_ALL_MS) return [];
    if (digest === digestOf(joined.log.vector())) return [];
    return this.all(from, joined, now);
  }

  fork(
    channel: ChannelName,
    { author, fork }: KnownFork,
    to: PeerId[],
  ): SyncAction[] {
    const certificate = this.#certificateOf(author);
    const message = forkMessage(channel, fork, certificate);
    if (message === undefined) return [];
    return to.map((peer) => ({ type: "send", to: peer, message }));
  }

  /** Rule 5. */
  #tellNews(joined: Iterable<Joined>): SyncAction[] {
    this.#tellAt = Infinity;
    const actions: SyncAction[] = [];
    for (const { log } of joined) {
      const { channel } = log;
      // Most are told the same: one message for all of them.
      const told = new Map<string, Have[]>();
      for (const [to, { untold }] of this.#peers) {
        const authors = untold.get(channel);
        if (authors === undefined) continue;
        untold.delete(channel);
        const names = [...authors].join();
        const messages = told.get(names) ?? haves(channel, log.vector(authors));
        told.set(names, messages);
        for (const message of messages) {
          actions.push({ type: "send", to, message });
        }
      }
    }
    return actions;
  }

  /** Rule 6. Whoever has told nothing yet, or nothing true, is to tell all. */
  #tellDigests(joined: Iterable<Joined>, now: number): SyncAction[] {
    this.#digestAt = now + DIGEST_MS;
    return [...joined].flatMap(({ log }) => {
      const { channel } = log;
      const digest = digestOf(log.vector());
      const message: Digest = { type: "digest", channel, digest };
      return this.#peers.members(channel).map((to): SyncAction =>
        this.#peers.get(to)?.heard.has(channel)
          ? { type: "send", to, message }
          : { type: "send", to, message: { ...message, digest: NO_DIGEST } }
      );
    });
  }
}

/** What we hold of its own log comes first: it may be waiting for that. */
function vectorFor({ device }: LinkedPeer, log: ChannelLog): Vector {
  const vector = log.vector();
  const own = device === undefined ? undefined : vector.get(device);
  return own === undefined
    ? vector
    : new Map([[device as DeviceKey, own], ...vector]);
}
