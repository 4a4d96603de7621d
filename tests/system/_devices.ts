// deno-lint-ignore-file no-await-in-loop -- one device after the other
/** As many devices of one account as it may have certified at once. @module */
import assert from "node:assert/strict";
import { decodeIdentityNonce } from "../../lib/wire/identity.ts";
import { newSigner, provingRequest } from "../tools/test_device.ts";
import { ask, json } from "./_door.ts";

/** CERTIFICATES_PER_USER.burst of lib/auth/identity.ts. */
const DEVICES_AT_ONCE_MAX = 30;

/** Has new devices of `account` certified until one is refused; returns that answer. */
export async function certifyTooMany(
  origin: string,
  account: { username: string; password: string },
) {
  const { cookie } = await ask(`${origin}/login`, json(account));
  for (let count = 0;; count++) {
    const { text } = await ask(`${origin}/identity/nonce`, {
      headers: { cookie },
    });
    const proof = await provingRequest(
      await newSigner(),
      decodeIdentityNonce(text),
    );
    const answer = await ask(`${origin}/identity`, json(proof, { cookie }));
    if (answer.status === 429) {
      // On a slow machine one more may have become free meanwhile.
      assert.ok(count >= DEVICES_AT_ONCE_MAX, `${count}`);
      return answer;
    }
    assert.equal(answer.status, 200, answer.text);
    assert.ok(count < 2 * DEVICES_AT_ONCE_MAX);
  }
}
