import assert from "node:assert/strict";
import { FileKeyStore } from "../../lib/cli/file_key_store.ts";
import { scriptKey, SLOT, testKeyStore } from "../conformance/key_store.ts";

const dir = Deno.makeTempDirSync();
let opened = 0;

testKeyStore({
  name: "FileKeyStore",
  open: () => new FileKeyStore(`${dir}/${++opened}.json`),
  reopen: () => new FileKeyStore(`${dir}/${opened}.json`),
});

Deno.test("FileKeyStore writes a file that its owner alone can read", async () => {
  const path = `${dir}/owner.json`;
  await new FileKeyStore(path).keepKey(SLOT, scriptKey());
  assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
});

Deno.test("FileKeyStore takes a broken file for an empty one", async () => {
  for (const text of ["", "{", "[]", "null", '{"1000 script": 7}']) {
    const path = `${dir}/broken.json`;
    Deno.writeTextFileSync(path, text);
    const store = new FileKeyStore(path);
    assert.equal(await store.load(SLOT), undefined);
    await store.keepKey(SLOT, scriptKey());
    assert.deepEqual((await store.load(SLOT))?.key, scriptKey());
  }
});
