/**
 * Keeps in the browser's IndexedDB which devices people were met with, and what
 * of that is loud and was not put away yet: one database for each user of this
 * origin, for all of its tabs. A row that does not read counts as none. Where
 * nothing can be kept, every device is the first of its person.
 * @module
 */
import {
  type DeviceNews,
  isLoud,
  KNOWN_USERS_MAX,
  type KnownDevices,
  mark,
  meet,
  type MetDevice,
  NEWS_MAX,
  storedDevices,
  storedNews,
} from "../mesh/known_devices.ts";
import type { DeviceKey } from "../wire/device_key.ts";
import { answered, done, openDatabase } from "./indexed_db.ts";

/** Rows are KnownDevices under the user's name. */
const USERS = "users";
/**
 * Rows are KeptNews under the user's name and their kind: they say the same of
 * each device. Those of before are under the device's key, and say no time.
 */
const NEWS = "news";

interface KeptNews extends DeviceNews {
  metAt?: number;
}

interface Met {
  known: KnownDevices;
  news?: KeptNews | undefined;
}

export class IdbKnownDevices {
  readonly #user: string;
  readonly #database: Promise<IDBDatabase>;

  /** Opens at once; where that fails, every method rejects. */
  constructor(user: string) {
    this.#user = user;
    const name = `weaprous-people:${user}`;
    this.#database = openDatabase(name, 2, (database, oldVersion) => {
      if (oldVersion < 1) database.createObjectStore(USERS);
      database.createObjectStore(NEWS);
    });
    this.#database.catch(() => {});
  }

  /** The keys that were compared. */
  async compared(): Promise<DeviceKey[]> {
    const read = (await this.#database).transaction(USERS);
    const rows = await answered(read.objectStore(USERS).getAll());
    return rows.flatMap(storedDevices)
      .flatMap(({ key, compared }) => compared ? [key] : []);
  }

  /** The loud news that nobody has put away, the latest at the end. */
  async news(): Promise<DeviceNews[]> {
    const read = (await this.#database).transaction(NEWS);
    const rows = await answered(read.objectStore(NEWS).getAll());
    const news: KeptNews[] = rows.flatMap(storedNews);
    return news.toSorted((one, other) => (one.metAt ?? 0) - (other.metAt ?? 0));
  }

  /** Of our own devices we know: the account page lists them all. */
  meet(met: MetDevice, now: number): Promise<DeviceNews | undefined> {
    return this.#change(met.user, (before) => {
      const { known, news } = meet(before, met, now);
      if (met.user === this.#user || news === undefined) return { known };
      return { known, news: { ...news, metAt: now } };
    });
  }

  async mark(user: string, key: DeviceKey, compared: boolean): Promise<void> {
    await this.#change(user, (known) => ({
      known: mark(known, key, compared),
    }));
  }

  /** All of that person and kind. */
  async putAway(
    { user, kind }: Pick<DeviceNews, "user" | "kind">,
  ): Promise<void> {
    const write = (await this.#database).transaction(NEWS, "readwrite");
    const isDone = done(write);
    const store = write.objectStore(NEWS);
    // An array comes after every string.
    const ofUser = IDBKeyRange.bound([user], [user, []]);
    const rows = await answered(store.getAll(ofUser));
    store.delete([user, kind]);
    for (const news of rows.flatMap(storedNews)) {
      if (news.kind === kind) store.delete([user, news.key]);
    }
    await isDone;
  }

  /** Keeps what becomes of a person's devices, and with it what is loud. */
  async #change(
    user: string,
    change: (known: KnownDevices) => Met,
  ): Promise<DeviceNews | undefined> {
    const database = await this.#database;
    const write = database.transaction([USERS, NEWS], "readwrite");
    const isDone = done(write);
    const users = write.objectStore(USERS);
    const before = storedDevices(await answered(users.get(user)));
    const hasRoom = before.length > 0 ||
      await answered(users.count()) < KNOWN_USERS_MAX;
    const { known, news } = change(before);
    if (hasRoom) users.put(known, user);
    if (news && isLoud(news)) await keepIn(write.objectStore(NEWS), news);
    await isDone;
    return news;
  }

  close(): void {
    this.#database.then((database) => database.close(), () => {});
  }
}

async function keepIn(store: IDBObjectStore, news: DeviceNews): Promise<void> {
  const count = await answered(store.count());
  if (count < NEWS_MAX) store.put(news, [news.user, news.kind]);
}
