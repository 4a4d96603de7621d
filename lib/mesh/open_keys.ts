/**
 * Chooses between the browser's own Ed25519 and the library, once for a page.
 * @module
 */
import type { Keys } from "./keys.ts";
import { NativeKeys } from "./native_keys.ts";

/** The first public key of RFC 8032, 7.1. */
const SOME_KEY = Uint8Array.from(
  atob("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="),
  (unit) => unit.charCodeAt(0),
);

export interface KeysParts {
  /** `crypto.subtle`, which pages from plain http elsewhere don't have. */
  subtle: SubtleCrypto | undefined;
  /** Loads lib/mesh/script_keys.ts, where it is needed. */
  loadScriptKeys(): Promise<{ ScriptKeys: new () => Keys }>;
}

export async function openKeys(
  { subtle, loadScriptKeys }: KeysParts,
): Promise<Keys> {
  if (subtle !== undefined && await knowsEd25519(subtle)) {
    return new NativeKeys(subtle);
  }
  const { ScriptKeys } = await loadScriptKeys();
  return new ScriptKeys();
}

/** Browsers had WebCrypto for ten years before they had Ed25519 in it. */
async function knowsEd25519(subtle: SubtleCrypto): Promise<boolean> {
  try {
    await subtle.importKey("raw", SOME_KEY, "Ed25519", false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}
