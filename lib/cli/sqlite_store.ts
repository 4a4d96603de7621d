/**
 * Keeps entries in one SQLite file, for a peer in a terminal. Two processes may
 * have it open: what must be seen and written together is one transaction, and
 * every write is on the disk when its promise resolves.
 * @module
 */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
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
import { inOneStep, openPrivateDatabase } from "./private_database.ts";

const VERSION = 1;
const SCHEMA = `
  CREATE TABLE entries (
    channel TEXT NOT NULL,
    author TEXT NOT NULL,
    seq INTEGER NOT NULL,
    signed TEXT NOT NULL,
    signature TEXT NOT NULL,
    hash TEXT NOT NULL,
    user TEXT NOT NULL,
    at INTEGER NOT NULL,
    via TEXT,
    held INTEGER,
    PRIMARY KEY (channel, author, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE heads (
    channel TEXT NOT NULL,
    author TEXT NOT NULL,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (channel, author)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE forks (
    channel TEXT NOT NULL,
    author TEXT NOT NULL,
    seq INTEGER NOT NULL,
    row TEXT NOT NULL,
    PRIMARY KEY (channel, author)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE certificates (key TEXT PRIMARY KEY, row TEXT NOT NULL)
    STRICT, WITHOUT ROWID;
  CREATE TABLE channels (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
`;

type Row = Record<string, unknown>;

export class SqliteStore implements Store {
  readonly #database: DatabaseSync;

  /** Makes the file where there is none, for its owner alone. */
  constructor(path: string) {
    const schema = { version: VERSION, sql: SCHEMA };
    this.#database = openPrivateDatabase(path, schema);
  }

  // deno-lint-ignore require-await -- what SQLite throws must reject.
  async load(channel: ChannelName): Promise<StoredChannel> {
    const rows = this.#all("SELECT * FROM entries WHERE channel = ?", channel);
    const heads = this.#all("SELECT * FROM heads WHERE channel = ?", channel);
    const forks = this.#all("SELECT * FROM forks WHERE channel = ?", channel);
    return {
      entries: rows.flatMap((row) => keptEntries(row, channel, refOf(row))),
      heads: new Map(
        heads.flatMap((row) =>
          ownHeads(row).map((head) => [String(row["author"]), head] as const)
        ),
      ),
      forks: forks.flatMap((row) =>
        knownForks(parsed(row["row"]), String(row["author"]))
      ),
    };
  }

  // deno-lint-ignore require-await
  async append(own: KeptEntry): Promise<void> {
    const { channel, author, seq } = own.entry;
    inOneStep(this.#database, () => {
      const [head] = this.#all(
        "SELECT seq, hash FROM heads WHERE channel = ? AND author = ?",
        ...[channel, author],
      ).flatMap(ownHeads);
      if (!follows(own, head)) throw new LogMovedError(own, head);
      this.#put("heads", { channel, author, seq, hash: own.hash });
      this.#put("entries", columnsOf(own));
    });
  }

  // deno-lint-ignore require-await
  async raiseHead(
    channel: ChannelName,
    author: DeviceKey,
    { seq, hash }: OwnHead,
  ): Promise<void> {
    this.#database.prepare(
      `INSERT INTO heads (channel, author, seq, hash) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET seq = excluded.seq, hash = excluded.hash
       WHERE excluded.seq > seq`,
    ).run(channel, author, seq, hash);
  }

  /** SQLite as it comes waits for the disk at every commit. */
  flush(): Promise<void> {
    return Promise.resolve();
  }

  // deno-lint-ignore require-await
  async keep(entries: KeptEntry[]): Promise<void> {
    inOneStep(this.#database, () => {
      const insert = this.#database.prepare(
        `INSERT INTO entries (${ENTRY_COLUMNS.join()})
         VALUES (${ENTRY_COLUMNS.map((name) => `:${name}`).join()})
         ON CONFLICT DO UPDATE SET held = excluded.held
         WHERE excluded.held > coalesce(held, 0)`,
      );
      for (const kept of entries) insert.run(columnsOf(kept));
    });
  }

  // deno-lint-ignore require-await
  async forget(keys: EntryKey[]): Promise<void> {
    inOneStep(this.#database, () => {
      const remove = this.#database.prepare(
        "DELETE FROM entries WHERE channel = ? AND author = ? AND seq = ?",
      );
      for (const { channel, author, seq } of keys) {
        remove.run(channel, author, seq);
      }
    });
  }

  // deno-lint-ignore require-await
  async keepFork(channel: ChannelName, known: KnownFork): Promise<void> {
    const row = JSON.stringify(forkRow(known));
    const { author, fork: { seq } } = known;
    this.#database.prepare(
      `INSERT INTO forks (channel, author, seq, row) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET seq = excluded.seq, row = excluded.row
       WHERE excluded.seq < seq`,
    ).run(channel, author, seq, row);
  }

  // deno-lint-ignore require-await
  async certificates(): Promise<Certificate[]> {
    return this.#all("SELECT row FROM certificates")
      .flatMap(({ row }) => certificates(parsed(row)));
  }

  // deno-lint-ignore require-await
  async keepCertificate(certificate: Certificate): Promise<void> {
    const row = JSON.stringify(certificate);
    this.#put("certificates", { key: certificate.key, row });
  }

  // deno-lint-ignore require-await
  async forgetCertificate(author: DeviceKey): Promise<void> {
    this.#database.prepare("DELETE FROM certificates WHERE key = ?")
      .run(author);
  }

  // deno-lint-ignore require-await
  async channels(): Promise<ChannelName[]> {
    return this.#all("SELECT name FROM channels")
      .flatMap(({ name }) => channelNames(name));
  }

  // deno-lint-ignore require-await
  async addChannel(channel: ChannelName): Promise<void> {
    this.#put("channels", { name: channel });
  }

  // deno-lint-ignore require-await
  async removeChannel(channel: ChannelName): Promise<void> {
    this.#database.prepare("DELETE FROM channels WHERE name = ?").run(channel);
  }

  close(): void {
    this.#database.close();
  }

  #all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#database.prepare(sql).all(...values);
  }

  #put(table: string, columns: Record<string, SQLInputValue>): void {
    const names = Object.keys(columns);
    this.#database.prepare(
      `INSERT OR REPLACE INTO ${table} (${names.join()})
       VALUES (${names.map((name) => `:${name}`).join()})`,
    ).run(columns);
  }
}

const ENTRY_COLUMNS = [
  ...["channel", "author", "seq", "signed", "signature"],
  ...["hash", "user", "at", "via", "held"],
];

function columnsOf(kept: KeptEntry): Record<string, SQLInputValue> {
  const { entry, signed, signature, hash, user, at, via, held } = kept;
  const { channel, author, seq } = entry;
  return {
    ...{ channel, author, seq, signed, signature, hash, user, at },
    via: via ?? null,
    held: held ?? null,
  };
}

function refOf(row: Row): { author: string; seq: number } {
  return { author: String(row["author"]), seq: Number(row["seq"]) };
}

/** Undefined where a row is not JSON any more. */
function parsed(row: unknown): unknown {
  try {
    return JSON.parse(String(row));
  } catch {
    return undefined;
  }
}
