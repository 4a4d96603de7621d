/**
 * What every store of device keys must do.
 * @module
 */
import assert from "node:assert/strict";
import type { KeyStore } from "../../lib/mesh/key_store.ts";
import type { ScriptKey } from "../../lib/mesh/keys.ts";
import type { Certificate } from "../../lib/wire/identity.ts";

/** Keys and a signature of RFC 8032, 7.1: only their forms matter here. */
export const KEY_A = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
export const KEY_B = "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw";
const SIGNATURE =
  "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc-bRr0lv18FlbviRlUUFDjnoQCw";

export const SLOT = { userSince: 1_000, kind: "script" } as const;

export function scriptKey(key = KEY_A): ScriptKey {
  return { kind: "script", key, secret: new Uint8Array(32).fill(7) };
}

export function certificateOf(key = KEY_A): Certificate {
  return {
    version: 1,
    user: "mai",
    userSince: 1_000,
    key,
    issuedAt: 5_000,
    expiresAt: 6_000,
    issuer: KEY_B,
    signature: SIGNATURE,
  };
}

export interface TestedKeyStore {
  name: string;
  /** An empty store. */
  open(): KeyStore;
  /** The store that was opened last, as another tab or a reload opens it. */
  reopen(): KeyStore;
}

export function testKeyStore({ name, open, reopen }: TestedKeyStore): void {
  Deno.test(`${name} knows no device at first`, async () => {
    const store = open();
    assert.equal(await store.load(SLOT), undefined);
    store.close();
  });

  Deno.test(`${name} keeps a key and its certificate over a reload`, async () => {
    const store = open();
    const kept = await store.keepKey(SLOT, scriptKey());
    assert.deepEqual(kept, { key: scriptKey() });
    await store.keepCertificate(SLOT, certificateOf());
    store.close();
    const again = reopen();
    const expected = { key: scriptKey(), certificate: certificateOf() };
    assert.deepEqual(await again.load(SLOT), expected);
    again.close();
  });

  Deno.test(`${name}.keepKey() keeps the key that was first, and says so`, async () => {
    const store = open();
    const both = await Promise.all([
      store.keepKey(SLOT, scriptKey(KEY_A)),
      store.keepKey(SLOT, scriptKey(KEY_B)),
    ]);
    assert.equal(both[0].key.key, both[1].key.key);
    assert.deepEqual((await store.load(SLOT))?.key, both[0].key);
    store.close();
  });

  Deno.test(`${name} keeps accounts and kinds of pages apart`, async () => {
    const store = open();
    await store.keepKey(SLOT, scriptKey());
    assert.equal(await store.load({ ...SLOT, userSince: 2_000 }), undefined);
    assert.equal(await store.load({ ...SLOT, kind: "native" }), undefined);
    store.close();
  });

  Deno.test(`${name}.keepCertificate() keeps none for another key, nor for no key`, async () => {
    const store = open();
    await store.keepCertificate(SLOT, certificateOf());
    assert.equal(await store.load(SLOT), undefined);
    await store.keepKey(SLOT, scriptKey(KEY_A));
    await store.keepCertificate(SLOT, certificateOf(KEY_B));
    assert.deepEqual(await store.load(SLOT), { key: scriptKey(KEY_A) });
    store.close();
  });
}
