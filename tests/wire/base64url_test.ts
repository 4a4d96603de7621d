import assert from "node:assert/strict";
import { decodeBase64Url, encodeBase64Url } from "../../lib/wire/base64url.ts";

Deno.test("encodeBase64Url() writes what RFC 4648 says, without padding", () => {
  const text = (value: string) =>
    encodeBase64Url(new TextEncoder().encode(value));
  const known = { "": "", f: "Zg", fo: "Zm8", foo: "Zm9v", foob: "Zm9vYg" };
  for (const [value, expected] of Object.entries(known)) {
    assert.equal(text(value), expected);
  }
  assert.equal(encodeBase64Url(Uint8Array.of(0xfb, 0xff, 0xfe)), "-__-");
});

Deno.test("decodeBase64Url() gives back bytes of any length", () => {
  for (const length of [0, 1, 2, 3, 32, 64, 8_191, 8_192, 20_000]) {
    const bytes = Uint8Array.from({ length }, (_, at) => at * 7 % 256);
    assert.deepEqual(decodeBase64Url(encodeBase64Url(bytes)), bytes);
  }
});

Deno.test("encodeBase64Url() and decodeBase64Url() agree with the browser's own base64", () => {
  for (let length = 0; length < 260; length++) {
    const bytes = crypto.getRandomValues(new Uint8Array(length));
    const text = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-")
      .replaceAll("/", "_").replaceAll("=", "");
    assert.equal(encodeBase64Url(bytes), text);
    assert.deepEqual(decodeBase64Url(text), bytes);
  }
});

Deno.test("decodeBase64Url() refuses a second text for the same bytes", () => {
  const refused = [
    "Zh",
    "Zm9",
    "Zg==",
    "Zm8=",
    "Z",
    "Zm 8",
    "Zm8\n",
    "+/+/",
    "é_-A",
  ];
  for (const text of refused) {
    assert.equal(decodeBase64Url(text), undefined, JSON.stringify(text));
  }
});
