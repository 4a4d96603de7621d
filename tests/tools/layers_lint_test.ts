import assert from "node:assert/strict";
import plugin, { importFault } from "./layers_lint.ts";

/** The messages of the plugin about `source` as the file `filename`. */
function messages(filename: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, filename, source)
    .map(({ message }) => message);
}

Deno.test("layers lets a folder import what the table allows", () => {
  assert.equal(importFault("lib/mesh/peer.ts", "../wire/link.ts"), undefined);
  assert.equal(importFault("lib/mesh/peer.ts", "./log.ts"), undefined);
  assert.equal(importFault("lib/ui/Chat.tsx", "../mesh/chat.ts"), undefined);
});

Deno.test("layers lets every folder import packages under their bare names", () => {
  assert.equal(importFault("lib/wire/link.ts", "preact"), undefined);
  assert.equal(importFault("lib/wire/link.ts", "node:path"), undefined);
});

Deno.test("layers refuses an import against the direction", () => {
  assert.match(
    importFault("lib/wire/link.ts", "../mesh/chat.ts") ?? "",
    /lib\/wire may import nothing, not lib\/mesh/,
  );
  assert.match(
    importFault("lib/tracker/http.ts", "../auth/sessions.ts") ?? "",
    /lib\/tracker may import .*not lib\/auth/,
  );
});

Deno.test("layers refuses a package that is named with its registry", () => {
  for (const name of ["npm:hono", "jsr:@std/path", "https://x.example/y.ts"]) {
    assert.match(importFault("lib/site/pages.ts", name) ?? "", /bare name/);
  }
});

Deno.test("layers refuses an entry script as an import", () => {
  assert.match(
    importFault("lib/proxy/pool.ts", "../../proxy.ts") ?? "",
    /entry scripts join the parts/,
  );
});

Deno.test("layers refuses another folder's private file", () => {
  assert.match(
    importFault("lib/mesh/peer.ts", "../wire/_fields.ts") ?? "",
    /private to its folder/,
  );
  assert.equal(importFault("lib/wire/link.ts", "./_fields.ts"), undefined);
});

Deno.test("layers asks for a line in the table for a new folder", () => {
  assert.match(
    importFault("lib/mail/send.ts", "../wire/link.ts") ?? "",
    /not in the table of layers/,
  );
});

Deno.test("layers/import-direction sees imports, exports and dynamic imports", () => {
  const found = messages(
    "/project/lib/wire/link.ts",
    `import { a } from "../mesh/a.ts";
     export { b } from "../mesh/b.ts";
     export * from "../mesh/c.ts";
     const d = await import("../mesh/d.ts");`,
  );
  assert.equal(found.length, 4);
});

Deno.test("layers/no-ambient-time sees the time and chance of the machine", () => {
  const found = messages(
    "/project/lib/proxy/pool.ts",
    `Date.now(); performance.now(); Math.random(); new Date();
     setTimeout(() => {}, 1); globalThis.setInterval(() => {}, 1);`,
  );
  assert.equal(found.length, 6);
});

Deno.test("layers/no-ambient-time leaves alone what is not ambient", () => {
  const source = `clock.now(); new Date(5); Math.floor(1.5); clearTimeout(3);`;
  assert.deepEqual(messages("/project/lib/proxy/pool.ts", source), []);
});

Deno.test("layers leaves the seam files, entry scripts and tests alone", () => {
  for (
    const file of [
      "/project/lib/clock.ts",
      "/project/proxy.ts",
      "/project/tests/proxy/pool_test.ts",
    ]
  ) {
    assert.deepEqual(messages(file, "Date.now();"), []);
  }
});
