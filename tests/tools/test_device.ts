/**
 * A device with a real key, that asks the backend for a certificate.
 * @module
 */
import assert from "node:assert/strict";
import type { Signer } from "../../lib/mesh/keys.ts";
import { NativeKeys } from "../../lib/mesh/native_keys.ts";
import { encodeBase64Url } from "../../lib/wire/base64url.ts";
import {
  type IdentityRequest,
  possessionBytes,
} from "../../lib/wire/identity.ts";

export const testKeys = new NativeKeys(crypto.subtle);

export async function newSigner(): Promise<Signer> {
  const signer = testKeys.signer(await testKeys.makeKey());
  assert.ok(signer);
  return signer;
}

/** The request that shows `signer` to hold its key. */
export async function provingRequest(
  signer: Signer,
  { nonce, user }: { nonce: string; user: string },
): Promise<IdentityRequest> {
  const { key } = signer;
  const signature = await signer.sign(possessionBytes({ nonce, key, user }));
  return { key, nonce, signature: encodeBase64Url(signature) };
}
