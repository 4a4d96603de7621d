/**
 * Keeps entries in the browser's IndexedDB, one database for each user of this
 * origin. Two tabs write to it: what must be seen and written together is one
 * transaction.
 * @module
 */
import { type IDBPDatabase, openDB, unwrap } from "idb";
import {
  type EntryKey,
  follows,
  LogMovedError,
  type Store,
  type StoredChannel,
} from "../mesh/store.ts";
import {
  certificates,
  channelNames,
  entryRow,
  type ForkRow,
  forkRow,
  keptEntries,
  knownForks,
  ownHeads,
} from "../mesh/stored_rows.ts";
import type { KnownFork, OwnHead } from "../mesh/sync_state.ts";
import type { KeptEntry } from "../mesh/verified_entry.ts";
import type { DeviceKey } from "../wire/device_key.ts";
import type { Certificate } from "../wire/identity.ts";
import type { ChannelName } from "../wire/names.ts";

const VERSION = 2;
const ENTRIES = "signed-entries";
const HEADS = "heads";
const FORKS = "forks";
const CERTIFICATES = "certificates";
const CHANNELS = "channels";
/** No channel has a number for its name; its row is written to be flushed. */
const FLUSH_MARK = 0;
/** Of version 1: rows that nobody had signed, and nobody can pass on. */
const UNSIGNED = "entries";

type EntryPath = [channel: ChannelName, author: string, seq: number];
type AuthorPath = [channel: ChannelName, author: string];

export class IdbStore implements Store {
  readonly #database: Promise<IDBPDatabase>;

  /** Opens at once; where that fails, every method rejects. */
  constructor(user: string) {
    this.#database = open(user);
    // Told by the first method that is called.
    this.#database.catch(() => {});
  }

  async load(channel: ChannelName): Promise<StoredChannel> {
    const database = await this.#database;
    const read = database.transaction([ENTRIES, HEADS, FORKS]);
    // An array sorts after every string: this spans all authors.
    const range = IDBKeyRange.bound([channel], [channel, []]);
    const [entries, heads, forks] = await Promise.all(
      [ENTRIES, HEADS, FORKS].map(async (name) => {
        const store = read.objectStore(name);
        const [keys, rows] = await Promise.all([
          store.getAllKeys(range),
          store.getAll(range),
        ]);
        return keys.map((key, index) => [key, rows[index]] as const);
      }),
    ) as [Rows<EntryPath>, Rows<AuthorPath>, Rows<AuthorPath>];
    return {
      entries: entries.flatMap(([[, author, seq], row]) =>
        keptEntries(row, channel, { author, seq })
      ),
      heads: new Map(
        heads.flatMap(([[, author], row]) =>
          ownHeads(row).map((head) => [author, head] as const)
        ),
      ),
      forks: forks.flatMap(([[, author], row]) => knownForks(row, author)),
    };
  }

  async append(own: KeptEntry): Promise<void> {
    const database = unwrap(await this.#database);
    await appendTo(database, own);
  }

  async raiseHead(
    channel: ChannelName,
    author: DeviceKey,
    head: OwnHead,
  ): Promise<void> {
    const database = await this.#database;
    const write = database.transaction(HEADS, "readwrite");
    const path: AuthorPath = [channel, author];
    const [before] = ownHeads(await write.store.get(path));
    if (head.seq > (before?.seq ?? 0)) await write.store.put(head, path);
    await write.done;
  }

  /**
   * Browsers write to the disk in order: once this is there, so is all before
   * it. In a store that append() does not use, so that none has to wait for it.
   */
  async flush(): Promise<void> {
    const database = await this.#database;
    const durability = { durability: "strict" } as const;
    const write = database.transaction(CHANNELS, "readwrite", durability);
    await write.store.put(true, FLUSH_MARK);
    await write.done;
  }

  async keep(entries: KeptEntry[]): Promise<void> {
    const database = await this.#database;
    const write = database.transaction(ENTRIES, "readwrite");
    const puts = entries.map(async (kept) => {
      const path = pathOf(kept);
      const [row] = keptEntries(
        await write.store.get(path),
        kept.entry.channel,
        kept.entry,
      );
      const isKnown = row !== undefined && (kept.held ?? 0) <= (row.held ?? 0);
      if (isKnown) return;
      const held = kept.held ?? 0;
      const changed = row === undefined ? kept : { ...row, held };
      await write.store.put(entryRow(changed), path);
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

  async keepFork(channel: ChannelName, known: KnownFork): Promise<void> {
    const database = await this.#database;
    const write = database.transaction(FORKS, "readwrite");
    const path: AuthorPath = [channel, known.author];
    const row: ForkRow | undefined = await write.store.get(path);
    const [before] = knownForks(row, known.author);
    if (known.fork.seq < (before?.fork.seq ?? Infinity)) {
      await write.store.put(forkRow(known), path);
    }
    await write.done;
  }

  async certificates(): Promise<Certificate[]> {
    const database = await this.#database;
    const rows: unknown[] = await database.getAll(CERTIFICATES);
    return rows.flatMap(certificates);
  }

  async keepCertificate(certificate: Certificate): Promise<void> {
    const database = await this.#database;
    await database.put(CERTIFICATES, certificate, certificate.key);
  }

  async forgetCertificate(author: DeviceKey): Promise<void> {
    const database = await this.#database;
    await database.delete(CERTIFICATES, author);
  }

  async channels(): Promise<ChannelName[]> {
    const database = await this.#database;
    const names: unknown[] = await database.getAllKeys(CHANNELS);
    return names.flatMap(channelNames);
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

type Rows<Path> = (readonly [Path, unknown])[];

/** Async, so that a browser that throws at once rejects like any other. */
async function open(user: string): Promise<IDBPDatabase> {
  return await openDB(`weaprous:${user}`, VERSION, {
    upgrade(database, oldVersion) {
      if (oldVersion < 1) {
        // Rows are `true` under the channel's name.
        database.createObjectStore(CHANNELS);
      } else database.deleteObjectStore(UNSIGNED);
      // Rows are EntryRow under [channel, author, seq].
      database.createObjectStore(ENTRIES);
      // Rows are OwnHead and ForkRow under [channel, author].
      database.createObjectStore(HEADS);
      database.createObjectStore(FORKS);
      // Rows are Certificate under its key.
      database.createObjectStore(CERTIFICATES);
    },
    blocking(_current, _blocked, event) {
      // A tab with a newer version waits: let go of this one.
      (event.target as IDBDatabase).close();
    },
  });
}

function pathOf({ entry }: KeptEntry): EntryPath {
  return [entry.channel, entry.author, entry.seq];
}

/**
 * All is asked for at once, and undone where the log turns out to have moved:
 * nobody is told of an entry before this is over, so it must not wait for two
 * answers where one will do, nor for the promises of each request.
 */
function appendTo(database: IDBDatabase, own: KeptEntry): Promise<void> {
  const { channel, author, seq } = own.entry;
  // A crash of page or browser loses nothing of it; flush() is for the rest.
  const durability = { durability: "relaxed" } as const;
  const stores = [ENTRIES, HEADS];
  const write = database.transaction(stores, "readwrite", durability);
  const heads = write.objectStore(HEADS);
  const before: IDBRequest<unknown> = heads.get([channel, author]);
  let moved: LogMovedError | undefined;
  before.onsuccess = () => {
    const [head] = ownHeads(before.result);
    if (follows(own, head)) return write.commit();
    moved = new LogMovedError(own, head);
    write.abort();
  };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  write.oncomplete = () => resolve();
  write.onabort = () => reject(moved ?? write.error);
  // A request that fails ends the transaction; one that throws does not.
  try {
    write.objectStore(ENTRIES).put(entryRow(own), pathOf(own));
    heads.put({ seq, hash: own.hash }, [channel, author]);
  } catch (error) {
    write.abort();
    reject(error);
  }
  return promise;
}
