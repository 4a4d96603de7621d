/**
 * The two ways in which a response's head is made ready say the same.
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteWriter } from "../../lib/http1/byte_writer.ts";
import { ResponseHead } from "../../lib/http1/response_head.ts";
import {
  type ResponseShape,
  trimResponseHead,
  writeResponseHead,
} from "../../lib/proxy/heads.ts";
import { bytesOf, textOf } from "../http1/bytes_of.ts";

const PLAIN: ResponseShape = { body: "length", connection: undefined };
/** What was read before it in the same buffer. */
const BEFORE = "HTTP/1.1 100 Continue\r\n\r\n";

function read(text: string): { bytes: Uint8Array; head: ResponseHead } {
  const bytes = bytesOf(BEFORE + text);
  const head = new ResponseHead();
  const from = BEFORE.length;
  head.read(bytes, { from, to: bytes.length, method: "GET" });
  return { bytes, head };
}

function written(text: string, shape: ResponseShape): string {
  const out = new ByteWriter();
  writeResponseHead(out, read(text).head, shape);
  return textOf(out.view());
}

/** Undefined where the head has to be written anew. */
function trimmed(text: string, shape: ResponseShape): string | undefined {
  const { bytes, head } = read(text);
  const { end } = head.fields;
  const start = trimResponseHead(head, shape);
  assert.equal(textOf(bytes.subarray(end)), "body");
  return start === -1 ? undefined : textOf(bytes.subarray(start, end));
}

const line = fc.constantFrom(
  ...["Server: x", "Set-Cookie: a=1", "Set-Cookie: b=2", "X-Empty:"],
  ...["Connection: keep-alive", "connection: close", "Keep-Alive: timeout=5"],
  ...["Proxy-Connection: x", "TE: trailers", "Upgrade: h2c"],
);
const version = fc.constantFrom("HTTP/1.1 200 OK", "HTTP/1.0 404 ");

Deno.test("trimResponseHead() leaves what writeResponseHead() would write", () => {
  fc.assert(fc.property(
    version,
    fc.array(line, { maxLength: 12 }),
    fc.array(line, { maxLength: 3 }),
    (status, before, behind) => {
      const lines = [status, ...before, "Content-Length: 4", ...behind];
      const text = `${lines.join("\r\n")}\r\n\r\nbody`;
      assert.equal(trimmed(text, PLAIN), written(text, PLAIN));
    },
  ));
});

Deno.test("a status without a blank behind it is written with one, by both ways", () => {
  const text = "HTTP/1.1 404\r\nContent-Length: 4\r\n\r\nbody";
  assert.equal(trimmed(text, PLAIN), undefined);
  assert.match(written(text, PLAIN), /^HTTP\/1\.1 404 \r\n/);
});

for (
  const [claim, text, shape] of [
    ["a line of our own", "Content-Length: 4", {
      ...PLAIN,
      connection: "close",
    }],
    ["lines that the conf adds", "Content-Length: 4", {
      ...PLAIN,
      added: { always: "X-A: 1\r\n", whenWell: "" },
    }],
    ["another framing", "X-A: 1", { ...PLAIN, body: "chunked" }],
    ["a field named by Connection", "Connection: X-A\r\nX-A: 1", PLAIN],
    ["a length said twice", "Content-Length: 4\r\nContent-Length: 4", PLAIN],
  ] as [string, string, ResponseShape][]
) {
  Deno.test(`trimResponseHead() leaves a head to be written anew for ${claim}`, () => {
    const whole = `HTTP/1.1 200 OK\r\n${text}\r\n\r\nbody`;
    assert.equal(trimmed(whole, shape), undefined);
  });
}
