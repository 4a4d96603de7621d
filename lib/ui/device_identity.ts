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
import type { Keys } from "../mesh/keys.ts";
import { openKeys } from "../mesh/open_keys.ts";
import { IdbKeyStore } from "./key_store.ts";

export interface DeviceOptions
  extends Pick<IdentityClientParts, "user" | "events"> {
  /** Where static/js/script_keys.js is, for pages without WebCrypto. */
  scriptKeysUrl: string;
}

export interface Device {
  keys: Keys;
  /** Asks nobody until `start()` is called. */
  identity: IdentityClient;
}

export async function openDevice(
  { user, events = {}, scriptKeysUrl }: DeviceOptions,
): Promise<Device> {
  // Browsers leave it out where the page did not come securely.
  const subtle: SubtleCrypto | undefined = globalThis.crypto.subtle;
  const loadScriptKeys = () => import(scriptKeysUrl);
  const keys = await openKeys({ subtle, loadScriptKeys });
  const identity = new IdentityClient({
    user,
    keys,
    store: new IdbKeyStore(user),
    fetch: (path, init) => fetch(path, init),
    clock: systemClock,
    events,
  });
  return { keys, identity };
}
