/**
 * Keeps in the browser's IndexedDB which devices people were met with, one
 * database for each user of this origin. A row that does not read counts as
 * none. Where nothing can be kept, every device is the first of its person.
 * @module
 */
import { type IDBPDatabase, openDB } from "idb";
import {
  type DeviceNews,
  type KnownDevice,
  type KnownDevices,
  mark,
  meet,
  type MetDevice,
} from "../mesh/known_devices.ts";
import { type DeviceKey, isDeviceKey } from "../wire/device_key.ts";

/** People remembered; more than a school has. */
export const KNOWN_USERS_MAX = 5_000;
const USERS = "users";

export class IdbKnownDevices {
  readonly #database: Promise<IDBPDatabase>;

  /** Opens at once; where that fails, every method rejects. */
  constructor(user: string) {
    this.#database = openDB(`weaprous-people:${user}`, 1, {
      upgrade(database) {
        // Rows are KnownDevices under the user's name.
        database.createObjectStore(USERS);
      },
      blocking(_current, _blocked, event) {
        (event.target as IDBDatabase).close();
      },
    });
    this.#database.catch(() => {});
  }

  /** The keys that were compared. */
  async compared(): Promise<DeviceKey[]> {
    const rows = await (await this.#database).getAll(USERS);
    return rows.flatMap(readRow)
      .flatMap(({ key, compared }) => compared ? [key] : []);
  }

  async meet(met: MetDevice): Promise<DeviceNews | undefined> {
    let news: DeviceNews | undefined;
    await this.#change(met.user, (known) => {
      const next = meet(known, met);
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
    const known = readRow(await write.store.get(user));
    const hasRoom = known.length > 0 ||
      await write.store.count() < KNOWN_USERS_MAX;
    if (hasRoom) await write.store.put(next(known), user);
    await write.done;
  }

  close(): void {
    this.#database.then((database) => database.close(), () => {});
  }
}

function readRow(row: unknown): KnownDevice[] {
  return Array.isArray(row) ? row.filter(isKnown) : [];
}

function isKnown(value: unknown): value is KnownDevice {
  const { key, userSince, compared } = (value ?? {}) as Partial<KnownDevice>;
  return isDeviceKey(key) && Number.isInteger(userSince) &&
    typeof compared === "boolean";
}
