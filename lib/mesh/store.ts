/**
 * The seam to whatever keeps entries over a restart, and its in-memory twin.
 * Every store passes tests/conformance/store.ts.
 * @module
 */
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { KeptEntry } from "./chat.ts";

/** Names one entry. */
export interface EntryKey {
  channel: ChannelName;
  author: PeerId;
  seq: number;
}

export interface Store {
  /** The kept entries of a channel, in any order. */
  load(channel: ChannelName): Promise<KeptEntry[]>;
  /**
   * Keeps all or none. One that is there already stays, unless the new one is
   * our own: another tab may know less of an entry that this one wrote.
   */
  keep(entries: KeptEntry[]): Promise<void>;
  forget(keys: EntryKey[]): Promise<void>;
  /** The channels to be in; every tab of a browser adds and removes its own. */
  channels(): Promise<ChannelName[]>;
  addChannel(channel: ChannelName): Promise<void>;
  removeChannel(channel: ChannelName): Promise<void>;
  close(): void;
}

/** Keeps nothing over a restart. */
export class MemoryStore implements Store {
  readonly #entries = new Map<ChannelName, Map<string, KeptEntry>>();
  readonly #channels = new Set<ChannelName>();

  load(channel: ChannelName): Promise<KeptEntry[]> {
    return Promise.resolve([...this.#entries.get(channel)?.values() ?? []]);
  }

  keep(entries: KeptEntry[]): Promise<void> {
    for (const kept of entries) {
      let rows = this.#entries.get(kept.channel);
      if (rows === undefined) {
        rows = new Map();
        this.#entries.set(kept.channel, rows);
      }
      const key = rowKey(kept.entry);
      if (kept.own || !rows.has(key)) rows.set(key, { ...kept });
    }
    return Promise.resolve();
  }

  forget(keys: EntryKey[]): Promise<void> {
    for (const key of keys) this.#entries.get(key.channel)?.delete(rowKey(key));
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
}

function rowKey({ author, seq }: { author: PeerId; seq: number }): string {
  return `${author} ${seq}`;
}
