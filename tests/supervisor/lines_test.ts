import assert from "node:assert/strict";
import { eachLine, failureIn, linePrefix } from "../../lib/supervisor/lines.ts";

async function linesOf(...chunks: Uint8Array<ArrayBuffer>[]) {
  const lines: string[] = [];
  await eachLine(ReadableStream.from(chunks), (line) => lines.push(line));
  return lines;
}

const utf8 = (text: string) => new TextEncoder().encode(text);

Deno.test("eachLine() joins lines that arrive in pieces", async () => {
  assert.deepEqual(
    await linesOf(utf8("list"), utf8("ening\nrea"), utf8("dy\n")),
    ["listening", "ready"],
  );
});

Deno.test("eachLine() passes on the last line without its end", async () => {
  assert.deepEqual(await linesOf(utf8("a\r\n\nb")), ["a", "", "b"]);
  assert.deepEqual(await linesOf(), []);
});

Deno.test("eachLine() keeps letters whole whose bytes arrive apart", async () => {
  const bytes = utf8("đăng nhập\n");
  assert.deepEqual(await linesOf(bytes.slice(0, 1), bytes.slice(1)), [
    "đăng nhập",
  ]);
});

Deno.test("eachLine() cuts a line that never ends", async () => {
  const pieces = Array.from({ length: 64 }, () => utf8("x".repeat(1024)));
  const lines = await linesOf(...pieces);
  assert.equal(lines.join("").length, 64 * 1024);
  assert.ok(lines.every((line) => line.length <= 16 * 1024));
});

Deno.test("linePrefix() makes all names equally wide", () => {
  const prefix = linePrefix(["backend", "proxy"], false);
  assert.equal(prefix("proxy", "ready"), "proxy   | ready");
  assert.equal(prefix("backend", "ready"), "backend | ready");
});

Deno.test("linePrefix() colours the name, never the line", () => {
  const prefix = linePrefix(["proxy"], true);
  assert.equal(prefix("proxy", "ready"), "\x1b[35mproxy |\x1b[0m ready");
});

Deno.test("failureIn() finds the sentence of a command or of Deno", () => {
  assert.equal(failureIn("weaprous: Cannot read x"), "Cannot read x");
  assert.equal(failureIn("\x1b[1m\x1b[31merror\x1b[0m: Bad x"), "Bad x");
  assert.equal(failureIn("   0: <unknown>"), undefined);
  assert.equal(failureIn("listening on error: none"), undefined);
});
