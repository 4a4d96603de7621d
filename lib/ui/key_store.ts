/**
 * Keeps a device's key in the browser's IndexedDB, one database for each user
 * of this origin. A key of WebCrypto is kept as the browser's own object, which
 * no script can read out; one of the library as its bytes. What does not read
 * as a key any more counts as none.
 * @module
 */
import type { DeviceSlot, KeptDevice, KeyStore } from "../mesh/key_store.ts";
import type { KeptKey } from "../mesh/keys.ts";
import { isDeviceKey, KEY_BYTES } from "../wire/device_key.ts";
import { type Certificate, readCertificate } from "../wire/identity.ts";
import { answered, done, openDatabase } from "./indexed_db.ts";

const VERSION = 1;
const DEVICES = "devices";

export class IdbKeyStore implements KeyStore {
  readonly #database: Promise<IDBDatabase>;

  /** Opens at once; where that fails, every method rejects. */
  constructor(user: string) {
    this.#database = open(user);
    // Told by the first method that is called.
    this.#database.catch(() => {});
  }

  async load(slot: DeviceSlot): Promise<KeptDevice | undefined> {
    const database = await this.#database;
    const devices = database.transaction(DEVICES).objectStore(DEVICES);
    return readDevice(slot, await answered(devices.get(keyOf(slot))));
  }

  async keepKey(slot: DeviceSlot, key: KeptKey): Promise<KeptDevice> {
    const database = await this.#database;
    const write = database.transaction(DEVICES, "readwrite");
    const isDone = done(write);
    const devices = write.objectStore(DEVICES);
    const kept = readDevice(slot, await answered(devices.get(keyOf(slot))));
    const device = kept ?? { key };
    if (kept === undefined) devices.put(device, keyOf(slot));
    await isDone;
    return device;
  }

  async keepCertificate(
    slot: DeviceSlot,
    certificate: Certificate,
  ): Promise<void> {
    const database = await this.#database;
    const write = database.transaction(DEVICES, "readwrite");
    const isDone = done(write);
    const devices = write.objectStore(DEVICES);
    const kept = readDevice(slot, await answered(devices.get(keyOf(slot))));
    if (kept?.key.key === certificate.key) {
      devices.put({ ...kept, certificate }, keyOf(slot));
    }
    await isDone;
  }

  close(): void {
    this.#database.then((database) => database.close(), () => {});
  }
}

function open(user: string): Promise<IDBDatabase> {
  return openDatabase(`weaprous-identity:${user}`, VERSION, (database) => {
    // Rows are KeptDevice under [userSince, kind].
    database.createObjectStore(DEVICES);
  });
}

function keyOf({ userSince, kind }: DeviceSlot): [number, string] {
  return [userSince, kind];
}

/** The device in a row, or none where the row holds no key of this kind. */
function readDevice(
  { kind }: DeviceSlot,
  row: unknown,
): KeptDevice | undefined {
  const { key, certificate } = (row ?? {}) as Partial<KeptDevice>;
  if (!isKeptKey(key) || key.kind !== kind) return undefined;
  try {
    return { key, certificate: readCertificate(certificate) };
  } catch {
    return { key };
  }
}

function isKeptKey(value: unknown): value is KeptKey {
  const kept = (value ?? {}) as Partial<KeptKey>;
  if (!isDeviceKey(kept.key)) return false;
  if (kept.kind === "native") return kept.privateKey instanceof CryptoKey;
  return kept.kind === "script" && kept.secret instanceof Uint8Array &&
    kept.secret.length === KEY_BYTES;
}
