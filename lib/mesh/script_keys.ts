/**
 * Keys by a library, for pages that a browser gives no WebCrypto: those from
 * plain http on another machine. Slower, and the secret is bytes in a store.
 * A chunk of its own, loaded where it is needed only.
 * @module
 */
import { getPublicKey, hashes, Point, sign, utils } from "@noble/ed25519";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { encodeBase64Url } from "../wire/base64url.ts";
import { type DeviceKey, KEY_BYTES } from "../wire/device_key.ts";
import {
  type Bytes,
  type KeptKey,
  type Keys,
  type ScriptKey,
  type Signer,
  strictKeyBytes,
} from "./keys.ts";

hashes.sha512 = sha512;

const GROUP_ORDER = Point.CURVE().n;

export class ScriptKeys implements Keys {
  readonly kind = "script";

  sha256(bytes: Bytes): Bytes {
    return Uint8Array.from(sha256(bytes));
  }

  makeKey(): Promise<ScriptKey> {
    const secret = Uint8Array.from(utils.randomSecretKey());
    const key = encodeBase64Url(getPublicKey(secret));
    return Promise.resolve({ kind: this.kind, key, secret });
  }

  signer(kept: KeptKey): Signer | undefined {
    if (kept.kind !== this.kind) return undefined;
    const { key, secret } = kept;
    return { key, sign: (bytes) => Uint8Array.from(sign(bytes, secret)) };
  }

  verify(key: DeviceKey, bytes: Bytes, signature: Uint8Array): boolean {
    const raw = strictKeyBytes(key, signature);
    if (raw === undefined) return false;
    try {
      return holds(raw, bytes, signature);
    } catch {
      // Every second number is the y of no point of the curve.
      return false;
    }
  }
}

/**
 * RFC 8032, 5.1.7, without the cofactor, as browsers do it: R is what comes out
 * of the equation, byte for byte. The library's own verify() multiplies by the
 * cofactor, and takes signatures that browsers refuse.
 */
function holds(raw: Bytes, bytes: Bytes, signature: Uint8Array): boolean {
  const r = signature.subarray(0, KEY_BYTES);
  const s = numberOf(signature.subarray(KEY_BYTES));
  const hash = sha512.create().update(r).update(raw).update(bytes).digest();
  const k = numberOf(hash) % GROUP_ORDER;
  // Nothing here is secret, so no step needs to hide how long it takes.
  const kA = Point.fromBytes(raw).multiply(k, false);
  const expected = Point.BASE.multiply(s, false).subtract(kA).toBytes();
  return expected.every((byte, at) => byte === r[at]);
}

/** The number that `bytes` are, the lowest first. */
function numberOf(bytes: Uint8Array): bigint {
  const digits = Array.from(
    bytes,
    (byte) => byte.toString(16).padStart(2, "0"),
  );
  return BigInt(`0x${digits.reverse().join("")}`);
}
