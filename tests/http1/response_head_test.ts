/**
 * Response heads, byte by byte: status, fields, and how long the body is.
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Http1Error } from "../../lib/http1/http1_error.ts";
import { ResponseHead } from "../../lib/http1/response_head.ts";
import { bytesOf, cutAt, textOf } from "./bytes_of.ts";

function read(text: string, method = "GET"): ResponseHead {
  const head = new ResponseHead();
  const bytes = bytesOf(text);
  const next = head.read(bytes, { from: 0, to: bytes.length, method });
  assert.notEqual(next, -1, "incomplete");
  return head;
}

function outcomeOf(pieces: Uint8Array[]): unknown {
  const head = new ResponseHead();
  const buffer = new Uint8Array(4096);
  let to = 0;
  try {
    for (const piece of pieces) {
      buffer.set(piece, to);
      to += piece.length;
      const next = head.read(buffer, { from: 0, to, method: "GET" });
      if (next !== -1) return [next, head.status, head.framing, head.keepAlive];
    }
  } catch (error) {
    if (error instanceof Http1Error) return "refused";
    throw error;
  }
  return "incomplete";
}

Deno.test("ResponseHead.read() gives status, reason and fields", () => {
  const head = read(
    "HTTP/1.1 404 Not  \u00e9 Found\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 3\r\n\r\nabc",
  );
  const { bytes } = head.fields;
  assert.equal(head.status, 404);
  assert.equal(
    textOf(bytes.subarray(head.statusStart, head.statusEnd)),
    "404 Not  \u00e9 Found",
  );
  assert.deepEqual([head.fields.value(0), head.fields.value(1)], ["a", "b"]);
  assert.deepEqual(head.framing, { kind: "length", length: 3 });
  assert.equal(head.keepAlive, true);
});

for (
  const [title, fields, method, kind] of [
    ["GET and nothing said", "", "GET", "close"],
    ["a length", "Content-Length: 5\r\n", "GET", "length"],
    [
      "the same length twice",
      "Content-Length: 5\r\nContent-Length: 5\r\n",
      "GET",
      "length",
    ],
    ["a length of nothing", "Content-Length: 0\r\n", "GET", "none"],
    ["chunks", "Transfer-Encoding: chunked\r\n", "GET", "chunked"],
    ["HEAD with a length", "Content-Length: 5\r\n", "HEAD", "none"],
    ["HEAD with chunks", "Transfer-Encoding: chunked\r\n", "HEAD", "none"],
    ["HEAD and nothing said", "", "HEAD", "none"],
  ] as const
) {
  Deno.test(`responseFraming() of ${title} is ${kind}`, () => {
    assert.equal(
      read(`HTTP/1.1 200 OK\r\n${fields}\r\n`, method).framing.kind,
      kind,
    );
  });
}

Deno.test("1xx, 204 and 304 have no body, whatever their fields say", () => {
  for (const status of [100, 101, 103, 204, 304]) {
    const head = read(`HTTP/1.1 ${status} X\r\nContent-Length: 5\r\n\r\n`);
    assert.equal(head.framing.kind, "none");
  }
});

Deno.test("ResponseHead.keepAlive follows version, Connection and framing", () => {
  const kept = (text: string) => read(`${text}\r\n\r\n`).keepAlive;
  assert.equal(kept("HTTP/1.1 200 OK\r\nContent-Length: 1"), true);
  assert.equal(kept("HTTP/1.1 200 OK"), false);
  assert.equal(
    kept("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close"),
    false,
  );
  assert.equal(kept("HTTP/1.0 200 OK\r\nContent-Length: 1"), false);
  assert.equal(
    kept("HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: Keep-Alive"),
    true,
  );
});

const OK = "HTTP/1.1 200 OK\r\n";
const REFUSED: [string, string][] = [
  ["no HTTP", "hello\r\n\r\n"],
  ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n"],
  ["a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n"],
  ["a status below 100", "HTTP/1.1 099 OK\r\n\r\n"],
  ["a status above 599", "HTTP/1.1 600 OK\r\n\r\n"],
  ["no status", "HTTP/1.1 \r\n\r\n"],
  ["HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n"],
  ["a control in the reason", "HTTP/1.1 200 O\u0001K\r\n\r\n"],
  ["a folded line", `${OK}X: a\r\n b\r\n\r\n`],
  ["a blank before the colon", `${OK}X : a\r\n\r\n`],
  ["a bare LF", `${OK}X: a\n\r\n`],
  ["a CR in a value", `${OK}X: a\rb\r\n\r\n`],
  [
    "both lengths",
    `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
  ],
  [
    "lengths that differ",
    `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`,
  ],
  ["an unknown coding", `${OK}Transfer-Encoding: gzip\r\n\r\n`],
  [
    "chunks in HTTP/1.0",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
  ],
  ["a head too long", `${OK}X: ${"y".repeat(17_000)}`],
];

for (const [title, text] of REFUSED) {
  Deno.test(`ResponseHead.read() refuses ${title}`, () => {
    assert.throws(() => read(text), Http1Error);
  });
}

Deno.test("ResponseHead.read() takes a status without a reason", () => {
  assert.equal(read("HTTP/1.1 200\r\n\r\n").status, 200);
  assert.equal(read("HTTP/1.1 200 \r\n\r\n").status, 200);
});

Deno.test("any split of a response gives the same head or the same refusal", () => {
  const texts = REFUSED.map(([, text]) => text).filter(({ length }) =>
    length < 200
  );
  texts.push(
    `${OK}Content-Length: 3\r\n\r\nabc`,
    "HTTP/1.1 100 Continue\r\n\r\nHTTP",
  );
  fc.assert(fc.property(
    fc.constantFrom(...texts),
    fc.array(fc.nat(80), { maxLength: 10 }),
    (text, cuts) => {
      const bytes = bytesOf(text);
      assert.deepEqual(outcomeOf(cutAt(bytes, cuts)), outcomeOf([bytes]));
    },
  ));
});
