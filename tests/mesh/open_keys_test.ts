import assert from "node:assert/strict";
import { openKeys } from "../../lib/mesh/open_keys.ts";

function loader() {
  let loads = 0;
  const loadScriptKeys = () => {
    loads++;
    return import("../../lib/mesh/script_keys.ts");
  };
  return { loadScriptKeys, loads: () => loads };
}

Deno.test("openKeys() takes the browser's own and does not load the library", async () => {
  const { loadScriptKeys, loads } = loader();
  const keys = await openKeys({ subtle: crypto.subtle, loadScriptKeys });
  assert.equal(keys.kind, "native");
  assert.equal(loads(), 0);
});

Deno.test("openKeys() loads the library where WebCrypto is withheld", async () => {
  const { loadScriptKeys } = loader();
  const keys = await openKeys({ subtle: undefined, loadScriptKeys });
  assert.equal(keys.kind, "script");
});

Deno.test("openKeys() loads the library where WebCrypto knows no Ed25519", async () => {
  const { loadScriptKeys } = loader();
  const importKey = () =>
    Promise.reject(new DOMException("Unrecognized name", "NotSupportedError"));
  const subtle = { importKey } as unknown as SubtleCrypto;
  const keys = await openKeys({ subtle, loadScriptKeys });
  assert.equal(keys.kind, "script");
});
