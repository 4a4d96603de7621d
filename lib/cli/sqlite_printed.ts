/**
 * Keeps in one SQLite file which messages `tail` has printed, over all runs of
 * one device: the history does not tell, for other commands fetch as well. The
 * text is not in it. What the channel keeps no more is forgotten here, too.
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { type EntryRef, refKey } from "../wire/entry.ts";
import type { ChannelName } from "../wire/names.ts";
import { inOneStep, openPrivateDatabase } from "./private_database.ts";

const VERSION = 1;
const SCHEMA = `
  CREATE TABLE printed (
    channel TEXT NOT NULL,
    author TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (channel, author, seq)
  ) STRICT, WITHOUT ROWID;
`;
/**
 * A note for each line, without waiting for the disk at each: what a power cut
 * takes of them is printed once more.
 */
const SETTINGS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;";

/** What was printed; every method throws where that fails. */
export class SqlitePrinted implements Disposable {
  readonly #database: DatabaseSync;

  /** Makes the file where there is none, for its owner alone. */
  constructor(path: string) {
    const schema = { version: VERSION, sql: SCHEMA, first: SETTINGS };
    this.#database = openPrivateDatabase(path, schema);
  }

  has(channel: ChannelName, { author, seq }: EntryRef): boolean {
    return this.#database.prepare(
      "SELECT 1 FROM printed WHERE channel = ? AND author = ? AND seq = ?",
    ).get(channel, author, seq) !== undefined;
  }

  note(channel: ChannelName, { author, seq }: EntryRef): void {
    this.#database.prepare("INSERT OR IGNORE INTO printed VALUES (?, ?, ?)")
      .run(channel, author, seq);
  }

  /** Forgets what is not one of `kept`. */
  trim(channel: ChannelName, kept: readonly EntryRef[]): void {
    const keys = new Set(kept.map(refKey));
    const remove = this.#database.prepare(
      "DELETE FROM printed WHERE channel = ? AND author = ? AND seq = ?",
    );
    inOneStep(this.#database, () => {
      const rows = this.#database.prepare(
        "SELECT author, seq FROM printed WHERE channel = ?",
      ).all(channel);
      for (const row of rows) {
        const [author, seq] = [String(row["author"]), Number(row["seq"])];
        if (!keys.has(refKey({ author, seq }))) {
          remove.run(channel, author, seq);
        }
      }
    });
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close();
  }
}
