import assert from "node:assert/strict";
import { sizeOf, sizeReport } from "../../lib/build/sizes.ts";

Deno.test("sizeOf() counts bytes before and after gzip", () => {
  const size = sizeOf(new Uint8Array(10_000));
  assert.equal(size.raw, 10_000);
  assert.ok(size.gzip > 0 && size.gzip < 100);
});

Deno.test("sizeReport() ends with the sum of all files", () => {
  const report = sizeReport(
    new Map([
      ["static/js/index.js", { raw: 100, gzip: 40 }],
      ["static/js/chat.js", { raw: 900, gzip: 300 }],
    ]),
  );
  assert.deepEqual(report.map((line) => line.replaceAll(/ +/g, " ")), [
    "static/js/index.js 100 bytes 40 gzip",
    "static/js/chat.js 900 bytes 300 gzip",
    "whole client 1000 bytes 340 gzip",
  ]);
});
