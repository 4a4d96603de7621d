/**
 * Bodies in every framing and every split, what ByteWriter writes among them.
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { BodyDecoder } from "../../lib/http1/body_decoder.ts";
import { ByteWriter } from "../../lib/http1/byte_writer.ts";
import type { Framing } from "../../lib/http1/framing.ts";
import { Http1Error } from "../../lib/http1/http1_error.ts";
import { bytesOf, cutAt, textOf } from "./bytes_of.ts";

const CHUNKED: Framing = { kind: "chunked", length: 0 };

interface Outcome {
  data: string;
  done: boolean;
  trailers: string;
  /** How many bytes the body took. */
  taken: number;
}

/** Decodes `pieces`; a status where they are refused. */
function decode(framing: Framing, pieces: Uint8Array[]): Outcome | number {
  const decoder = new BodyDecoder();
  decoder.start(framing);
  let data = "";
  let taken = 0;
  try {
    for (const piece of pieces) {
      const bytes = piece.slice();
      const next = decoder.decode(bytes, 0, bytes.length);
      data += textOf(bytes.subarray(decoder.dataStart, decoder.dataEnd));
      taken += next;
      if (decoder.done) break;
    }
  } catch (error) {
    if (error instanceof Http1Error) return error.status;
    throw error;
  }
  return {
    data,
    done: decoder.done,
    trailers: textOf(decoder.trailers),
    taken,
  };
}

function decodeText(framing: Framing, text: string): Outcome | number {
  return decode(framing, [bytesOf(text)]);
}

Deno.test("BodyDecoder leaves what follows a body of known length", () => {
  assert.deepEqual(decodeText({ kind: "length", length: 3 }, "abcGET /"), {
    data: "abc",
    done: true,
    trailers: "",
    taken: 3,
  });
});

Deno.test("BodyDecoder.close() tells a whole body from one cut short", () => {
  const closed = (framing: Framing, text: string) => {
    const decoder = new BodyDecoder();
    decoder.start(framing);
    decoder.decode(bytesOf(text), 0, text.length);
    return decoder.close();
  };
  assert.equal(closed({ kind: "length", length: 3 }, "ab"), false);
  assert.equal(closed({ kind: "length", length: 2 }, "ab"), true);
  assert.equal(closed({ kind: "close", length: 0 }, "ab"), true);
  assert.equal(closed(CHUNKED, "2\r\nab\r\n"), false);
  assert.equal(closed(CHUNKED, "2\r\nab\r\n0\r\n\r\n"), true);
  assert.equal(closed({ kind: "none", length: 0 }, ""), true);
});

for (
  const [title, text, data, trailers] of [
    ["one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello", ""],
    ["several chunks", "1\r\nh\r\n4\r\nello\r\n0\r\n\r\n", "hello", ""],
    ["no chunk", "0\r\n\r\n", "", ""],
    [
      "sizes in either case and with zeros",
      "0A\r\n0123456789\r\n00a\r\nabcdefghij\r\n000\r\n\r\n",
      "0123456789abcdefghij",
      "",
    ],
    ["extensions, dropped", '5;a=b;c="d"\r\nhello\r\n0;x\r\n\r\n', "hello", ""],
    [
      "trailers, kept",
      "1\r\nh\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n",
      "h",
      "X-Sum: 1\r\nY: 2\r\n\r\n",
    ],
    ["line ends as data", "4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n", ""],
  ] as const
) {
  Deno.test(`BodyDecoder reads ${title}`, () => {
    assert.deepEqual(decodeText(CHUNKED, `${text}GET`), {
      data,
      done: true,
      trailers,
      taken: text.length,
    });
  });
}

const REFUSED: [string, string][] = [
  ["no size", "\r\n"],
  ["a size that is no number", "x\r\n"],
  ["a size with 0x", "0x5\r\nhello\r\n"],
  ["a negative size", "-1\r\n"],
  ["a blank before the size", " 5\r\nhello\r\n"],
  ["a blank behind the size", "5 \r\nhello\r\n"],
  ["a bare LF behind the size", "5\nhello\r\n"],
  ["a bare CR behind the size", "5\rhello\r\n"],
  ["a size of 13 digits", "fffffffffffff\r\n"],
  ["a size of many zeros", `${"0".repeat(64)}5\r\nhello\r\n`],
  ["a chunk longer than said", "5\r\nhello!\r\n0\r\n\r\n"],
  ["a chunk without its CRLF", "5\r\nhello0\r\n\r\n"],
  ["a chunk that ends by LF", "5\r\nhello\n0\r\n\r\n"],
  ["an extension with a bare LF", "5;a\nb\r\nhello\r\n"],
  ["an extension with a NUL", "5;\0\r\nhello\r\n"],
  ["an extension too long", `5;${"a".repeat(1100)}\r\n`],
  ["extensions too many", `1;${"a".repeat(900)}\r\nx\r\n`.repeat(20)],
  ["a folded trailer", "0\r\nX: a\r\n b\r\n\r\n"],
  ["a trailer with a bare LF", "0\r\nX: a\n\r\n"],
  ["a bare LF instead of the end", "0\r\n\n"],
  ["a length as trailer", "0\r\nContent-Length: 5\r\n\r\n"],
  ["a host as trailer", "0\r\nHost: x\r\n\r\n"],
];

for (const [title, text] of REFUSED) {
  Deno.test(`BodyDecoder refuses ${title}`, () => {
    assert.equal(decodeText(CHUNKED, text), 400);
  });
}

Deno.test("BodyDecoder refuses trailers without end", () => {
  assert.equal(decodeText(CHUNKED, `0\r\n${"X: y\r\n".repeat(3000)}`), 431);
});

/** The least of several times that reading `text` takes. */
function leastMs(text: string): number {
  const bytes = bytesOf(text);
  let least = Infinity;
  for (let run = 0; run < 5; run++) {
    const decoder = new BodyDecoder();
    decoder.start(CHUNKED);
    const startedAt = performance.now();
    decoder.decode(bytes, 0, bytes.length);
    least = Math.min(least, performance.now() - startedAt);
  }
  return least;
}

Deno.test("BodyDecoder works no harder for many short trailers than for a long one", () => {
  const long = leastMs(`0\r\nX: ${"y".repeat(16_000)}\r\n`);
  const short = leastMs(`0\r\n${"a\n".repeat(8_000)}`);
  // Looking at all of them again with each would cost hundreds of times as much.
  assert.ok(short < 30 * long, `${short} ms against ${long} ms`);
});

Deno.test("any split of a chunked body gives the same data", () => {
  const texts = REFUSED.map(([, text]) => text).filter(({ length }) =>
    length < 200
  );
  texts.push(
    "5;x=y\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\nA: b\r\n\r\nrest",
  );
  fc.assert(fc.property(
    fc.constantFrom(...texts),
    fc.array(fc.nat(60), { maxLength: 20 }),
    (text, cuts) => {
      const bytes = bytesOf(text);
      const whole = decode(CHUNKED, [bytes]);
      assert.deepEqual(decode(CHUNKED, cutAt(bytes, cuts)), whole);
    },
  ));
});

Deno.test("BodyDecoder reads back whatever ByteWriter writes, in any split", () => {
  fc.assert(fc.property(
    fc.array(fc.uint8Array({ maxLength: 90 }), { maxLength: 8 }),
    fc.boolean(),
    fc.array(fc.nat(400), { maxLength: 20 }),
    (chunks, withTrailers, cuts) => {
      const out = new ByteWriter(16);
      for (const chunk of chunks) out.chunk(chunk, 0, chunk.length);
      const trailers = withTrailers ? "X-Sum: 1\r\n\r\n" : "";
      out.lastChunk(bytesOf(trailers));
      assert.deepEqual(decode(CHUNKED, cutAt(out.view(), cuts)), {
        data: chunks.map(textOf).join(""),
        done: true,
        trailers,
        taken: out.length,
      });
    },
  ));
});

Deno.test("any split of a body of known length gives the same data", () => {
  fc.assert(fc.property(
    fc.uint8Array({ maxLength: 100 }),
    fc.nat(100),
    fc.array(fc.nat(100), { maxLength: 10 }),
    (bytes, length, cuts) => {
      const framing: Framing = { kind: "length", length };
      if (length === 0) framing.kind = "none";
      assert.deepEqual(
        decode(framing, cutAt(bytes, cuts)),
        decode(framing, [bytes]),
      );
    },
  ));
});
