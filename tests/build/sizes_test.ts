import assert from "node:assert/strict";
import { bundleIslands, findIslands } from "../../lib/build/islands.ts";
import { measure } from "../../lib/build/measure.ts";
import {
  CHAT_GZIP_MAX,
  sizeOf,
  sizeReport,
  sumOf,
} from "../../lib/build/sizes.ts";

/** Bytes of gzip that may be loaded together; more needs a reason and a word. */
const GZIP_MAX: Record<string, number> = {
  "first view: chat.js": CHAT_GZIP_MAX,
  "first view: chat_vi.js": CHAT_GZIP_MAX,
  "first view: site.js": 15_000,
  "later: files.js": 13_000,
  "later: parts.js": 14_200,
  "later: script_keys.js": 10_000,
  "later: trust.js": 12_000,
};

/**
 * All pages of one language together, without what is loaded later: the chat,
 * and the little that only the other pages need.
 */
const CLIENT_GZIP_MAX = CHAT_GZIP_MAX + 2_400;

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
    const site = loads.get("first view: site.js") ?? [];
    for (const page of ["chat", "chat_vi"]) {
      const chat = loads.get(`first view: ${page}.js`) ?? [];
      const { gzip } = sumOf([...chat, ...site], files);
      assert.ok(gzip <= CLIENT_GZIP_MAX, `${page} and all else: ${gzip} bytes`);
      // One chunk of all pages, one of the chat in any language, and with its
      // style sheets a page has no seventh request beside itself.
      assert.equal(chat.length, 3);
      assert.equal(chat.filter((name) => site.includes(name)).length, 1);
    }
    // And what is loaded later shares with its page what the page has anyway.
    assert.equal(files.size, islands.length + 2);
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
