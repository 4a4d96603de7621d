/**
 * How large a request's head may be.
 * @module
 */
import assert from "node:assert/strict";
import { withProxy } from "./rig.ts";

function conf(directives: string): string {
  return `${directives}\nhost "*" { }`;
}

/** The status of a request with `fields`. */
async function statusOf(directives: string, fields: string): Promise<string> {
  let status = "";
  await withProxy({ conf: conf(directives) }, async ({ connect }) => {
    const client = await connect();
    await client.send(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`);
    status = (await client.message()).slice(9, 12);
  });
  return status;
}

const many = (count: number) =>
  Array.from({ length: count }, (_, at) => `X-${at}: y\r\n`).join("");
const long = (bytes: number) => `Cookie: ${"x".repeat(bytes)}\r\n`;

for (
  const [directives, fields, status, claim] of [
    ["", many(99), "503", "100 headers pass"],
    ["", many(100), "431", "101 headers are too many"],
    ["client_max_headers 3;", many(2), "503", "3 headers of 3 pass"],
    ["client_max_headers 3;", many(3), "431", "4 headers of 3 are refused"],
    ["client_max_headers 1000;", many(900), "503", "900 of 1000 pass"],
    ["", long(16_000), "503", "a head under 16 KiB passes"],
    ["", long(17_000), "431", "a head over 16 KiB is refused"],
    ["client_max_header_size 1k;", long(1024), "431", "1 KiB is kept"],
    ["client_max_header_size 60k;", long(60_000), "503", "60 KB of 60k pass"],
    ["client_max_header_size 60k;", long(62_000), "431", "62 KB do not"],
  ] as const
) {
  Deno.test(`limits of the head: ${claim}`, async () => {
    assert.equal(await statusOf(directives, fields), status);
  });
}
