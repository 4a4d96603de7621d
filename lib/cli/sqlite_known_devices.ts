/**
 * Keeps in one SQLite file which devices people were met with, and what of that
 * is loud and was not shown yet: for all terminals of one user on this machine,
 * whichever device each of them is. A row that does not read counts as none.
 * @module
 */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import {
  type DeviceNews,
  DEVICES_PER_USER_MAX,
  isLoud,
  KNOWN_USERS_MAX,
  type KnownDevice,
  type KnownDevices,
  mark,
  meet,
  type MetDevice,
  NEWS_MAX,
  storedDevices,
  storedNews,
} from "../mesh/known_devices.ts";
import type { DeviceKey } from "../wire/device_key.ts";
import { inOneStep, openPrivateDatabase } from "./private_database.ts";

const VERSION = 1;
/** Rows are KnownDevices and DeviceNews, as JSON. */
const SCHEMA = `
  CREATE TABLE users (user TEXT PRIMARY KEY, row TEXT NOT NULL)
    STRICT, WITHOUT ROWID;
  CREATE TABLE news (
    user TEXT NOT NULL,
    key TEXT NOT NULL,
    row TEXT NOT NULL,
    PRIMARY KEY (user, key)
  ) STRICT, WITHOUT ROWID;
`;

/** What a talk remembers to have told, however long it goes on. */
const TOLD_MAX = KNOWN_USERS_MAX * DEVICES_PER_USER_MAX;

interface Met {
  known: KnownDevices;
  news?: DeviceNews | undefined;
}

/** What is known of people's devices; every method throws where that fails. */
export class SqliteKnownDevices implements Disposable {
  readonly #user: string;
  /** Of what another process has met since, this one's reader was not told. */
  readonly #told: Set<DeviceKey>;
  readonly #database: DatabaseSync;

  /** Makes the file where there is none, for its owner alone. */
  constructor(path: string, { user }: { user: string }) {
    this.#user = user;
    const schema = { version: VERSION, sql: SCHEMA };
    this.#database = openPrivateDatabase(path, schema);
    this.#told = new Set(this.#all().map(({ key }) => key));
  }

  /** The keys that were compared. */
  compared(): DeviceKey[] {
    return this.#all().flatMap(({ key, compared }) => compared ? [key] : []);
  }

  /** The loud news that nobody was shown; they are not had again. */
  takeNews(): DeviceNews[] {
    let news: DeviceNews[] = [];
    inOneStep(this.#database, () => {
      news = this.#rows("SELECT row FROM news").flatMap(storedNews);
      this.#run("DELETE FROM news");
    });
    for (const { key } of news) this.#noteTold(key);
    return news;
  }

  /** A device was met where somebody reads what is new about it. */
  meet(met: MetDevice, now: number): DeviceNews | undefined {
    const news = this.#change(met.user, (before) => {
      const { known } = this.#met(before, met, now);
      const { news } = this.#met(this.#asTold(before, met.key), met, now);
      this.#run("DELETE FROM news WHERE key = ?", met.key);
      return { known, news };
    });
    this.#noteTold(met.key);
    return news;
  }

  /**
   * A device was met where nobody may be reading: what is loud about it is left
   * for whoever does, and what is calm is left to be met by them.
   */
  meetUnread(met: MetDevice, now: number): DeviceNews | undefined {
    return this.#change(met.user, (before) => {
      const { known, news } = this.#met(before, met, now);
      if (news === undefined) return { known };
      if (!isLoud(news)) return { known: before };
      this.#leave(news);
      return { known, news };
    });
  }

  mark(user: string, key: DeviceKey, compared: boolean): void {
    this.#change(user, (known) => ({ known: mark(known, key, compared) }));
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /** Without a device that another talk has told of, to its own reader. */
  #asTold(known: KnownDevices, met: DeviceKey): KnownDevices {
    const isPersonTold = known.some(({ key }) => this.#told.has(key));
    return isPersonTold && !this.#told.has(met)
      ? known.filter(({ key }) => key !== met)
      : known;
  }

  #noteTold(key: DeviceKey): void {
    this.#told.add(key);
    const [oldest] = this.#told;
    if (this.#told.size > TOLD_MAX && oldest !== undefined) {
      this.#told.delete(oldest);
    }
  }

  /** Of our own devices we know: the account page lists them all. */
  #met(before: KnownDevices, met: MetDevice, now: number): Met {
    const { known, news } = meet(before, met, now);
    return met.user === this.#user ? { known } : { known, news };
  }

  #leave(news: DeviceNews): void {
    this.#run(
      `INSERT OR REPLACE INTO news (user, key, row) SELECT ?, ?, ?
       WHERE (SELECT count(*) FROM news) < ${NEWS_MAX}`,
      ...[news.user, news.key, JSON.stringify(news)],
    );
  }

  #change(
    user: string,
    next: (known: KnownDevices) => Met,
  ): DeviceNews | undefined {
    let news: DeviceNews | undefined;
    inOneStep(this.#database, () => {
      const before = this.#rows("SELECT row FROM users WHERE user = ?", user)
        .flatMap(storedDevices);
      const met = next(before);
      news = met.news;
      if (met.known.length === 0) return;
      this.#run(
        `INSERT OR REPLACE INTO users (user, row) SELECT ?, ?
         WHERE ? OR (SELECT count(*) FROM users) < ${KNOWN_USERS_MAX}`,
        ...[user, JSON.stringify(met.known), before.length],
      );
    });
    return news;
  }

  #all(): KnownDevice[] {
    return this.#rows("SELECT row FROM users").flatMap(storedDevices);
  }

  #rows(sql: string, ...values: SQLInputValue[]): unknown[] {
    return this.#database.prepare(sql).all(...values)
      .map(({ row }) => parsed(row));
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#database.prepare(sql).run(...values);
  }
}

/** Undefined where a row is not JSON any more. */
function parsed(row: unknown): unknown {
  try {
    return JSON.parse(String(row));
  } catch {
    return undefined;
  }
}
