/**
 * The proxy's own answers.
 * @module
 */
import assert from "node:assert/strict";
import { errorResponse, prefersJson } from "../../lib/proxy/pages.ts";

const STATUSES = [400, 404, 405, 408, 413, 429, 431, 501, 502, 503, 504, 505];

function textOf(bytes: Uint8Array): { head: string; body: string } {
  const [head = "", body = ""] = new TextDecoder().decode(bytes).split(
    "\r\n\r\n",
  );
  return { head, body };
}

for (const status of STATUSES) {
  Deno.test(`errorResponse() words ${status} for people and programs`, () => {
    const { head, body } = textOf(errorResponse(status));
    assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} [A-Z]`));
    assert.match(head, /Content-Type: text\/html; charset=utf-8/);
    assert.equal(/Content-Length: (\d+)/.exec(head)?.[1], String(body.length));
    assert.match(body, new RegExp(`<title>${status} `));
    const json = JSON.parse(textOf(errorResponse(status, { json: true })).body);
    assert.match(json.error.code, /^[a-z-]+$/);
    assert.match(json.error.message, /^[A-Z].*\.$/);
  });
}

Deno.test("errorResponse() has no body for HEAD but its length", () => {
  const { head, body } = textOf(errorResponse(502, { headOnly: true }));
  assert.equal(body, "");
  assert.match(head, /Content-Length: [1-9]/);
});

Deno.test("errorResponse() says close only where it closes", () => {
  assert.match(
    textOf(errorResponse(400, { close: true })).head,
    /Connection: close/,
  );
  assert.doesNotMatch(textOf(errorResponse(502)).head, /Connection/);
});

Deno.test("prefersJson() takes the first of the two that Accept names", () => {
  assert.equal(prefersJson("application/json"), true);
  assert.equal(prefersJson("application/json, text/html"), true);
  assert.equal(prefersJson("text/html,application/json;q=0.9"), false);
  assert.equal(prefersJson("*/*"), false);
});
