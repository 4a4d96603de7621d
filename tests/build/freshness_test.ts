import assert from "node:assert/strict";
import { isFresh, lastChange } from "../../lib/build/freshness.ts";

/** A folder with the given files, each with its time in seconds. */
async function withFiles(
  files: Record<string, number>,
  run: (dir: string) => void | Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    Deno.mkdirSync(`${dir}/source/inner`, { recursive: true });
    for (const [name, time] of Object.entries(files)) {
      Deno.writeTextFileSync(`${dir}/${name}`, name);
      Deno.utimeSync(`${dir}/${name}`, time, time);
    }
    for (const folder of ["source/inner", "source"]) {
      Deno.utimeSync(`${dir}/${folder}`, 1, 1);
    }
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("isFresh() holds where every output is younger than all sources", () =>
  withFiles({ "source/inner/a.ts": 10, "out.js": 11 }, (dir) => {
    assert.equal(isFresh([`${dir}/out.js`], [`${dir}/source`]), true);
  }));

Deno.test("isFresh() fails where a file deep in a source folder is younger", () =>
  withFiles({ "source/inner/a.ts": 12, "out.js": 11 }, (dir) => {
    assert.equal(isFresh([`${dir}/out.js`], [`${dir}/source`]), false);
  }));

Deno.test("isFresh() fails where a source was removed since", () =>
  withFiles({ "source/a.ts": 5, "source/b.ts": 6, "out.js": 11 }, (dir) => {
    Deno.removeSync(`${dir}/source/a.ts`);
    assert.equal(isFresh([`${dir}/out.js`], [`${dir}/source`]), false);
  }));

Deno.test("isFresh() fails where one of the outputs is missing", () =>
  withFiles({ "source/a.ts": 10, "out.js": 11 }, (dir) => {
    const outputs = [`${dir}/out.js`, `${dir}/chat.js`];
    assert.equal(isFresh(outputs, [`${dir}/source`]), false);
  }));

Deno.test("isFresh() passes over a source that is not there", () =>
  withFiles({ "source/a.ts": 10, "out.js": 11 }, (dir) => {
    const sources = [`${dir}/source`, `${dir}/deno.lock`];
    assert.equal(isFresh([`${dir}/out.js`], sources), true);
  }));

Deno.test("lastChange() of something missing is undefined", () => {
  assert.equal(lastChange("no/such/file"), undefined);
});
