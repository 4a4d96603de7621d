/**
 * Keeps entries in the browser's IndexedDB, one database for each user of this
 * origin. Rows are checked when they are read: what is not an entry any more is
 * left out.
 * @module
 */
import { type IDBPDatabase, openDB } from "idb";
import type { KeptEntry } from "../mesh/chat.ts";
import type { EntryKey, Store } from "../mesh/store.ts";
import { readEntry } from "../wire/link.ts";
import { type ChannelName, channelNameOf } from "../wire/names.ts";

const VERSION = 1;
const ENTRIES = "entries";
const CHANNELS = "channels";

type Key = [channel: ChannelName, author: string, seq: number];

export class IdbStore implements Store {
  readonly #database: Promise<IDBPDatabase>;

  /** Opens at once; where that fails, every method rejects. */
  constructor(user: string) {
    this.#database = open(user);
    // Told by the first method that is called.
    this.#database.catch(() => {});
  }

  async load(channel: ChannelName): Promise<KeptEntry[]> {
    const database = await this.#database;
    // An array sorts after every string: this spans all authors.
    const range = IDBKeyRange.bound([channel], [channel, []]);
    const rows: unknown[] = await database.getAll(ENTRIES, range);
    return rows.flatMap((row) => keptEntries(channel, row));
  }

  async keep(entries: KeptEntry[]): Promise<void> {
    const database = await this.#database;
    const write = database.transaction(ENTRIES, "readwrite");
    const puts = entries.map(async (kept) => {
      const key = keyOf(kept);
      const isThere = await write.store.getKey(key) !== undefined;
      if (kept.own || !isThere) await write.store.put(kept, key);
    });
    await Promise.all([...puts, write.done]);
  }

  async forget(keys: EntryKey[]): Promise<void> {
    const database = await this.#database;
    const write = database.transaction(ENTRIES, "readwrite");
    for (const { channel, author, seq } of keys) {
      write.store.delete([channel, author, seq]).catch(() => {});
    }
    await write.done;
  }

  async channels(): Promise<ChannelName[]> {
    const database = await this.#database;
    const names: unknown[] = await database.getAllKeys(CHANNELS);
    return names.filter((name): name is ChannelName =>
      typeof name === "string" && channelNameOf(name) === name
    );
  }

  async addChannel(channel: ChannelName): Promise<void> {
    const database = await this.#database;
    await database.put(CHANNELS, true, channel);
  }

  async removeChannel(channel: ChannelName): Promise<void> {
    const database = await this.#database;
    await database.delete(CHANNELS, channel);
  }

  close(): void {
    this.#database.then((database) => database.close(), () => {});
  }
}

/** Async, so that a browser that throws at once rejects like any other. */
async function open(user: string): Promise<IDBPDatabase> {
  return await openDB(`weaprous:${user}`, VERSION, {
    upgrade(database) {
      // Rows are KeptEntry under [channel, author, seq].
      database.createObjectStore(ENTRIES);
      // Rows are `true` under the channel's name.
      database.createObjectStore(CHANNELS);
    },
    blocking(_current, _blocked, event) {
      // A tab with a newer version waits: let go of this one.
      (event.target as IDBDatabase).close();
    },
  });
}

function keyOf({ channel, entry }: KeptEntry): Key {
  return [channel, entry.author, entry.seq];
}

/** The kept entry in a row, or none where the row is not one. */
function keptEntries(channel: ChannelName, row: unknown): KeptEntry[] {
  try {
    const { entry, at, via, own, held } = row as KeptEntry;
    if (!Number.isFinite(at)) return [];
    const kept: KeptEntry = { channel, entry: readEntry(entry), at };
    if (typeof via === "string") kept.via = via;
    if (own === true) kept.own = true;
    if (Number.isSafeInteger(held)) kept.held = held as number;
    return [kept];
  } catch {
    return [];
  }
}
