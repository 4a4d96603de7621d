/** Scripts in chunks: their names, and pages that have them fetched early. */
import assert from "node:assert/strict";
import { versionedPath, withSite, writeFiles } from "./_fixture.ts";

const PAGE =
  '<p>!</p>\n<script type="module" src="/static/js/app.js"></script>';
const FILES = {
  "www/app.html": PAGE,
  "static/js/app.js": 'import{a}from"./chunk-AAAA2222.js";import("./late.js")',
  "static/js/chunk-AAAA2222.js": 'import"./chunk-BBBB2222.js"',
  "static/js/chunk-BBBB2222.js": "",
  "static/js/late.js": 'import"./chunk-CCCC2222.js"',
  "static/js/chunk-CCCC2222.js": "",
};

/** The pages' preloads, in their order. */
function preloads(page: string): string[] {
  const links = page.matchAll(/<link rel="modulepreload" href="([^"]+)">/g);
  return [...links].map(([, path = ""]) => path);
}

Deno.test("a page names all that its script imports, before the script", () =>
  withSite(async ({ ask, root }) => {
    await writeFiles(root, FILES);
    const page = await (await ask("/app.html")).text();
    assert.deepEqual(preloads(page), [
      "/static/js/chunk-AAAA2222.js",
      "/static/js/chunk-BBBB2222.js",
    ]);
    assert.ok(page.lastIndexOf("modulepreload") < page.indexOf("<script"));
    versionedPath(page, /src="\/static\/js\/app\.[0-9a-f]{8}\.js"/);
  }));

Deno.test("a chunk is kept for ever by the name that scripts import it by", () =>
  withSite(async ({ ask, root }) => {
    await writeFiles(root, FILES);
    const cacheControl = async (path: string) =>
      (await ask(path)).headers.get("cache-control");
    const chunk = await cacheControl("/static/js/chunk-AAAA2222.js");
    assert.equal(chunk, "public, max-age=31536000, immutable");
    assert.equal(await cacheControl("/static/js/app.js"), "no-cache");
    assert.equal(await cacheControl("/static/js/late.js"), "no-cache");
  }));

Deno.test("a new build is whole at once, also where somebody has just asked for what is missing", () =>
  withSite(async ({ ask, root, clock }) => {
    await writeFiles(root, FILES);
    await (await ask("/app.html")).text();
    clock.advance(1_000);
    assert.equal((await ask("/static/js/nothing.js")).status, 404);
    await writeFiles(root, {
      "static/js/chunk-DDDD2222.js": "",
      "static/js/app.js": 'import"./chunk-DDDD2222.js"',
    });
    const page = await (await ask("/app.html")).text();
    assert.deepEqual(preloads(page), ["/static/js/chunk-DDDD2222.js"]);
    assert.equal((await ask("/static/js/chunk-DDDD2222.js")).status, 200);
  }));
