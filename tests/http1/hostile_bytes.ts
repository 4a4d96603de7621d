/**
 * Bytes that look nearly like requests: pieces of good ones, of bad ones and of
 * neither, in any order. Most of what comes out is refused; what is not has to
 * mean the same to everybody.
 * @module
 */
import fc from "fast-check";

const LINES = [
  "GET / HTTP/1.1\r\n",
  "POST /a?b HTTP/1.1\r\n",
  "HEAD //evil.test/x HTTP/1.1\r\n",
  "GET http://b.test:81/x HTTP/1.1\r\n",
  "OPTIONS * HTTP/1.1\r\n",
  "GET /x HTTP/1.0\r\n",
  "Host: a.test\r\n",
  "Host: b.test\r\n",
  "Content-Length: 3\r\n",
  "Content-Length: 03\r\n",
  "Content-Length: 3, 3\r\n",
  "Content-Length: +3\r\n",
  "Content-Length : 3\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: Chunked\r\n",
  "Transfer-Encoding: identity, chunked\r\n",
  "Transfer-Encoding:\tchunked \r\n",
  "Transfer_Encoding: chunked\r\n",
  "Connection: close\r\n",
  "Connection: keep-alive, Content-Length, Host\r\n",
  "Connection: Transfer-Encoding, X-Forwarded-For\r\n",
  "Connection: Upgrade\r\nUpgrade: websocket\r\n",
  "Expect: 100-continue\r\n",
  "X-One: 1\r\n",
  " folded\r\n",
  "X-Nul: a\0b\r\n",
  "X-Cr: a\rb\r\n",
  "X-Lf: a\nb\r\n",
  "\r\n",
  "\n",
  "3\r\nabc\r\n",
  "3;x=y\r\nabc\r\n",
  "3\nabc\r\n",
  "03\r\nabc\r\n",
  "0x3\r\nabc\r\n",
  "0\r\n\r\n",
  "0\r\nX-Sum: 1\r\n\r\n",
  "0\r\nContent-Length: 5\r\n\r\n",
  "abc",
  "GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n",
];

/** A good request with its body, to be followed by anything. */
const GOOD = [
  "GET /good HTTP/1.1\r\nHost: a.test\r\n\r\n",
  "POST /good HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nabc",
  "POST /good HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\n\r\n",
];

const piece = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...LINES) },
  { weight: 2, arbitrary: fc.constantFrom(...GOOD) },
  {
    weight: 1,
    arbitrary: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 4 })
      .map((bytes) => String.fromCharCode(...bytes)),
  },
);

/** A start line and a host first, more often than chance would have it. */
const opening = fc.constantFrom(
  "",
  "GET / HTTP/1.1\r\nHost: a.test\r\n",
  "POST / HTTP/1.1\r\nHost: a.test\r\n",
  "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n",
  ...GOOD,
);

/** latin1 text: what a hostile client might send. */
export const hostileText = fc.tuple(opening, fc.array(piece, { maxLength: 8 }))
  .map(([start, pieces]) => start + pieces.join(""));
