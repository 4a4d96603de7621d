/**
 * Who holds what: asks linked members for files that are wanted here, tells
 * those who asked what lies here, and in channels that are no full mesh passes
 * questions and answers on, a bounded number of links far.
 *
 * Those who asked are remembered, so what comes later is told as well, and a
 * question for a file that was passed on a moment ago waits for that answer
 * instead of going out again: a thousand who want one file at a time ask each
 * link once. Pure: times and chance are given.
 * @module
 */
import type { Random } from "../random.ts";
import { type Rate, TokenBucket } from "../token_bucket.ts";
import type { FileHash } from "../wire/file.ts";
import {
  type FileKey,
  FILES_PER_HELD_MAX,
  FILES_PER_SEEK_MAX,
  type FilesFound,
  type FilesHeld,
  type Holding,
  SEEK_TTL_MAX,
  type SeekFiles,
} from "../wire/file_messages.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { PeerInfo } from "../wire/tracker_api.ts";
import type { FileAction } from "./file_actions.ts";
import type { HeldOf } from "./file_fetches.ts";

/** Files that one linked peer is remembered to seek; the oldest is forgotten. */
export const SEEKS_PER_PEER_MAX = 1_000;
/** Of a file that is still coming in it is told so often what came. */
export const TELL_MS = 2_000;
/** How far a search goes that found nobody, and after how long the next goes. */
export const SEARCH_STEPS = [
  { ttl: 1, nextMs: 2_000 },
  { ttl: 2, nextMs: 5_000 },
  { ttl: 4, nextMs: 20_000 },
  { ttl: SEEK_TTL_MAX, nextMs: 120_000 },
] as const;
const LAST_STEP = SEARCH_STEPS[3];
/** A file that was sent here is asked after so often, and then of who seeks it. */
export const WATCH_STEPS_MS = [2_000, 5_000] as const;
/** Files of which one is told who holds them; the oldest is forgotten. */
export const WATCHED_MAX = 100;
/** A question is not passed on again, no further than before, for so long. */
export const PASSED_MS = 30_000;
/** Questions that are remembered to have been passed on. */
export const PASSED_MAX = 2_000;
/** Files for which one linked peer may have others asked. */
export const PASS_RATE: Rate = { perSecond: 5, burst: 200 };
/** Holders that are named to whoever asked, and that one tries to meet. */
export const HOLDERS_NAMED_MAX = 4;

export interface FileSearchOptions {
  self: PeerId;
  heldOf: HeldOf;
  /** Whether a message kept of that channel shares the file. */
  isShared(hash: FileHash, channel: ChannelName): boolean;
  /** Whether all members of the channel are linked to each other. */
  isFullMesh(channel: ChannelName): boolean;
  /** Whether anybody linked is known to have any of a file that is sought. */
  hasHolder(hash: FileHash): boolean;
  random: Random;
}

/** What a linked peer asked for. */
interface Ask {
  file: FileKey;
  channel: ChannelName;
  /** How many pieces it was told of. */
  told: number;
  /** It is to be told of others as well. */
  far: boolean;
  named: Set<PeerId>;
}

interface Linked extends PeerInfo {
  channels: Set<ChannelName>;
  asks: Map<FileHash, Ask>;
  passes: TokenBucket;
}

/** A file that is sought here. */
interface Seek {
  file: FileKey;
  channels: readonly ChannelName[];
  step: number;
  nextAt: number;
  met: Set<PeerId>;
}

/** A file that was sent here: who has it by now? */
interface Watch {
  file: FileKey;
  channel: ChannelName;
  step: number;
  nextAt: number;
  /** They seek it themselves, and know that we want to be told. */
  asked: Set<PeerId>;
}

export class FileSearch {
  readonly #options: FileSearchOptions;
  readonly #linked = new Map<PeerId, Linked>();
  readonly #seeks = new Map<FileHash, Seek>();
  readonly #watches = new Map<FileHash, Watch>();
  /** Questions passed on: until when they count, and how far they went. */
  readonly #passed = new Map<string, { until: number; ttl: number }>();
  /** Files of which more came in than was told. */
  readonly #untold = new Set<FileHash>();
  #tellAt = Infinity;

  constructor(options: FileSearchOptions) {
    this.#options = options;
  }

  get dueAt(): number {
    let due = this.#tellAt;
    for (const asking of [this.#seeks, this.#watches]) {
      for (const { nextAt } of asking.values()) due = Math.min(due, nextAt);
    }
    return due;
  }

  /** Whether that peer is in a channel that shares the file. */
  isFor(peer: PeerId, hash: FileHash): boolean {
    const channels = this.#linked.get(peer)?.channels ?? [];
    return [...channels]
      .some((channel) => this.#options.isShared(hash, channel));
  }

  linkUp(info: PeerInfo, channels: ChannelName[], now: number): FileAction[] {
    this.#linked.set(info.peer, {
      ...{ peer: info.peer, user: info.user },
      channels: new Set(channels),
      asks: new Map(),
      passes: new TokenBucket(PASS_RATE, now),
    });
    return channels.flatMap((channel) => this.#askAll(info.peer, channel));
  }

  linkDown(peer: PeerId): void {
    this.#linked.delete(peer);
    for (const { asked } of this.#watches.values()) asked.delete(peer);
  }

  joined(peer: PeerId, channel: ChannelName): FileAction[] {
    const channels = this.#linked.get(peer)?.channels;
    if (channels === undefined || channels.has(channel)) return [];
    channels.add(channel);
    return this.#askAll(peer, channel);
  }

  left(peer: PeerId, channel: ChannelName): void {
    this.#linked.get(peer)?.channels.delete(channel);
  }

  /** Has linked members of these channels, which share it, tell who holds it. */
  seek(
    file: FileKey,
    channels: readonly ChannelName[],
    now: number,
  ): FileAction[] {
    const nextAt = now + SEARCH_STEPS[0].nextMs;
    const seek = { file, channels, step: 0, nextAt, met: new Set<PeerId>() };
    this.#seeks.set(file.hash, seek);
    return this.#send(seek, SEARCH_STEPS[0].ttl);
  }

  unseek(hash: FileHash): FileAction[] {
    const seek = this.#seeks.get(hash);
    if (!this.#seeks.delete(hash) || seek === undefined) return [];
    const asked = [...this.#linked.values()]
      .filter(({ channels }) => seek.channels.some((one) => channels.has(one)));
    return asked.map(({ peer: to }): FileAction => {
      return {
        type: "send",
        to,
        message: { type: "unseek-files", hashes: [hash] },
      };
    });
  }

  /** Has members of the channel tell when they hold a file that was sent here. */
  watch(file: FileKey, channel: ChannelName, now: number): FileAction[] {
    const nextAt = now + WATCH_STEPS_MS[0];
    const watch = { file, channel, step: 0, nextAt, asked: new Set<PeerId>() };
    this.#watches.delete(file.hash);
    this.#watches.set(file.hash, watch);
    const [oldest] = this.#watches.keys();
    if (this.#watches.size > WATCHED_MAX && oldest !== undefined) {
      this.#watches.delete(oldest);
    }
    return this.#send({ file, channels: [channel] }, 1);
  }

  isWatched(hash: FileHash): boolean {
    return this.#watches.has(hash);
  }

  unwatch(hash: FileHash): void {
    this.#watches.delete(hash);
  }

  /** A piece of it came in, or it is here from now on. */
  heldChanged(file: FileKey, now: number): FileAction[] {
    const isAskedFor = [...this.#linked.values()]
      .some(({ asks }) => asks.has(file.hash));
    if (!isAskedFor) return [];
    this.#untold.add(file.hash);
    if (this.#options.heldOf(file)?.isWhole === true) return this.#tell();
    this.#tellAt = Math.min(this.#tellAt, now + TELL_MS);
    return [];
  }

  sought(from: PeerId, message: SeekFiles, now: number): FileAction[] {
    const linked = this.#linked.get(from);
    const { channel } = message;
    if (linked === undefined || !linked.channels.has(channel)) return [];
    const files = message.files
      .filter(({ hash }) => this.#options.isShared(hash, channel));
    for (const file of files) remember(linked, { file, ...message });
    const hashes = files.map(({ hash }) => hash);
    return [
      ...this.#tellOf(linked, hashes),
      ...this.#askBack(from, hashes),
      ...this.#passOn(linked, { ...message, files }, now),
    ];
  }

  unsought(from: PeerId, hashes: readonly FileHash[]): void {
    for (const hash of hashes) this.#linked.get(from)?.asks.delete(hash);
  }

  /** A linked peer holds all of these: those who asked from afar are told. */
  held(from: PeerId, { files }: FilesHeld): FileAction[] {
    const holder = this.#linked.get(from);
    if (holder === undefined) return [];
    const whole = files.filter(({ held }) => held === "all");
    const { peer, user } = holder;
    return whole.flatMap(({ hash, size }) =>
      [...holder.channels].flatMap((channel) =>
        this.#name({ hash, size, holder: { peer, user } }, channel, from)
      )
    );
  }

  /** Somebody out of reach holds these, says one who is linked to us. */
  found(from: PeerId, { channel, files }: FilesFound): FileAction[] {
    if (!this.#linked.get(from)?.channels.has(channel)) return [];
    return files.flatMap((file) => [
      ...this.#meet(file.hash, channel, file.holder),
      ...this.#name(file, channel, from),
    ]);
  }

  tick(now: number): FileAction[] {
    const actions = this.#tellAt <= now ? this.#tell() : [];
    for (const seek of this.#seeks.values()) {
      if (seek.nextAt <= now) actions.push(...this.#searchOn(seek, now));
    }
    for (const watch of this.#watches.values()) {
      if (watch.nextAt <= now) actions.push(...this.#watchOn(watch, now));
    }
    return actions;
  }

  /** The next step of a search, further out where nobody was found. */
  #searchOn(seek: Seek, now: number): FileAction[] {
    seek.step = Math.min(SEARCH_STEPS.length - 1, seek.step + 1);
    const { ttl, nextMs } = SEARCH_STEPS[seek.step] ?? LAST_STEP;
    seek.nextAt = now + nextMs * (0.5 + this.#options.random());
    seek.met.clear();
    if (this.#options.hasHolder(seek.file.hash)) return [];
    // Where all are linked they are asked again: one may not have known of the
    // message, so not of the file, when it was asked first.
    return seek.channels.flatMap((channel) => {
      const isNear = this.#options.isFullMesh(channel);
      return this.#send({ ...seek, channels: [channel] }, isNear ? 1 : ttl);
    });
  }

  /** One may not have known of the message when it was asked first. */
  #watchOn(watch: Watch, now: number): FileAction[] {
    const nextMs = WATCH_STEPS_MS[++watch.step] ?? Infinity;
    watch.nextAt = now + nextMs;
    return this.#send({ file: watch.file, channels: [watch.channel] }, 1);
  }

  /** Whoever seeks it knows the message, and will hold the file. */
  #askBack(to: PeerId, hashes: readonly FileHash[]): FileAction[] {
    return hashes.flatMap((hash): FileAction[] => {
      const watch = this.#watches.get(hash);
      if (watch === undefined || watch.asked.has(to)) return [];
      watch.asked.add(to);
      const { file, channel } = watch;
      const message = {
        ...{ type: "seek-files" as const, channel, files: [file], ttl: 1 },
      };
      return [{ type: "send", to, message }];
    });
  }

  #send(
    { file, channels }: Pick<Seek, "file" | "channels">,
    ttl: number,
  ): FileAction[] {
    const actions: FileAction[] = [];
    for (const { peer: to, channels: theirs } of this.#linked.values()) {
      const channel = channels.find((one) => theirs.has(one));
      if (channel === undefined) continue;
      const files = [file];
      const message = { type: "seek-files", channel, files, ttl } as const;
      actions.push({ type: "send", to, message });
    }
    return actions;
  }

  /** Everything that is sought or watched in `channel`, of one who is new in it. */
  #askAll(to: PeerId, channel: ChannelName): FileAction[] {
    const files = [
      ...[...this.#seeks.values()]
        .filter(({ channels }) => channels.includes(channel)),
      ...[...this.#watches.values()].filter((one) => one.channel === channel),
    ].map(({ file }) => file);
    return chunks(files, FILES_PER_SEEK_MAX).map((files) => {
      const message = { type: "seek-files", channel, files, ttl: 1 } as const;
      return { type: "send", to, message };
    });
  }

  #tell(): FileAction[] {
    this.#tellAt = Infinity;
    const hashes = [...this.#untold];
    this.#untold.clear();
    return [...this.#linked.values()]
      .flatMap((linked) => this.#tellOf(linked, hashes));
  }

  /** What lies here of what that peer asked for, as far as it is news. */
  #tellOf(
    { peer: to, asks }: Linked,
    hashes: readonly FileHash[],
  ): FileAction[] {
    const holdings: Holding[] = [];
    for (const hash of hashes) {
      const ask = asks.get(hash);
      const held = ask && this.#options.heldOf(ask.file);
      if (ask === undefined || held === undefined) continue;
      if (held.size <= ask.told && !held.isWhole) continue;
      ask.told = held.size;
      holdings.push({ ...ask.file, held: held.isWhole ? "all" : held.bits });
    }
    return chunks(holdings, FILES_PER_HELD_MAX).map((files) => {
      return { type: "send", to, message: { type: "files-held", files } };
    });
  }

  #passOn(
    { peer, passes }: Linked,
    { channel, files, ttl }: SeekFiles,
    now: number,
  ): FileAction[] {
    if (ttl <= 1) return [];
    const passed = files.filter((file) => {
      if (this.#options.heldOf(file)?.isWhole === true) return false;
      return this.#isNews(channel, file, { ttl, now }) && passes.take(now);
    });
    if (passed.length === 0) return [];
    const others = [...this.#linked.values()]
      .filter((one) => one.peer !== peer && one.channels.has(channel));
    const message: SeekFiles = {
      ...{ type: "seek-files", channel, files: passed, ttl: ttl - 1 },
    };
    return others.map(({ peer: to }) => ({ type: "send", to, message }));
  }

  /** Whether that question was not passed on, so far, a moment ago. */
  #isNews(
    channel: ChannelName,
    { hash, size }: FileKey,
    { ttl, now }: { ttl: number; now: number },
  ): boolean {
    const key = `${channel} ${hash} ${size}`;
    const before = this.#passed.get(key);
    if (before !== undefined && before.until > now && before.ttl >= ttl) {
      return false;
    }
    this.#passed.delete(key);
    this.#passed.set(key, { until: now + PASSED_MS, ttl });
    const [oldest] = this.#passed.keys();
    if (this.#passed.size > PASSED_MAX && oldest !== undefined) {
      this.#passed.delete(oldest);
    }
    return true;
  }

  /** Names a holder to all others who asked for that file in `channel`. */
  #name(
    file: FileKey & { holder: PeerInfo },
    channel: ChannelName,
    from: PeerId,
  ): FileAction[] {
    const actions: FileAction[] = [];
    for (const { peer: to, asks } of this.#linked.values()) {
      const ask = asks.get(file.hash);
      const { peer: holder } = file.holder;
      const isAsked = ask?.far === true && ask.channel === channel &&
        ask.file.size === file.size;
      if (!isAsked || to === from || to === holder) continue;
      const isNew = !ask.named.has(holder) &&
        ask.named.size < HOLDERS_NAMED_MAX;
      if (!isNew) continue;
      ask.named.add(holder);
      const files = [file];
      const message = { type: "files-found", channel, files } as const;
      actions.push({ type: "send", to, message });
    }
    return actions;
  }

  #meet(
    hash: FileHash,
    channel: ChannelName,
    holder: PeerInfo,
  ): FileAction[] {
    const { peer } = holder;
    const seek = this.#seeks.get(hash);
    if (seek === undefined || !seek.channels.includes(channel)) return [];
    if (peer === this.#options.self || this.#linked.has(peer)) return [];
    if (seek.met.has(peer) || seek.met.size >= HOLDERS_NAMED_MAX) return [];
    seek.met.add(peer);
    return [{ type: "meet", peer: holder, channel }];
  }
}

function remember(
  { asks }: Linked,
  { file, channel, ttl }: { file: FileKey; channel: ChannelName; ttl: number },
): void {
  const before = asks.get(file.hash);
  const isSame = before?.file.size === file.size;
  asks.delete(file.hash);
  asks.set(file.hash, {
    ...{ file, channel, told: 0 },
    far: ttl > 1 || (isSame && before.far),
    // Whoever asks again did not get far with those it knows.
    named: new Set(),
  });
  const [oldest] = asks.keys();
  if (asks.size > SEEKS_PER_PEER_MAX && oldest !== undefined) {
    asks.delete(oldest);
  }
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from(
    { length: count },
    (_, at) => items.slice(at * size, (at + 1) * size),
  );
}
