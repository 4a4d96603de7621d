/**
 * Keeps entries in the browser's IndexedDB, one database for each user of this
 * origin. Two tabs write to it: what must be seen and written together is one
 * transaction.
 * @module
 */
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
import { answered, done, openDatabase } from "./indexed_db.ts";

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
  readonly #database: Promise<IDBDatabase>;

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
          answered(store.getAllKeys(range)),
          answered(store.getAll(range)),
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
    await appendTo(await this.#database, own);
  }

  async raiseHead(
    channel: ChannelName,
    author: DeviceKey,
    head: OwnHead,
  ): Promise<void> {
    await this.#write(HEADS, async (heads) => {
      const path: AuthorPath = [channel, author];
      const [before] = ownHeads(await answered(heads.get(path)));
      if (head.seq > (before?.seq ?? 0)) heads.put(head, path);
    });
  }

  /**
   * Browsers write to the disk in order: once this is there, so is all before
   * it. In a store that append() does not use, so that none has to wait for it.
   */
  async flush(): Promise<void> {
    const flush = (channels: IDBObjectStore) => channels.put(true, FLUSH_MARK);
    await this.#write(CHANNELS, flush, { durability: "strict" });
  }

  async keep(entries: KeptEntry[]): Promise<void> {
    await this.#write(ENTRIES, async (store) => {
      await Promise.all(entries.map((kept) => keepIn(store, kept)));
    });
  }

  async forget(keys: EntryKey[]): Promise<void> {
    await this.#write(ENTRIES, (entries) => {
      for (const { channel, author, seq } of keys) {
        entries.delete([channel, author, seq]);
      }
    });
  }

  async keepFork(channel: ChannelName, known: KnownFork): Promise<void> {
    await this.#write(FORKS, async (forks) => {
      const path: AuthorPath = [channel, known.author];
      const row: ForkRow | undefined = await answered(forks.get(path));
      const [before] = knownForks(row, known.author);
      if (known.fork.seq < (before?.fork.seq ?? Infinity)) {
        forks.put(forkRow(known), path);
      }
    });
  }

  async certificates(): Promise<Certificate[]> {
    const read = (await this.#database).transaction(CERTIFICATES);
    const rows: unknown[] = await answered(
      read.objectStore(CERTIFICATES).getAll(),
    );
    return rows.flatMap(certificates);
  }

  async keepCertificate(certificate: Certificate): Promise<void> {
    await this.#write(
      CERTIFICATES,
      (kept) => kept.put(certificate, certificate.key),
    );
  }

  async forgetCertificate(author: DeviceKey): Promise<void> {
    await this.#write(CERTIFICATES, (kept) => kept.delete(author));
  }

  async channels(): Promise<ChannelName[]> {
    const read = (await this.#database).transaction(CHANNELS);
    const names: unknown[] = await answered(
      read.objectStore(CHANNELS).getAllKeys(),
    );
    return names.flatMap(channelNames);
  }

  async addChannel(channel: ChannelName): Promise<void> {
    await this.#write(CHANNELS, (channels) => channels.put(true, channel));
  }

  async removeChannel(channel: ChannelName): Promise<void> {
    await this.#write(CHANNELS, (channels) => channels.delete(channel));
  }

  close(): void {
    this.#database.then((database) => database.close(), () => {});
  }

  /** Resolves once what `change` does to one store is kept. */
  async #write(
    name: string,
    change: (store: IDBObjectStore) => unknown,
    options?: IDBTransactionOptions,
  ): Promise<void> {
    const database = await this.#database;
    const write = database.transaction(name, "readwrite", options);
    await Promise.all([done(write), change(write.objectStore(name))]);
  }
}

type Rows<Path> = (readonly [Path, unknown])[];

function open(user: string): Promise<IDBDatabase> {
  const name = `weaprous:${user}`;
  return openDatabase(name, VERSION, (database, oldVersion) => {
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
  });
}

/** Not where it is there already, unless more hold it now. */
async function keepIn(entries: IDBObjectStore, kept: KeptEntry): Promise<void> {
  const path = pathOf(kept);
  const { entry, held = 0 } = kept;
  const there: unknown = await answered(entries.get(path));
  const [row] = keptEntries(there, entry.channel, entry);
  if (row !== undefined && held <= (row.held ?? 0)) return;
  entries.put(entryRow(row === undefined ? kept : { ...row, held }), path);
}

function pathOf({ entry }: KeptEntry): EntryPath {
  return [entry.channel, entry.author, entry.seq];
}

/**
 * All is asked for at once, and undone where the log turns out to have moved:
 * nobody is told of an entry before this is over, so it must not wait for two
 * answers where one will do, nor for the promises of each request.
 */
async function appendTo(
  database: IDBDatabase,
  own: KeptEntry,
): Promise<void> {
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
  const isDone = done(write);
  // A request that fails ends the transaction; one that throws does not.
  try {
    write.objectStore(ENTRIES).put(entryRow(own), pathOf(own));
    heads.put({ seq, hash: own.hash }, [channel, author]);
  } catch (error) {
    isDone.catch(() => {});
    write.abort();
    throw error;
  }
  try {
    await isDone;
  } catch (error) {
    throw moved ?? error;
  }
}
