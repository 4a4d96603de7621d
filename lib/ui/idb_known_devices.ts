/**
 * Keeps in the browser's IndexedDB which devices people were met with, one
 * database for each user of this origin. A row that does not read counts as
 * none. Where nothing can be kept, every device is the first of its person.
 * @module
 */
import {
  type DeviceNews,
  type KnownDevice,
  type KnownDevices,
  mark,
  meet,
  type MetDevice,
} from "../mesh/known_devices.ts";
import { type DeviceKey, isDeviceKey } from "../wire/device_key.ts";
import { answered, done, openDatabase } from "./indexed_db.ts";

/** People remembered; more than a school has. */
export const KNOWN_USERS_MAX = 5_000;
const USERS = "users";

export class IdbKnownDevices {
  readonly #database: Promise<IDBDatabase>;

  /** Opens at once; where that fails, every method rejects. */
  constructor(user: string) {
    this.#database = openDatabase(`weaprous-people:${user}`, 1, (database) => {
      // Rows are KnownDevices under the user's name.
      database.createObjectStore(USERS);
    });
    this.#database.catch(() => {});
  }

  /** The keys that were compared. */
  async compared(): Promise<DeviceKey[]> {
    const read = (await this.#database).transaction(USERS);
    const rows = await answered(read.objectStore(USERS).getAll());
    return rows.flatMap(readRow)
      .flatMap(({ key, compared }) => compared ? [key] : []);
  }

  async meet(met: MetDevice, now: number): Promise<DeviceNews | undefined> {
    let news: DeviceNews | undefined;
    await this.#change(met.user, (known) => {
      const next = meet(known, met, now);
      news = next.news;
      return next.known;
    });
    return news;
  }

  async mark(user: string, key: DeviceKey, compared: boolean): Promise<void> {
    await this.#change(user, (known) => mark(known, key, compared));
  }

  async #change(
    user: string,
    next: (known: KnownDevices) => KnownDevices,
  ): Promise<void> {
    const write = (await this.#database).transaction(USERS, "readwrite");
    const isDone = done(write);
    const users = write.objectStore(USERS);
    const known = readRow(await answered(users.get(user)));
    const hasRoom = known.length > 0 ||
      await answered(users.count()) < KNOWN_USERS_MAX;
    if (hasRoom) users.put(next(known), user);
    await isDone;
  }

  close(): void {
    this.#database.then((database) => database.close(), () => {});
  }
}

function readRow(row: unknown): KnownDevice[] {
  return Array.isArray(row) ? row.map(dated).filter(isKnown) : [];
}

/** Rows of before say no time: their person was met long ago. */
function dated(value: unknown): unknown {
  return { firstMetAt: 0, ...(value ?? {}) };
}

function isKnown(value: unknown): value is KnownDevice {
  const { key, userSince, firstMetAt, compared } = value as Partial<
    KnownDevice
  >;
  return isDeviceKey(key) && Number.isInteger(userSince) &&
    Number.isInteger(firstMetAt) && typeof compared === "boolean";
}
