/**
 * This browser profile as a device: its keys by what the browser has, kept in
 * IndexedDB, certified by the backend of this page.
 * @module
 */
import { systemClock } from "../clock.ts";
import {
  IdentityClient,
  type IdentityClientParts,
} from "../mesh/identity_client.ts";
import { MemoryKeyStore } from "../mesh/key_store.ts";
import type { Keys } from "../mesh/keys.ts";
import { openKeys } from "../mesh/open_keys.ts";
import type { IdentityKind } from "../mesh/identity_source.ts";
import { IdbKeyStore } from "./key_store.ts";

export interface DeviceOptions
  extends Pick<IdentityClientParts, "user" | "events" | "openRevocations"> {
  /** Where static/js/script_keys.js is, for pages without WebCrypto. */
  scriptKeysUrl: string;
}

export interface Device {
  keys: Keys;
  /** Asks nobody until `start()` is called. */
  identity: IdentityClient;
}

export async function openDevice(
  { scriptKeysUrl, ...options }: DeviceOptions,
): Promise<Device> {
  const keys = await openPageKeys(scriptKeysUrl);
  return { keys, identity: openIdentity({ ...options, keys, kind: "kept" }) };
}

export async function openPageKeys(scriptKeysUrl: string): Promise<Keys> {
  // Browsers leave it out where the page did not come securely.
  const subtle: SubtleCrypto | undefined = globalThis.crypto.subtle;
  const loadScriptKeys = () => import(scriptKeysUrl);
  return await openKeys({ subtle, loadScriptKeys });
}

/** By this profile's key, or by one that this page alone will ever know. */
export function openIdentity(
  { kind, ...parts }:
    & Omit<IdentityClientParts, "store" | "fetch" | "clock">
    & { kind: IdentityKind },
): IdentityClient {
  const { user } = parts;
  return new IdentityClient({
    ...parts,
    store: kind === "kept" ? new IdbKeyStore(user) : new MemoryKeyStore(),
    fetch: (path, init) => fetch(path, init),
    clock: systemClock,
  });
}
