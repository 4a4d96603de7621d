/** A User-Agent in words. @module */
import assert from "node:assert/strict";
import { browserNameOf } from "../../lib/auth/browser_name.ts";

Deno.test("browserNameOf() names common browsers and their systems", () => {
  const known: [string, string, string][] = [
    [
      "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
      "Firefox",
      "Linux",
    ],
    [
      "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36",
      "Chrome",
      "Android",
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
      "Safari",
      "iOS",
    ],
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0",
      "Microsoft Edge",
      "Windows",
    ],
  ];
  for (const [userAgent, name, system] of known) {
    assert.deepEqual(browserNameOf(userAgent), { name, system });
  }
});

Deno.test("browserNameOf() has no name for what is none, and a short one for a long", () => {
  for (const odd of ["", " ", "curl/8.5.0", "\u00ff\u0001", "(".repeat(256)]) {
    assert.deepEqual(browserNameOf(odd), { name: "", system: "" }, odd);
  }
  const { name } = browserNameOf(`${"x".repeat(200)}/1.0 (y)`);
  assert.equal(name, "x".repeat(32));
});
