/**
 * The seam to Ed25519 and SHA-256: what the browser has built in, or a library
 * where it is withheld. Both versions pass tests/conformance/keys_test.ts and
 * agree on every signature, odd ones included. Log, link and certificates know
 * these interfaces only.
 * @module
 */
import {
  type DeviceKey,
  isStrictSignature,
  keyBytes,
} from "../wire/device_key.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

/** Speaks for one key. The secret stays inside. */
export interface Signer {
  readonly key: DeviceKey;
  sign(bytes: Bytes): Promise<Bytes> | Bytes;
}

export interface Verifier {
  /** False for whatever is malformed; never throws. */
  verify(
    key: DeviceKey,
    bytes: Bytes,
    signature: Uint8Array,
  ): Promise<boolean> | boolean;
}

/** A key that can't be read out, not by a script in the page either. */
export interface NativeKey {
  kind: "native";
  key: DeviceKey;
  privateKey: CryptoKey;
}

/** A key whose secret, 32 bytes, lies open to whoever reads the store. */
export interface ScriptKey {
  kind: "script";
  key: DeviceKey;
  secret: Bytes;
}

/** A device's key as a store keeps it. */
export type KeptKey = NativeKey | ScriptKey;

/** Makes, uses and checks keys. */
export interface Keys extends Verifier {
  readonly kind: KeptKey["kind"];
  sha256(bytes: Bytes): Promise<Bytes> | Bytes;
  makeKey(): Promise<KeptKey>;
  /** Undefined for a key that the other kind of page has made. */
  signer(kept: KeptKey): Signer | undefined;
}

/**
 * The key's bytes where key and signature have forms that all versions read
 * alike; undefined where no version may take them.
 */
export function strictKeyBytes(
  key: DeviceKey,
  signature: Uint8Array,
): Bytes | undefined {
  return isStrictSignature(signature) ? keyBytes(key) : undefined;
}
