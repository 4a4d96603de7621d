/**
 * The seam to whatever keeps entries over a restart, and its in-memory twin.
 * Every store passes tests/conformance/store.ts.
 * @module
 */
import type { DeviceKey } from "../wire/device_key.ts";
import { type EntryRef, refKey } from "../wire/entry.ts";
import type { Certificate } from "../wire/identity.ts";
import type { ChannelName } from "../wire/names.ts";
import type { KnownFork, OwnHead } from "./sync_state.ts";
import type { KeptEntry } from "./verified_entry.ts";

/** Names one entry. */
export interface EntryKey extends EntryRef {
  channel: ChannelName;
}

/** What a store has of one channel. */
export interface StoredChannel {
  /** In any order. */
  entries: KeptEntry[];
  /** Where the logs written here go on, also where the entry is dropped. */
  heads: ReadonlyMap<DeviceKey, OwnHead>;
  forks: KnownFork[];
}

export interface Store {
  load(channel: ChannelName): Promise<StoredChannel>;
  /**
   * Keeps an entry that this device wrote, and moves the head of its log on to
   * it, both or neither. Rejects with a LogMovedError where the log does not
   * end just before it: somebody else writes it too.
   */
  append(own: KeptEntry): Promise<void>;
  /**
   * Has the log of `author` go on behind `head`, where it ends before that:
   * others hold entries that this store has lost.
   */
  raiseHead(
    channel: ChannelName,
    author: DeviceKey,
    head: OwnHead,
  ): Promise<void>;
  /**
   * Resolves once what was appended before would survive a power cut; a store
   * whose append() promises that already has nothing to do.
   */
  flush(): Promise<void>;
  /**
   * Keeps all or none. One that is there already stays as it is, but for the
   * number of those who hold it, which only rises.
   */
  keep(entries: KeptEntry[]): Promise<void>;
  forget(keys: EntryKey[]): Promise<void>;
  /** One for each author and channel: that with the lowest place. */
  keepFork(channel: ChannelName, known: KnownFork): Promise<void>;
  certificates(): Promise<Certificate[]>;
  /** One for each key: the latest. */
  keepCertificate(certificate: Certificate): Promise<void>;
  forgetCertificate(author: DeviceKey): Promise<void>;
  /** The channels to be in; every tab of a browser adds and removes its own. */
  channels(): Promise<ChannelName[]>;
  addChannel(channel: ChannelName): Promise<void>;
  removeChannel(channel: ChannelName): Promise<void>;
  close(): void;
}

/** An own entry does not go on from where the stored log ends. */
export class LogMovedError extends Error {
  override name = "LogMovedError";

  constructor(own: KeptEntry, head: OwnHead | undefined) {
    const { channel, seq } = own.entry;
    super(
      `Cannot write entry ${seq} in "${channel}": the log ends at ${
        head?.seq ?? 0
      }`,
    );
  }
}

/** Whether `own` is the one that comes after `head`. */
export function follows(own: KeptEntry, head: OwnHead | undefined): boolean {
  const { seq, prev } = own.entry;
  return seq === (head?.seq ?? 0) + 1 && prev === (head?.hash ?? null);
}

interface MemoryChannel {
  entries: Map<string, KeptEntry>;
  heads: Map<DeviceKey, OwnHead>;
  forks: Map<DeviceKey, KnownFork>;
}

/** Keeps nothing over a restart. */
export class MemoryStore implements Store {
  readonly #kept = new Map<ChannelName, MemoryChannel>();
  readonly #certificates = new Map<DeviceKey, Certificate>();
  readonly #channels = new Set<ChannelName>();

  load(channel: ChannelName): Promise<StoredChannel> {
    const { entries, heads, forks } = this.#of(channel);
    return Promise.resolve({
      entries: [...entries.values()].map((kept) => ({ ...kept })),
      heads: new Map(heads),
      forks: [...forks.values()],
    });
  }

  append(own: KeptEntry): Promise<void> {
    const { author, channel, seq } = own.entry;
    const { entries, heads } = this.#of(channel);
    const head = heads.get(author);
    if (!follows(own, head)) {
      return Promise.reject(new LogMovedError(own, head));
    }
    heads.set(author, { seq, hash: own.hash });
    entries.set(refKey(own.entry), { ...own });
    return Promise.resolve();
  }

  raiseHead(
    channel: ChannelName,
    author: DeviceKey,
    head: OwnHead,
  ): Promise<void> {
    const { heads } = this.#of(channel);
    if (head.seq > (heads.get(author)?.seq ?? 0)) heads.set(author, head);
    return Promise.resolve();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  keep(entries: KeptEntry[]): Promise<void> {
    for (const kept of entries) {
      const rows = this.#of(kept.entry.channel).entries;
      const key = refKey(kept.entry);
      const row = rows.get(key) ?? { ...kept };
      if ((kept.held ?? 0) > (row.held ?? 0)) row.held = kept.held as number;
      rows.set(key, row);
    }
    return Promise.resolve();
  }

  forget(keys: EntryKey[]): Promise<void> {
    for (const key of keys) this.#of(key.channel).entries.delete(refKey(key));
    return Promise.resolve();
  }

  keepFork(channel: ChannelName, known: KnownFork): Promise<void> {
    const { forks } = this.#of(channel);
    const before = forks.get(known.author)?.fork.seq ?? Infinity;
    if (known.fork.seq < before) forks.set(known.author, known);
    return Promise.resolve();
  }

  certificates(): Promise<Certificate[]> {
    return Promise.resolve([...this.#certificates.values()]);
  }

  keepCertificate(certificate: Certificate): Promise<void> {
    this.#certificates.set(certificate.key, certificate);
    return Promise.resolve();
  }

  forgetCertificate(author: DeviceKey): Promise<void> {
    this.#certificates.delete(author);
    return Promise.resolve();
  }

  channels(): Promise<ChannelName[]> {
    return Promise.resolve([...this.#channels]);
  }

  addChannel(channel: ChannelName): Promise<void> {
    this.#channels.add(channel);
    return Promise.resolve();
  }

  removeChannel(channel: ChannelName): Promise<void> {
    this.#channels.delete(channel);
    return Promise.resolve();
  }

  close(): void {}

  #of(channel: ChannelName): MemoryChannel {
    let kept = this.#kept.get(channel);
    if (kept === undefined) {
      kept = { entries: new Map(), heads: new Map(), forks: new Map() };
      this.#kept.set(channel, kept);
    }
    return kept;
  }
}
