/**
 * Ed25519 public keys and signatures as they travel: the raw bytes of RFC 8032
 * in base64url. Libraries differ in which odd encodings they take; what passes
 * here leaves them no room: a point has one encoding and no small order, and S
 * is below the order of the group. No curve arithmetic: bytes are compared.
 * @module
 */
import { quote } from "./_fields.ts";
import { decodeBase64Url } from "./base64url.ts";
import { WireError } from "./wire_error.ts";

/**
 * A device's public key: 43 characters. It names the author of log entries, and
 * is safe as a Map key, a path segment and a line of text.
 */
export type DeviceKey = string;

export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;
export const KEY_CHARS = 43;
export const SIGNATURE_CHARS = 86;

/** Numbers as RFC 8032 writes them: 32 bytes, the lowest first. */
const FIELD_PRIME = bytesOf("ed", "ff".repeat(30), "7f");
const GROUP_ORDER = bytesOf(
  "edd3f55c1a631258d69cf7a2def9de14",
  "00".repeat(15),
  "10",
);
/**
 * The y of the points whose order divides 8. Under such a key anybody can make
 * signatures, and one of them may hold for many messages.
 */
const SMALL_ORDER_Y = [
  bytesOf("00".repeat(32)),
  bytesOf("01", "00".repeat(31)),
  bytesOf("ec", "ff".repeat(30), "7f"),
  bytesOf("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
  bytesOf("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
];

function bytesOf(...hex: string[]): Uint8Array {
  const pairs = hex.join("").match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

/** Whether 32 bytes may be a point: its one encoding, and no small order. */
export function isStrictPoint(bytes: Uint8Array): boolean {
  if (bytes.length !== KEY_BYTES) return false;
  const y = Uint8Array.from(bytes);
  // The highest bit is the sign of x.
  y[KEY_BYTES - 1] = (y[KEY_BYTES - 1] ?? 0) & 0x7f;
  return isBelow(y, FIELD_PRIME) &&
    !SMALL_ORDER_Y.some((weak) => weak.every((byte, at) => byte === y[at]));
}

/** Whether 64 bytes may be a signature: R a strict point, S in range. */
export function isStrictSignature(bytes: Uint8Array): boolean {
  return bytes.length === SIGNATURE_BYTES &&
    isStrictPoint(bytes.subarray(0, KEY_BYTES)) &&
    isBelow(bytes.subarray(KEY_BYTES), GROUP_ORDER);
}

function isBelow(number: Uint8Array, limit: Uint8Array): boolean {
  for (let at = KEY_BYTES - 1; at >= 0; at--) {
    const [digit, most] = [number[at] ?? 0, limit[at] ?? 0];
    if (digit !== most) return digit < most;
  }
  return false;
}

/** The bytes of a key's text; undefined where it isn't a strict one. */
export function keyBytes(key: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (typeof key !== "string" || key.length !== KEY_CHARS) return undefined;
  const bytes = decodeBase64Url(key);
  return bytes !== undefined && isStrictPoint(bytes) ? bytes : undefined;
}

/** The bytes of a signature's text; undefined where it isn't a strict one. */
export function signatureBytes(
  signature: unknown,
): Uint8Array<ArrayBuffer> | undefined {
  if (typeof signature !== "string") return undefined;
  if (signature.length !== SIGNATURE_CHARS) return undefined;
  const bytes = decodeBase64Url(signature);
  return bytes !== undefined && isStrictSignature(bytes) ? bytes : undefined;
}

export function isDeviceKey(value: unknown): value is DeviceKey {
  return keyBytes(value) !== undefined;
}

/** `value` as a public key, or a WireError `bad-message`. */
export function readDeviceKey(value: unknown): DeviceKey {
  if (isDeviceKey(value)) return value;
  throw new WireError(
    "bad-message",
    `Key ${quote(value)} is not an Ed25519 public key in base64url`,
  );
}

/** `value` as a signature's text, or a WireError `bad-message`. */
export function readSignature(value: unknown): string {
  if (signatureBytes(value) !== undefined) return value as string;
  throw new WireError(
    "bad-message",
    `Signature ${quote(value)} is not an Ed25519 signature in base64url`,
  );
}
