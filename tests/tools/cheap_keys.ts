/**
 * A stand-in for Ed25519 and SHA-256 that costs next to nothing: a signature is
 * a hash of key and bytes, so whoever cheats on purpose can make one, and
 * whoever only changes bytes is found out. For cores and the simulator.
 * @module
 */
import type { Bytes, Signer } from "../../lib/mesh/keys.ts";
import { decodeBase64Url, encodeBase64Url } from "../../lib/wire/base64url.ts";
import type { DeviceKey } from "../../lib/wire/device_key.ts";
import type { Certificate } from "../../lib/wire/identity.ts";

/** `alice` -> `alice______…_A`: passes for a public key, and can be read. */
export function deviceKey(name: string): DeviceKey {
  return `${name.slice(0, 42).padEnd(42, "_")}A`;
}

export const ISSUER = deviceKey("issuer");

/** Four lanes of multiply and shift over the bytes, spread over `length`. */
function scramble(bytes: Uint8Array, length: number): Bytes {
  const lanes = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f];
  let [a = 0, b = 0, c = 0, d = 0] = lanes;
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x85ebca77);
    b = Math.imul(b ^ byte ^ (a >>> 15), 0xc2b2ae3d);
    c = Math.imul(c ^ byte ^ (b >>> 13), 0x27d4eb2f);
    d = Math.imul(d ^ byte ^ (c >>> 16), 0x165667b1);
  }
  const spread = new Uint8Array(length);
  for (let at = 0; at < length; at++) {
    a = Math.imul(a ^ (d >>> 15) ^ at, 0x2c1b3c6d);
    d = Math.imul(d ^ (b >>> 12) ^ c, 0x297a2d39) + a;
    b = Math.imul(b ^ (a >>> 14), 0x85ebca77) ^ d;
    spread[at] = b >>> 24;
  }
  return spread;
}

function signatureOf(key: DeviceKey, bytes: Uint8Array): Bytes {
  const keyPart = decodeBase64Url(key) ?? new Uint8Array();
  const joined = new Uint8Array(keyPart.length + bytes.length);
  joined.set(keyPart);
  joined.set(bytes, keyPart.length);
  const signature = scramble(joined, 64);
  // In the form of a strict signature: R below the prime, S below the order.
  signature[31] = 0x42;
  signature[63] = 0;
  return signature;
}

export const cheapKeys = {
  sha256: (bytes: Bytes): Bytes => scramble(bytes, 32),
  signer: (key: DeviceKey): Signer => ({
    key,
    sign: (bytes) => signatureOf(key, bytes),
  }),
  sign: signatureOf,
  verify: (key: DeviceKey, bytes: Bytes, signature: Uint8Array): boolean =>
    signatureOf(key, bytes).every((byte, at) => byte === signature[at]),
};

/** A certificate in form; its signature is the stand-in's. */
export function certificateOf(user: string, key: DeviceKey): Certificate {
  const signature = encodeBase64Url(
    signatureOf(ISSUER, new TextEncoder().encode(`${user} ${key}`)),
  );
  return {
    version: 1,
    user,
    userSince: 1_000,
    key,
    issuedAt: 2_000,
    expiresAt: 9_000_000_000_000,
    issuer: ISSUER,
    signature,
  };
}
