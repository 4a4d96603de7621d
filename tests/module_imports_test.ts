import assert from "node:assert/strict";
import { importsOf, withImports } from "../lib/module_imports.ts";

Deno.test("importsOf() names each file once that a script imports at once", () => {
  const script = 'import{a as b}from"./chunk-A.js";import"./chunk-B.js";' +
    `import * as c from './chunk-C.js';export*from"./chunk-A.js";`;
  assert.deepEqual(importsOf(script), [
    "chunk-A.js",
    "chunk-B.js",
    "chunk-C.js",
  ]);
});

Deno.test("importsOf() leaves out what is loaded later, or from elsewhere", () => {
  const script = 'const later=()=>import("./later.js");' +
    'import"../up.js";import"https://example.com/x.js";var from="./x.css"';
  assert.deepEqual(importsOf(script), []);
});

Deno.test("withImports() follows imports, round in a circle too", async () => {
  const files: Record<string, string> = {
    "chat.js": 'import"./a.js";import"./missing.js"',
    "a.js": 'import"./b.js"',
    "b.js": 'import"./a.js"',
    "other.js": "",
  };
  const read = (name: string) => Promise.resolve(files[name]);
  assert.deepEqual(await withImports(["chat.js"], read), [
    "chat.js",
    "a.js",
    "b.js",
    "missing.js",
  ]);
});
