/**
 * Keeps a device's key in the browser's IndexedDB, one database for each user
 * of this origin. A key of WebCrypto is kept as the browser's own object, which
 * no script can read out; one of the library as its bytes. What does not read
 * as a key any more counts as none.
 * @module
 */
import { type IDBPDatabase, openDB } from "idb";
import type { DeviceSlot, KeptDevice, KeyStore } from "../mesh/key_store.ts";
import type { KeptKey } from "../mesh/keys.ts";
import { isDeviceKey, KEY_BYTES } from "../wire/device_key.ts";
import { type Certificate, readCertificate } from "../wire/identity.ts";

const VERSION = 1;
const DEVICES = "devices";

export class IdbKeyStore implements KeyStore {
  readonly #database: Promise<IDBPDatabase>;

  /** Opens at once; where that fails, every method rejects. */
  constructor(user: string) {
    this.#database = open(user);
    // Told by the first method that is called.
    this.#database.catch(() => {});
  }

  async load(slot: DeviceSlot): Promise<KeptDevice | undefined> {
    const database = await this.#database;
    return readDevice(slot, await database.get(DEVICES, keyOf(slot)));
  }

  async keepKey(slot: DeviceSlot, key: KeptKey): Promise<KeptDevice> {
    const database = await this.#database;
    const write = database.transaction(DEVICES, "readwrite");
    const kept = readDevice(slot, await write.store.get(keyOf(slot)));
    const device = kept ?? { key };
    if (kept === undefined) await write.store.put(device, keyOf(slot));
    await write.done;
    return device;
  }

  async keepCertificate(
    slot: DeviceSlot,
    certificate: Certificate,
  ): Promise<void> {
    const database = await this.#database;
    const write = database.transaction(DEVICES, "readwrite");
    const kept = readDevice(slot, await write.store.get(keyOf(slot)));
    if (kept?.key.key === certificate.key) {
      await write.store.put({ ...kept, certificate }, keyOf(slot));
    }
    await write.done;
  }

  close(): void {
    this.#database.then((database) => database.close(), () => {});
  }
}

/** Async, so that a browser that throws at once rejects like any other. */
async function open(user: string): Promise<IDBPDatabase> {
  return await openDB(`weaprous-identity:${user}`, VERSION, {
    upgrade(database) {
      // Rows are KeptDevice under [userSince, kind].
      database.createObjectStore(DEVICES);
    },
    blocking(_current, _blocked, event) {
      // A tab with a newer version waits: let go of this one.
      (event.target as IDBDatabase).close();
    },
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
