import assert from "node:assert/strict";
import { encodeBase64Url } from "../../lib/wire/base64url.ts";
import {
  isDeviceKey,
  isStrictPoint,
  isStrictSignature,
  KEY_CHARS,
  readDeviceKey,
  readSignature,
  SIGNATURE_CHARS,
} from "../../lib/wire/device_key.ts";

/** The first key and signature of RFC 8032, 7.1. */
const KEY = Uint8Array.fromHex(
  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
);
const SIGNATURE = Uint8Array.fromHex(
  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155" +
    "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
);
const FIELD_PRIME = 2n ** 255n - 19n;
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** A number in 32 bytes, the lowest first. */
function bytesOf(number: bigint): Uint8Array {
  return Uint8Array.fromHex(number.toString(16).padStart(64, "0")).reverse();
}

function withS(s: bigint): Uint8Array {
  const signature = Uint8Array.from(SIGNATURE);
  signature.set(bytesOf(s), 32);
  return signature;
}

Deno.test("readDeviceKey() takes a key as 43 characters", () => {
  const text = encodeBase64Url(KEY);
  assert.equal(text.length, KEY_CHARS);
  assert.equal(readDeviceKey(text), text);
});

Deno.test("readDeviceKey() refuses what is no key's one text, and quotes it", () => {
  const text = encodeBase64Url(KEY);
  const refused = [
    ...[undefined, null, 7, {}, [text], "", text.slice(1), `${text}A`],
    ...[`${text}=`, ` ${text}`, text.replace("1", "+"), "é".repeat(43)],
    // The same bytes with a bit set that no byte holds.
    `${text.slice(0, -1)}p`,
    "A".repeat(100_000),
  ];
  assert.equal(text.at(-1), "o");
  for (const value of refused) {
    assert.equal(isDeviceKey(value), false);
    assert.throws(() => readDeviceKey(value), { code: "bad-message" });
  }
  assert.throws(() => readDeviceKey("short"), /"short" is not an Ed25519/);
});

Deno.test("isStrictPoint() knows one encoding for each point", () => {
  for (let above = 0n; above < 19n; above++) {
    for (const sign of [0n, 1n << 255n]) {
      const doubled = bytesOf(FIELD_PRIME + above + sign);
      assert.equal(isStrictPoint(doubled), false, `${above} ${sign}`);
    }
  }
  // Above the small ones and below the prime, where the last -1 has order 2.
  assert.equal(isStrictPoint(bytesOf(2n)), true);
  assert.equal(isStrictPoint(bytesOf(FIELD_PRIME - 2n)), true);
  assert.equal(isStrictPoint(KEY.subarray(1)), false);
});

Deno.test("isStrictPoint() refuses the points whose order divides 8", () => {
  const weak = [
    ...["00".repeat(32), `01${"00".repeat(31)}`, `ec${"ff".repeat(30)}7f`],
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  ];
  for (const hex of weak) {
    const bytes = Uint8Array.fromHex(hex);
    assert.equal(isStrictPoint(bytes), false, hex);
    bytes[31] = (bytes[31] ?? 0) | 0x80;
    assert.equal(isStrictPoint(bytes), false, `-${hex}`);
  }
});

Deno.test("isStrictSignature() holds S below the order of the group", () => {
  assert.equal(isStrictSignature(SIGNATURE), true);
  assert.equal(isStrictSignature(withS(0n)), true);
  assert.equal(isStrictSignature(withS(GROUP_ORDER - 1n)), true);
  assert.equal(isStrictSignature(withS(GROUP_ORDER)), false);
  assert.equal(isStrictSignature(withS(2n ** 256n - 1n)), false);
  const s = SIGNATURE.slice(32).reverse().toHex();
  assert.equal(isStrictSignature(withS(BigInt(`0x${s}`) + GROUP_ORDER)), false);
  assert.equal(isStrictSignature(SIGNATURE.subarray(0, 63)), false);
});

Deno.test("readSignature() takes 86 characters and nothing near", () => {
  const text = encodeBase64Url(SIGNATURE);
  assert.equal(text.length, SIGNATURE_CHARS);
  assert.equal(readSignature(text), text);
  const weak = Uint8Array.from(SIGNATURE).fill(0, 0, 32);
  const refused = [
    ...[undefined, 7, [text], "", text.slice(1), `${text}==`],
    ...[`${text.slice(0, -1)}x`, encodeBase64Url(weak)],
    encodeBase64Url(withS(GROUP_ORDER)),
  ];
  for (const value of refused) {
    assert.throws(() => readSignature(value), { code: "bad-message" });
  }
});
