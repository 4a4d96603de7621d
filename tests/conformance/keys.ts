/**
 * What every version of the seam to Ed25519 and SHA-256 must do.
 * @module
 */
import assert from "node:assert/strict";
import type { Bytes, Keys } from "../../lib/mesh/keys.ts";
import { encodeBase64Url } from "../../lib/wire/base64url.ts";
import { isDeviceKey } from "../../lib/wire/device_key.ts";
import { oddSignatures } from "../tools/odd_signatures.ts";

export const MESSAGE = new TextEncoder().encode("Chào mọi người");

/** RFC 8032, 7.1: key, message, signature. */
const RFC_8032 = [
  [
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155" +
    "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
  [
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac" +
    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  ],
].map((hexes) => hexes.map((hex) => Uint8Array.fromHex(hex)));

export async function signed(keys: Keys) {
  const kept = await keys.makeKey();
  const signer = keys.signer(kept);
  assert.ok(signer);
  return { key: signer.key, signature: await signer.sign(MESSAGE) };
}

export function testKeys(version: string, keys: Keys): void {
  Deno.test(`${version}.verify() takes what RFC 8032 signs`, async () => {
    for (const [key, message, signature] of RFC_8032) {
      assert.ok(key && message && signature);
      const text = encodeBase64Url(key);
      assert.equal(await keys.verify(text, message, signature), true);
      const longer = Uint8Array.of(...message, 0);
      assert.equal(await keys.verify(text, longer, signature), false);
    }
  });

  Deno.test(`${version}.makeKey() makes another key each time`, async () => {
    const made = [await keys.makeKey(), await keys.makeKey()];
    assert.ok(
      made.every(({ key, kind }) => isDeviceKey(key) && kind === keys.kind),
    );
    assert.notEqual(made[0]?.key, made[1]?.key);
  });

  Deno.test(`${version}.verify() takes what its own signer signs`, async () => {
    const { key, signature } = await signed(keys);
    assert.equal(signature.length, 64);
    assert.equal(await keys.verify(key, MESSAGE, signature), true);
  });

  Deno.test(`${version}.verify() refuses every changed bit`, async () => {
    const { key, signature } = await signed(keys);
    for (let bit = 0; bit < 512; bit += 11) {
      const changed = Uint8Array.from(signature);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(await keys.verify(key, MESSAGE, changed), false, `${bit}`);
    }
    const other = await signed(keys);
    assert.equal(await keys.verify(other.key, MESSAGE, signature), false);
    assert.equal(await keys.verify(key, MESSAGE.slice(1), signature), false);
  });

  Deno.test(`${version}.verify() says no to what is malformed, and never throws`, async () => {
    const { key, signature } = await signed(keys);
    const wrongKeys: unknown[] = [
      ...["", "x", `${key}=`, key.slice(1), "_".repeat(43), "A".repeat(43)],
      ...["x".repeat(1_000_000), undefined, null, 7, {}, [key]],
      // No point of the curve has this y.
      encodeBase64Url(Uint8Array.of(2, ...new Uint8Array(31))),
    ];
    for (const wrong of wrongKeys) {
      const claimed = wrong as string;
      assert.equal(await keys.verify(claimed, MESSAGE, signature), false);
    }
    for (const length of [0, 1, 32, 63, 65, 128]) {
      const cut = new Uint8Array(length).fill(1);
      assert.equal(await keys.verify(key, MESSAGE, cut), false);
    }
  });

  Deno.test(`${version}.verify() is strict where libraries differ`, async () => {
    for (const odd of oddSignatures()) {
      const key = encodeBase64Url(odd.key);
      const holds = await keys.verify(key, odd.message, odd.signature);
      assert.equal(holds, odd.holds, odd.what);
    }
  });

  Deno.test(`${version}.verify() answers the hundredth time as the first`, async () => {
    const authors = await Promise.all([signed(keys), signed(keys)]);
    for (let round = 0; round < 100; round++) {
      for (const { key, signature } of authors) {
        assert.equal(await keys.verify(key, MESSAGE, signature), true);
        const other = Uint8Array.of(round, ...MESSAGE);
        assert.equal(await keys.verify(key, other, signature), false);
      }
    }
  });

  Deno.test(`${version}.verify() stays strict with an author it knows well`, async () => {
    for (const odd of oddSignatures()) {
      const key = encodeBase64Url(odd.key);
      for (let round = 0; round < 6; round++) {
        const holds = await keys.verify(key, odd.message, odd.signature);
        assert.equal(holds, odd.holds, `${odd.what}, round ${round}`);
      }
    }
  });

  Deno.test(`${version}.sha256() is SHA-256`, async () => {
    const hex = async (bytes: Bytes) => (await keys.sha256(bytes)).toHex();
    assert.equal(
      await hex(new TextEncoder().encode("abc")),
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    assert.equal(
      await hex(new Uint8Array()),
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
  });
}
