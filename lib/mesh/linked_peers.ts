/**
 * What is known of each linked peer: the channels it is in, what it holds of
 * them, which certificates it has, and the question that is open to it. Memory
 * of the sync core; it decides only who is the best to ask.
 * @module
 */
import type { DeviceKey } from "../wire/device_key.ts";
import type { EntryRef } from "../wire/entry.ts";
import {
  type HeldRun,
  type Range,
  RANGES_PER_WANT_MAX,
  RUNS_PER_AUTHOR_MAX,
} from "../wire/link.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import { CHANNELS_PER_PEER_MAX, type PeerInfo } from "../wire/tracker_api.ts";

/** A peer that names endless authors gets no more of our memory than this. */
export const AUTHORS_PER_VECTOR_MAX = 6_400;
/** Beyond it certificates are sent twice rather than remembered as sent. */
export const CERTIFIED_PER_PEER_MAX = 8_000;

export interface Question {
  ranges: Range[];
  /** Past this time, ms since 1970, somebody else is asked. */
  until: number;
  /** Some of what was asked for has come. */
  useful: boolean;
}

export interface LinkedPeer {
  user: string;
  /** Of its device, where its hello named one. */
  device: DeviceKey | undefined;
  channels: Set<ChannelName>;
  vectors: Map<ChannelName, Map<DeviceKey, readonly HeldRun[]>>;
  questions: Map<ChannelName, Question>;
  /** Channels of which it has told what it holds, as far as is known. */
  heard: Set<ChannelName>;
  /** When it was last told all that we hold. */
  toldAllAt: Map<ChannelName, number>;
  /** Authors of whom it is to be told soon. */
  untold: Map<ChannelName, Set<DeviceKey>>;
  /** Places at which it says it holds another entry than we do. */
  disputed: Map<ChannelName, Map<DeviceKey, Range>>;
  /** Authors whose certificate it has. */
  certified: Set<DeviceKey>;
  /** Channels in which we lack the certificate of an entry that it sent. */
  uncertified: Set<ChannelName>;
  /** Questions it left unanswered: it is asked after the others. */
  unanswered: number;
}

export interface LinkedInfo extends PeerInfo {
  device?: DeviceKey | undefined;
  /** It understands what is said about files. */
  speaksFiles?: boolean;
}

export class LinkedPeers {
  readonly #peers = new Map<PeerId, LinkedPeer>();

  add({ peer, user, device }: LinkedInfo, channels: ChannelName[]): void {
    this.#peers.set(peer, {
      user,
      device,
      channels: new Set(channels),
      vectors: new Map(),
      questions: new Map(),
      heard: new Set(),
      toldAllAt: new Map(),
      untold: new Map(),
      disputed: new Map(),
      certified: new Set(device === undefined ? [] : [device]),
      uncertified: new Set(),
      unanswered: 0,
    });
  }

  get size(): number {
    return this.#peers.size;
  }

  get(peer: PeerId): LinkedPeer | undefined {
    return this.#peers.get(peer);
  }

  delete(peer: PeerId): void {
    this.#peers.delete(peer);
  }

  [Symbol.iterator](): MapIterator<[PeerId, LinkedPeer]> {
    return this.#peers.entries();
  }

  /**
   * The newest entry of `author` that members of `channel` say they hold, 0 for
   * none; undefined where nobody is there, or somebody has not told yet.
   */
  toldOf(author: DeviceKey, channel: ChannelName): number | undefined {
    const members = this.members(channel);
    const isTold = members.length > 0 &&
      members.every((peer) => this.#peers.get(peer)?.heard.has(channel));
    if (!isTold) return undefined;
    const last = members.map((peer) =>
      this.heldBy(peer, channel, author).at(-1)?.held[1] ?? 0
    );
    return Math.max(...last);
  }

  /** Whether any of them has not told of `channel` yet, or not answered. */
  owe(channel: ChannelName): boolean {
    return this.members(channel).some((peer) => {
      const linked = this.#peers.get(peer);
      return !linked?.heard.has(channel) || linked.questions.has(channel);
    });
  }

  members(channel: ChannelName): PeerId[] {
    const members: PeerId[] = [];
    for (const [peer, { channels }] of this.#peers) {
      if (channels.has(channel)) members.push(peer);
    }
    return members;
  }

  /** False where the peer names more channels than one may be in. */
  join(peer: PeerId, channel: ChannelName): boolean {
    const channels = this.#peers.get(peer)?.channels;
    if (channels === undefined) return false;
    if (channels.size >= CHANNELS_PER_PEER_MAX && !channels.has(channel)) {
      return false;
    }
    channels.add(channel);
    return true;
  }

  leave(peer: PeerId, channel: ChannelName): void {
    const linked = this.#peers.get(peer);
    linked?.channels.delete(channel);
    if (linked !== undefined) forget(linked, channel);
  }

  /** We left `channel`: what was known of it is not kept up any more. */
  forgetChannel(channel: ChannelName): void {
    for (const linked of this.#peers.values()) forget(linked, channel);
  }

  /** The linked peer in `channel` whose key that is. */
  ofDevice(device: DeviceKey, channel: ChannelName): PeerId | undefined {
    for (const [peer, linked] of this.#peers) {
      if (linked.device === device && linked.channels.has(channel)) return peer;
    }
    return undefined;
  }

  tellOf(peer: PeerId, channel: ChannelName, author: DeviceKey): void {
    const untold = this.#peers.get(peer)?.untold;
    const authors = untold?.get(channel);
    if (authors === undefined) untold?.set(channel, new Set([author]));
    else authors.add(author);
  }

  dispute(peer: PeerId, channel: ChannelName, range: Range): void {
    const disputed = this.#peers.get(peer)?.disputed;
    const ranges = disputed?.get(channel);
    if (ranges === undefined) {
      disputed?.set(channel, new Map([[range.author, range]]));
    } else if (ranges.size < RANGES_PER_WANT_MAX) {
      ranges.set(range.author, range);
    }
  }

  heldBy(
    peer: PeerId,
    channel: ChannelName,
    author: DeviceKey,
  ): readonly HeldRun[] {
    return this.#peers.get(peer)?.vectors.get(channel)?.get(author) ?? [];
  }

  noteHeld(
    peer: PeerId,
    channel: ChannelName,
    [author, runs]: readonly [DeviceKey, readonly HeldRun[]],
  ): void {
    const linked = this.#peers.get(peer);
    if (linked === undefined || !linked.channels.has(channel)) return;
    let vector = linked.vectors.get(channel);
    if (vector === undefined) {
      vector = new Map();
      linked.vectors.set(channel, vector);
    }
    if (vector.size >= AUTHORS_PER_VECTOR_MAX && !vector.has(author)) return;
    vector.set(author, runs);
  }

  /** It sent that entry, so it holds it, and has its author's certificate. */
  noteSent(
    peer: PeerId,
    channel: ChannelName,
    { author, seq, head }: EntryRef & { head: string },
  ): void {
    this.noteCertified(peer, author);
    const runs = [...this.heldBy(peer, channel, author)];
    const [floor, last] = runs.at(-1)?.held ?? [0, 0];
    // What it holds below its newest it tells by itself.
    if (seq <= last) return;
    const isNext = seq === last + 1 && last > 0;
    const held = [isNext ? floor : seq - 1, seq] as const;
    runs.splice(isNext ? -1 : runs.length, 1, { held, head });
    const known = runs.slice(-RUNS_PER_AUTHOR_MAX);
    this.noteHeld(peer, channel, [author, known]);
  }

  /** What it said it holds of these authors is not believed until it tells anew. */
  doubt(peer: PeerId, channel: ChannelName, ranges: Range[]): void {
    const linked = this.#peers.get(peer);
    linked?.heard.delete(channel);
    for (const { author } of ranges) {
      linked?.vectors.get(channel)?.delete(author);
    }
  }

  noteCertified(peer: PeerId, author: DeviceKey): void {
    const certified = this.#peers.get(peer)?.certified;
    if (certified === undefined) return;
    if (certified.size >= CERTIFIED_PER_PEER_MAX) certified.clear();
    certified.add(author);
  }

  /** Peers whose last word is that they hold that entry. */
  holders(channel: ChannelName, { author, seq }: EntryRef): PeerId[] {
    return this.members(channel).filter((peer) =>
      covers(this.heldBy(peer, channel, author), seq)
    );
  }

  authorsAsked(channel: ChannelName): Set<DeviceKey> {
    const authors = new Set<DeviceKey>();
    for (const linked of this.#peers.values()) {
      for (const { author } of linked.questions.get(channel)?.ranges ?? []) {
        authors.add(author);
      }
    }
    return authors;
  }

  /** The earliest end of an open question, Infinity where none is open. */
  get questionsDueAt(): number {
    let due = Infinity;
    for (const linked of this.#peers.values()) {
      for (const { until } of linked.questions.values()) {
        due = Math.min(due, until);
      }
    }
    return due;
  }

  /**
   * Whom to ask for what `gapTo` finds missing: of those that answer best
   * whoever has the newest of it and the fewest questions. What a peer claims
   * counts less than whether it answers, and one that answers is waited for:
   * else whoever claims the most could keep everybody from asking others.
   * `wants` is what the same decision has put to each peer already.
   */
  holderFor(
    author: DeviceKey,
    { channel, wants, gapTo }: {
      channel: ChannelName;
      wants: ReadonlyMap<PeerId, Range[]>;
      gapTo(theirs: readonly HeldRun[]): Range | undefined;
    },
  ): { peer: PeerId; range: Range } | "busy" | "nobody" {
    let best: Candidate | undefined;
    for (const [peer, linked] of this.#peers) {
      const runs = linked.vectors.get(channel)?.get(author);
      const range = runs && gapTo(runs);
      if (range === undefined) continue;
      const { unanswered, questions } = linked;
      const queued = wants.get(peer)?.length ?? 0;
      const busy = questions.has(channel) || queued >= RANGES_PER_WANT_MAX;
      const next = { peer, range, unanswered, busy, queued };
      if (best === undefined || isBetter(next, best)) best = next;
    }
    return best?.busy ? "busy" : best ?? "nobody";
  }
}

interface Candidate {
  peer: PeerId;
  range: Range;
  unanswered: number;
  busy: boolean;
  /** Ranges that it is asked for in the same message. */
  queued: number;
}

function isBetter(a: Candidate, b: Candidate): boolean {
  const order = a.unanswered - b.unanswered || +a.busy - +b.busy ||
    b.range.upTo - a.range.upTo || a.queued - b.queued;
  return order < 0;
}

/** Whether entry `seq` is in one of the runs. */
export function covers(runs: readonly HeldRun[], seq: number): boolean {
  return runs.some(({ held: [floor, last] }) => floor < seq && seq <= last);
}

function forget(linked: LinkedPeer, channel: ChannelName): void {
  linked.vectors.delete(channel);
  linked.questions.delete(channel);
  linked.heard.delete(channel);
  linked.toldAllAt.delete(channel);
  linked.untold.delete(channel);
  linked.disputed.delete(channel);
  linked.uncertified.delete(channel);
}
