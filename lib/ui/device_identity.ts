/**
 * The identity of this browser profile: its keys by what the browser has, kept
 * in IndexedDB, certified by the backend of this page.
 * @module
 */
import { systemClock } from "../clock.ts";
import {
  IdentityClient,
  type IdentityClientParts,
} from "../mesh/identity_client.ts";
import { openKeys } from "../mesh/open_keys.ts";
import { IdbKeyStore } from "./key_store.ts";

/** A client for `user`; it asks nobody until `start()` is called. */
export async function openDeviceIdentity(
  { user, events, scriptKeysUrl }:
    & Pick<IdentityClientParts, "user" | "events">
    & {
      /** Where static/js/script_keys.js is, for pages without WebCrypto. */
      scriptKeysUrl: string;
    },
): Promise<IdentityClient> {
  // Browsers leave it out where the page did not come securely.
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  const loadScriptKeys = () => import(scriptKeysUrl);
  return new IdentityClient({
    user,
    keys: await openKeys({ subtle, loadScriptKeys }),
    store: new IdbKeyStore(user),
    fetch: (path, init) => fetch(path, init),
    clock: systemClock,
    events,
  });
}
