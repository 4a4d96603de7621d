/**
 * The seam to whatever keeps a device's key and its certificate over a reload,
 * and its in-memory twin. Every store passes tests/conformance/key_store.ts. A
 * store is one user's.
 * @module
 */
import type { Certificate } from "../wire/identity.ts";
import type { KeptKey } from "./keys.ts";

/** Which of a user's keys: accounts made anew and kinds of pages have others. */
export interface DeviceSlot {
  /** As in the certificate: an account made anew gets another key. */
  userSince: number;
  kind: KeptKey["kind"];
}

export interface KeptDevice {
  key: KeptKey;
  certificate?: Certificate | undefined;
}

export interface KeyStore {
  load(slot: DeviceSlot): Promise<KeptDevice | undefined>;
  /** Keeps `key` where there is none; returns what is kept, a tab's before. */
  keepKey(slot: DeviceSlot, key: KeptKey): Promise<KeptDevice>;
  /** Keeps it beside the key that it names, and nowhere else. */
  keepCertificate(slot: DeviceSlot, certificate: Certificate): Promise<void>;
  close(): void;
}

/** Keeps keys for as long as the page is open. */
export class MemoryKeyStore implements KeyStore {
  readonly #devices = new Map<string, KeptDevice>();

  load(slot: DeviceSlot): Promise<KeptDevice | undefined> {
    return Promise.resolve(this.#devices.get(nameOf(slot)));
  }

  keepKey(slot: DeviceSlot, key: KeptKey): Promise<KeptDevice> {
    const device = this.#devices.get(nameOf(slot)) ?? { key };
    this.#devices.set(nameOf(slot), device);
    return Promise.resolve(device);
  }

  keepCertificate(slot: DeviceSlot, certificate: Certificate): Promise<void> {
    const device = this.#devices.get(nameOf(slot));
    if (device?.key.key === certificate.key) {
      this.#devices.set(nameOf(slot), { ...device, certificate });
    }
    return Promise.resolve();
  }

  close(): void {}
}

function nameOf({ userSince, kind }: DeviceSlot): string {
  return `${userSince} ${kind}`;
}
