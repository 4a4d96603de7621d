// deno-lint-ignore-file require-await -- what is read and written is one step.
/**
 * Keeps a device's key in a file for its owner alone. What does not read as a
 * key any more counts as none. One process has the file: its slot is locked.
 * @module
 */
import type { DeviceSlot, KeptDevice, KeyStore } from "../mesh/key_store.ts";
import type { KeptKey } from "../mesh/keys.ts";
import { decodeBase64Url, encodeBase64Url } from "../wire/base64url.ts";
import { isDeviceKey, KEY_BYTES } from "../wire/device_key.ts";
import { type Certificate, readCertificate } from "../wire/identity.ts";
import { readIfThere, writePrivate } from "./state_files.ts";

/** A device as the file has it, under `userSince kind`. */
interface Row {
  key: string;
  secret: string;
  certificate?: Certificate | undefined;
}

export class FileKeyStore implements KeyStore {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async load(slot: DeviceSlot): Promise<KeptDevice | undefined> {
    return deviceOf(slot, this.#rows()[nameOf(slot)]);
  }

  async keepKey(slot: DeviceSlot, key: KeptKey): Promise<KeptDevice> {
    const rows = this.#rows();
    const kept = deviceOf(slot, rows[nameOf(slot)]);
    if (kept !== undefined) return kept;
    if (key.kind !== "script") {
      throw new TypeError("A file keeps keys whose secret can be read");
    }
    const secret = encodeBase64Url(key.secret);
    this.#write({ ...rows, [nameOf(slot)]: { key: key.key, secret } });
    return { key };
  }

  async keepCertificate(
    slot: DeviceSlot,
    certificate: Certificate,
  ): Promise<void> {
    const rows = this.#rows();
    const row = rows[nameOf(slot)] as Row | undefined;
    if (row?.key !== certificate.key) return;
    this.#write({ ...rows, [nameOf(slot)]: { ...row, certificate } });
  }

  close(): void {}

  #rows(): Record<string, unknown> {
    try {
      const rows: unknown = JSON.parse(readIfThere(this.#path) ?? "{}");
      return typeof rows === "object" && rows !== null
        ? rows as Record<string, unknown>
        : {};
    } catch (error) {
      if (error instanceof SyntaxError) return {};
      throw error;
    }
  }

  #write(rows: Record<string, unknown>): void {
    writePrivate(this.#path, `${JSON.stringify(rows, undefined, 2)}\n`);
  }
}

function nameOf({ userSince, kind }: DeviceSlot): string {
  return `${userSince} ${kind}`;
}

function deviceOf({ kind }: DeviceSlot, row: unknown): KeptDevice | undefined {
  const { key, secret: text, certificate } = (row ?? {}) as Partial<Row>;
  const secret = typeof text === "string" ? decodeBase64Url(text) : undefined;
  const isKey = kind === "script" && isDeviceKey(key) &&
    secret?.length === KEY_BYTES;
  if (!isKey) return undefined;
  const kept = { kind, key, secret };
  try {
    return { key: kept, certificate: readCertificate(certificate) };
  } catch {
    return { key: kept };
  }
}
