/**
 * The versions that browsers have, and that they agree byte for byte.
 * @module
 */
import assert from "node:assert/strict";
import { NativeKeys } from "../../lib/mesh/native_keys.ts";
import { ScriptKeys } from "../../lib/mesh/script_keys.ts";
import { decodeBase64Url, encodeBase64Url } from "../../lib/wire/base64url.ts";
import { MESSAGE, signed, testKeys } from "./keys.ts";

const native = new NativeKeys(crypto.subtle);
const script = new ScriptKeys();
testKeys("NativeKeys", native);
testKeys("ScriptKeys", script);

Deno.test("each version takes the other's signatures, and no other's key", async () => {
  for (const [one, other] of [[native, script], [script, native]] as const) {
    const { key, signature } = await signed(one);
    assert.equal(await other.verify(key, MESSAGE, signature), true);
    assert.equal(other.signer(await one.makeKey()), undefined);
  }
});

Deno.test("both versions make the same signature from the same secret", async () => {
  const kept = await script.makeKey();
  // PKCS #8 for Ed25519: a fixed head, then the secret.
  const head = "302e020100300506032b657004220420";
  const pkcs8 = Uint8Array.of(...Uint8Array.fromHex(head), ...kept.secret);
  const usages: KeyUsage[] = ["sign"];
  const privateKey = await crypto.subtle
    .importKey("pkcs8", pkcs8, "Ed25519", false, usages);
  const same = { kind: "native", key: kept.key, privateKey } as const;
  assert.deepEqual(
    await native.signer(same)?.sign(MESSAGE),
    await script.signer(kept)?.sign(MESSAGE),
  );
});

Deno.test("NativeKeys makes keys that no script can read out", async () => {
  const { privateKey } = await native.makeKey();
  assert.equal(privateKey.extractable, false);
  await assert.rejects(crypto.subtle.exportKey("pkcs8", privateKey));
});

Deno.test("NativeKeys.verify() still knows a key after very many others", async () => {
  const { key, signature } = await signed(native);
  const raw = decodeBase64Url(key);
  assert.ok(raw);
  for (let at = 0; at < 600; at++) {
    const other = Uint8Array.from(raw);
    other.set([at & 255, at >> 8]);
    await native.verify(encodeBase64Url(other), MESSAGE, signature);
  }
  assert.equal(await native.verify(key, MESSAGE, signature), true);
});
