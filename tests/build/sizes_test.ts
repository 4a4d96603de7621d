import assert from "node:assert/strict";
import { bundleIslands, findIslands } from "../../lib/build/islands.ts";
import { measure } from "../../lib/build/measure.ts";
import { sizeOf, sizeReport, sumOf } from "../../lib/build/sizes.ts";

/** Bytes of gzip that may be loaded together; more needs a reason and a word. */
const GZIP_MAX: Record<string, number> = {
  "first view: chat.js": 60_000,
  "first view: site.js": 15_000,
  "later: script_keys.js": 10_000,
  "later: trust.js": 12_000,
};

/**
 * All pages together, without what is loaded later. The 60,000 aimed at are
 * passed by what links are verified with, until its words are loaded later too.
 */
const CLIENT_GZIP_MAX = 61_000;

Deno.test("no page loads more than its limit, nor does the client outgrow its own", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const islands = findIslands();
    await bundleIslands(islands, dir);
    const { files, loads } = await measure(islands, dir);
    assert.deepEqual([...loads.keys()].sort(), Object.keys(GZIP_MAX).sort());
    for (const [what, names] of loads) {
      const { gzip } = sumOf(names, files);
      assert.ok(gzip <= (GZIP_MAX[what] ?? 0), `${what} has ${gzip} bytes`);
    }
    const chat = loads.get("first view: chat.js") ?? [];
    const site = loads.get("first view: site.js") ?? [];
    assert.ok(sumOf([...chat, ...site], files).gzip <= CLIENT_GZIP_MAX);
    // One chunk, so that a page with its style sheets needs no seventh request.
    assert.equal(files.size, islands.length + 1);
    assert.deepEqual(chat.filter((name) => site.includes(name)), [
      [...files.keys()].find((name) => name.startsWith("chunk-")),
    ]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("sizeOf() counts bytes before and after gzip", () => {
  const size = sizeOf(new Uint8Array(10_000));
  assert.equal(size.raw, 10_000);
  assert.ok(size.gzip > 0 && size.gzip < 100);
});

Deno.test("sizeReport() counts what is shared once for each page, and once in all", () => {
  const report = sizeReport({
    files: new Map([
      ["index.js", { raw: 100, gzip: 40 }],
      ["chat.js", { raw: 900, gzip: 300 }],
      ["chunk-A.js", { raw: 500, gzip: 200 }],
    ]),
    loads: new Map([
      ["first view: index.js", ["index.js", "chunk-A.js"]],
      ["first view: chat.js", ["chat.js", "chunk-A.js"]],
    ]),
  });
  assert.deepEqual(report.map((line) => line.replaceAll(/ +/g, " ")), [
    "static/js/index.js 100 bytes 40 gzip",
    "static/js/chat.js 900 bytes 300 gzip",
    "static/js/chunk-A.js 500 bytes 200 gzip",
    "first view: index.js 600 bytes 240 gzip",
    "first view: chat.js 1400 bytes 500 gzip",
    "whole client 1500 bytes 540 gzip",
  ]);
});
