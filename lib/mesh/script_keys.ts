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
import { PointTable } from "./_point_table.ts";
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
/** Authors whose tables are kept: 130 KB each. */
const AUTHORS_MAX = 32;
/** An author who was checked as often as this gets a table. */
const CHECKS_BEFORE_TABLE = 3;

/** A point that signatures are checked by, and how often it was. */
interface Author {
  point: Point;
  checks: number;
  table: PointTable | undefined;
}

export class ScriptKeys implements Keys {
  readonly kind = "script";
  /** The one who was checked longest ago first. */
  readonly #authors = new Map<DeviceKey, Author>();

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
      const author = this.#author(key, raw);
      return holds(author, { raw, bytes, signature });
    } catch {
      // Every second number is the y of no point of the curve.
      return false;
    }
  }

  #author(key: DeviceKey, raw: Bytes): Author {
    const author = this.#authors.get(key) ??
      { point: Point.fromBytes(raw), checks: 0, table: undefined };
    this.#authors.delete(key);
    this.#authors.set(key, author);
    if (this.#authors.size > AUTHORS_MAX) {
      const [oldest] = this.#authors.keys();
      if (oldest !== undefined) this.#authors.delete(oldest);
    }
    if (++author.checks > CHECKS_BEFORE_TABLE) {
      author.table ??= new PointTable(author.point);
    }
    return author;
  }
}

/**
 * RFC 8032, 5.1.7, without the cofactor, as browsers do it: R is what comes out
 * of the equation, byte for byte. The library's own verify() multiplies by the
 * cofactor, and takes signatures that browsers refuse.
 */
function holds(
  { point, table }: Author,
  { raw, bytes, signature }: {
    raw: Bytes;
    bytes: Bytes;
    signature: Uint8Array;
  },
): boolean {
  const r = signature.subarray(0, KEY_BYTES);
  const s = numberOf(signature.subarray(KEY_BYTES));
  const hash = sha512.create().update(r).update(raw).update(bytes).digest();
  const k = numberOf(hash) % GROUP_ORDER;
  // Nothing here is secret, so no step needs to hide how long it takes.
  const kA = table?.multiply(k) ?? point.multiply(k, false);
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
