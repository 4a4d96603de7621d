/**
 * Keys by WebCrypto: fast, and the secret never leaves the browser's keeping.
 * Only pages from https or from this machine have it.
 * @module
 */
import { encodeBase64Url } from "../wire/base64url.ts";
import type { DeviceKey } from "../wire/device_key.ts";
import {
  type Bytes,
  type KeptKey,
  type Keys,
  type NativeKey,
  type Signer,
  strictKeyBytes,
} from "./keys.ts";

const ED25519 = "Ed25519";
/** To read a key in costs as much as a verification; authors come again. */
const IMPORTED_KEYS_MAX = 512;

export class NativeKeys implements Keys {
  readonly kind = "native";
  readonly #subtle: SubtleCrypto;
  /** The one used longest ago first. */
  readonly #imported = new Map<DeviceKey, Promise<CryptoKey>>();

  constructor(subtle: SubtleCrypto) {
    this.#subtle = subtle;
  }

  async sha256(bytes: Bytes): Promise<Bytes> {
    return new Uint8Array(await this.#subtle.digest("SHA-256", bytes));
  }

  async makeKey(): Promise<NativeKey> {
    const extractable = false;
    const { privateKey, publicKey } = await this.#subtle.generateKey(
      ED25519,
      extractable,
      ["sign", "verify"],
    ) as CryptoKeyPair;
    const raw = await this.#subtle.exportKey("raw", publicKey);
    const key = encodeBase64Url(new Uint8Array(raw));
    return { kind: this.kind, key, privateKey };
  }

  signer(kept: KeptKey): Signer | undefined {
    if (kept.kind !== this.kind) return undefined;
    const { key, privateKey } = kept;
    const sign = async (bytes: Bytes) =>
      new Uint8Array(await this.#subtle.sign(ED25519, privateKey, bytes));
    return { key, sign };
  }

  async verify(
    key: DeviceKey,
    bytes: Bytes,
    signature: Uint8Array,
  ): Promise<boolean> {
    const raw = strictKeyBytes(key, signature);
    if (raw === undefined) return false;
    try {
      const imported = await this.#import(key, raw);
      // A copy: what is checked can't be changed while it is.
      const copy = Uint8Array.from(signature);
      return await this.#subtle.verify(ED25519, imported, copy, bytes);
    } catch {
      // Some browsers refuse at import what others refuse at verification.
      return false;
    }
  }

  #import(key: DeviceKey, raw: Bytes): Promise<CryptoKey> {
    const imported = this.#imported.get(key) ??
      this.#subtle.importKey("raw", raw, ED25519, false, ["verify"]);
    this.#imported.delete(key);
    this.#imported.set(key, imported);
    if (this.#imported.size > IMPORTED_KEYS_MAX) {
      const [oldest] = this.#imported.keys();
      if (oldest !== undefined) this.#imported.delete(oldest);
    }
    return imported;
  }
}
