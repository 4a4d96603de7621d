/** From a request's target to the path that files are looked up by. @module */
import assert from "node:assert/strict";
import { sitePath } from "../../lib/site/target.ts";

Deno.test("sitePath() decodes once and leaves query and fragment away", () => {
  const cases = [
    ["http://h/", "/"],
    ["http://h", "/"],
    ["http://h/a.css?b=/../c", "/a.css"],
    ["http://h/a.css#/..", "/a.css"],
    ["http://h/m%C3%A8o.txt", "/mèo.txt"],
    ["http://h/%2563", "/%63"],
    ["http://h/..a/b..", "/..a/b.."],
    ["http://h/a b", "/a b"],
  ];
  for (const [url = "", path] of cases) assert.equal(sitePath(url), path, url);
});

Deno.test("sitePath() refuses what could climb, hide a separator or end early", () => {
  const targets = [
    "/../a",
    "/a/..",
    "/./a",
    "/%2e%2e/a",
    "/%2E/a",
    "/a%2fb",
    "/a%5Cb",
    "/a\\b",
    "/a%00",
    "/a%0d%0ab",
    "/%",
    "/%ff",
  ];
  for (const target of targets) {
    assert.equal(sitePath(`http://h${target}`), undefined, target);
  }
});
