/**
 * Request heads, byte by byte: what is one is read, what is not is refused with
 * the status it deserves, and where the bytes were cut makes no difference.
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Field } from "../../lib/http1/fields.ts";
import { Http1Error } from "../../lib/http1/http1_error.ts";
import { RequestHead } from "../../lib/http1/request_head.ts";
import { bytesOf, cutAt } from "./bytes_of.ts";

/** The head of `text`, which is complete. */
function read(text: string): RequestHead {
  const head = new RequestHead();
  const bytes = bytesOf(text);
  assert.notEqual(head.read(bytes, 0, bytes.length), -1, "incomplete");
  return head;
}

/** What reading `pieces` as they come ends with, as comparable data. */
function outcomeOf(pieces: Uint8Array[]): unknown {
  const head = new RequestHead();
  const buffer = new Uint8Array(64 * 1024);
  let end = 0;
  try {
    for (const piece of pieces) {
      buffer.set(piece, end);
      end += piece.length;
      const next = head.read(buffer, 0, end);
      if (next === -1) continue;
      const { method, target, host, minor, keepAlive, framing, upgrade } = head;
      const fields = Array.from(
        { length: head.fields.count },
        (_, at) => [head.fields.name(at), head.fields.value(at)],
      );
      return [
        next,
        method,
        target,
        host,
        minor,
        keepAlive,
        framing,
        upgrade,
        fields,
      ];
    }
  } catch (error) {
    if (error instanceof Http1Error) return error.status;
    throw error;
  }
  return "incomplete";
}

Deno.test("RequestHead.read() gives method, target, host and fields", () => {
  const head = read(
    "POST /login?next=%2F HTTP/1.1\r\nHost: A.test:8081\r\nX-One:  two \t\r\nx-one:\r\nContent-Length: 12\r\n\r\nrest",
  );
  assert.equal(head.method, "POST");
  assert.equal(head.target, "/login?next=%2F");
  assert.equal(head.host, "a.test:8081");
  assert.equal(head.minor, 1);
  assert.deepEqual(head.framing, { kind: "length", length: 12 });
  assert.deepEqual(
    [1, 2].map((at) => [head.fields.name(at), head.fields.value(at)]),
    [["x-one", "two"], ["x-one", ""]],
  );
});

Deno.test("RequestHead.read() ends behind the empty line", () => {
  const text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const bytes = bytesOf(`\r\n\r\n${text}GET`);
  assert.equal(new RequestHead().read(bytes, 0, bytes.length), text.length + 4);
});

Deno.test("RequestHead.read() waits for the rest of a head", () => {
  const bytes = bytesOf("GET / HTTP/1.1\r\nHost: a\r\n\r");
  assert.equal(new RequestHead().read(bytes, 0, bytes.length), -1);
});

Deno.test("RequestHead.read() keeps bytes above ASCII as they are", () => {
  const head = read(
    "GET /\u00e1\u00ff HTTP/1.1\r\nHost: a\r\nX: \u00e9\r\n\r\n",
  );
  assert.equal(head.target, "/\u00e1\u00ff");
  assert.equal(head.fields.value(1), "\u00e9");
});

for (
  const [title, text, host, target] of [
    [
      "the absolute form",
      "GET http://B.test:1/x?y HTTP/1.1\r\nHost: a",
      "b.test:1",
      "/x?y",
    ],
    [
      "an absolute form without a path",
      "GET http://b.test HTTP/1.1\r\nHost: a",
      "b.test",
      "/",
    ],
    [
      "an absolute form with only a query",
      "GET http://b?x HTTP/1.1\r\nHost: a",
      "b",
      "/?x",
    ],
    ["the asterisk form", "OPTIONS * HTTP/1.1\r\nHost: a", "a", "*"],
    [
      "a target that starts like an authority",
      "GET //b/x HTTP/1.1\r\nHost: a",
      "a",
      "//b/x",
    ],
    ["an IPv6 host", "GET / HTTP/1.1\r\nHost: [::1]:8081", "[::1]:8081", "/"],
    ["an old client without a host", "GET / HTTP/1.0", "", "/"],
  ] as const
) {
  Deno.test(`RequestHead.read() takes ${title}`, () => {
    const head = read(`${text}\r\n\r\n`);
    assert.deepEqual([head.host, head.target], [host, target]);
  });
}

for (
  const [title, text, keepAlive] of [
    ["HTTP/1.1 stays", "GET / HTTP/1.1\r\nHost: a", true],
    [
      "HTTP/1.1 that says close ends",
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close",
      false,
    ],
    ["HTTP/1.0 ends", "GET / HTTP/1.0\r\nHost: a", false],
    [
      "HTTP/1.0 that says keep-alive stays",
      "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive",
      true,
    ],
  ] as const
) {
  Deno.test(`RequestHead.keepAlive: ${title}`, () => {
    assert.equal(read(`${text}\r\n\r\n`).keepAlive, keepAlive);
  });
}

Deno.test("RequestHead.upgrade needs GET, HTTP/1.1, no body and both fields", () => {
  const ask =
    "Host: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n";
  assert.equal(read(`GET / HTTP/1.1\r\n${ask}\r\n`).upgrade, "websocket");
  assert.equal(read(`POST / HTTP/1.1\r\n${ask}\r\n`).upgrade, "");
  assert.equal(read(`GET / HTTP/1.0\r\n${ask}\r\n`).upgrade, "");
  assert.equal(
    read(`GET / HTTP/1.1\r\n${ask}Content-Length: 1\r\n\r\n`).upgrade,
    "",
  );
  assert.equal(
    read(`GET / HTTP/1.1\r\n${ask}Upgrade: h2c\r\n\r\n`).upgrade,
    "",
  );
  assert.equal(
    read("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n").upgrade,
    "",
  );
});

Deno.test("RequestHead.hopNames lists what else Connection names", () => {
  const head = read(
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Auth\r\nConnection: te,,x-b\r\n\r\n",
  );
  assert.deepEqual(head.hopNames, ["x-auth", "te", "x-b"]);
});

const GET = "GET / HTTP/1.1\r\nHost: a\r\n";
const REFUSED: [string, string, number][] = [
  ["no version", "GET /\r\n\r\n", 400],
  ["two blanks", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["a blank in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["a fragment in the target", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["a control in the target", "GET /\u0001 HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["a target that is no path", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["an asterisk with GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  [
    "user data in the target",
    "GET http://u@b/ HTTP/1.1\r\nHost: a\r\n\r\n",
    400,
  ],
  ["HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505],
  ["HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505],
  ["a version in lower case", "GET / http/1.1\r\nHost: a\r\n\r\n", 400],
  ["a version too long", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400],
  ["a method that is no token", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["no method", " / HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["a TLS greeting", "\u0016\u0003\u0001\u0002", 400],
  ["no Host", "GET / HTTP/1.1\r\n\r\n", 400],
  ["two Hosts", `${GET}Host: a\r\n\r\n`, 400],
  ["an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400],
  ["a Host with a path", "GET / HTTP/1.1\r\nHost: a/b@c\r\n\r\n", 400],
  ["a Host with a comma", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", 400],
  ["a Host with a bad port", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400],
  ["a blank before the colon", `${GET}Content-Length : 1\r\n\r\n`, 400],
  ["a folded line", `${GET}X: a\r\n b\r\n\r\n`, 400],
  ["a line without a colon", `${GET}X\r\n\r\n`, 400],
  ["an empty name", `${GET}: x\r\n\r\n`, 400],
  ["a bare LF", `${GET}X: a\nY: b\r\n\r\n`, 400],
  ["bare LFs all through", "GET / HTTP/1.1\nHost: a\n\n", 400],
  ["a bare CR in a value", `${GET}X: a\rb\r\n\r\n`, 400],
  ["a NUL in a value", `${GET}X: a\0b\r\n\r\n`, 400],
  ["a NUL in a name", `${GET}X\0: a\r\n\r\n`, 400],
  [
    "both lengths",
    `${GET}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`,
    400,
  ],
  [
    "both lengths, turned round",
    `${GET}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n`,
    400,
  ],
  [
    "lengths that differ",
    `${GET}Content-Length: 5\r\nContent-Length: 6\r\n\r\n`,
    400,
  ],
  [
    "lengths that differ in form",
    `${GET}Content-Length: 5\r\nContent-Length: 05\r\n\r\n`,
    400,
  ],
  ["a list of lengths", `${GET}Content-Length: 5, 5\r\n\r\n`, 400],
  ["a negative length", `${GET}Content-Length: -1\r\n\r\n`, 400],
  ["a signed length", `${GET}Content-Length: +1\r\n\r\n`, 400],
  ["a hexadecimal length", `${GET}Content-Length: 0x1\r\n\r\n`, 400],
  ["an empty length", `${GET}Content-Length:\r\n\r\n`, 400],
  [
    "a length beyond all reason",
    `${GET}Content-Length: 9999999999999999\r\n\r\n`,
    400,
  ],
  [
    "two transfer codings",
    `${GET}Transfer-Encoding: gzip, chunked\r\n\r\n`,
    501,
  ],
  [
    "an unknown transfer coding",
    `${GET}Transfer-Encoding: xchunked\r\n\r\n`,
    501,
  ],
  [
    "identity as transfer coding",
    `${GET}Transfer-Encoding: identity\r\n\r\n`,
    501,
  ],
  [
    "chunked said twice",
    `${GET}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
    400,
  ],
  ["a quoted coding", `${GET}Transfer-Encoding: "chunked"\r\n\r\n`, 501],
  [
    "chunked in HTTP/1.0",
    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
    400,
  ],
  ["101 fields", `${GET}${"X: y\r\n".repeat(100)}\r\n`, 431],
  ["a head too long", `${GET}X: ${"y".repeat(17_000)}`, 431],
  ["empty lines without end", "\r\n".repeat(9_000), 431],
];

for (const [title, text, status] of REFUSED) {
  Deno.test(`RequestHead.read() answers ${title} with ${status}`, () => {
    assert.equal(outcomeOf([bytesOf(text)]), status);
  });
}

Deno.test("RequestHead.read() takes 100 fields and 16 KiB", () => {
  assert.equal(read(`${GET}${"X: y\r\n".repeat(99)}\r\n`).fields.count, 100);
  const most = 16 * 1024 - GET.length - "X: \r\n\r\n".length;
  assert.equal(read(`${GET}X: ${"y".repeat(most)}\r\n\r\n`).fields.count, 2);
});

Deno.test("RequestHead.read() knows a name that imitates one of a proxy's", () => {
  const { fields } = read(`${GET}X_Forwarded.For: 1\r\nMy_Own: 2\r\n\r\n`);
  assert.deepEqual([fields.kind(1), fields.kind(2)], [
    Field.disguised,
    Field.other,
  ]);
});

Deno.test("any split of a request gives the same head or the same refusal", () => {
  const texts = [
    ...REFUSED.filter(([, text]) => text.length < 300).map(([, text]) => text),
    "\r\nPOST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\n",
    `${GET}X: y\r\n\r\n${GET}`,
  ];
  fc.assert(fc.property(
    fc.constantFrom(...texts),
    fc.array(fc.nat(200), { maxLength: 12 }),
    (text, cuts) => {
      const bytes = bytesOf(text);
      const whole = outcomeOf([bytes]);
      assert.deepEqual(outcomeOf(cutAt(bytes, cuts)), whole);
    },
  ));
});

Deno.test("any bytes give a head, a refusal or a wait, in any split", () => {
  const token = fc.constantFrom(
    ..."GET |/ |HTTP/1.1|\r\n|\n|\r|Host: a|:| |\t|X|Content-Length: |5|Transfer-Encoding: chunked|\0|é"
      .split("|"),
  );
  fc.assert(
    fc.property(
      fc.array(token, { maxLength: 20 }),
      fc.array(fc.nat(60), { maxLength: 6 }),
      (words, cuts) => {
        const bytes = bytesOf(words.join(""));
        assert.deepEqual(outcomeOf(cutAt(bytes, cuts)), outcomeOf([bytes]));
      },
    ),
    { numRuns: 1000 },
  );
});
