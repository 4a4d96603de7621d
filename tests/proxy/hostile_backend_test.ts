/**
 * Bytes of a backend that may mean anything: what of them reaches the client,
 * read by a reader that forgives nothing, and nothing of them as the answer to
 * somebody else's request.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- bytes come in their order
import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf, cutAt } from "../http1/bytes_of.ts";
import { type Message, readResponses } from "../http1/strict_reader.ts";
import { type Backend, GET, ok, settled, type Wire, withProxy } from "./rig.ts";

const LINES = [
  "HTTP/1.1 200 OK\r\n",
  "HTTP/1.1 200\r\n",
  "HTTP/1.0 200 OK\r\n",
  "HTTP/1.1 404 Not Found\r\n",
  "HTTP/1.1 204 No Content\r\n",
  "HTTP/1.1 304 Not Modified\r\n",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
  "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  "HTTP/2 200\r\n",
  "HTTP/1.1 2000 OK\r\n",
  "Content-Length: 3\r\n",
  "Content-Length: 3, 3\r\n",
  "Content-Length: 4\r\n",
  "Content-Length: -1\r\n",
  "Content-Length : 3\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: gzip, chunked\r\n",
  "Connection: close\r\n",
  "Connection: keep-alive, X-One, Content-Length\r\n",
  "Keep-Alive: timeout=5\r\n",
  "Set-Cookie: a=1\r\n",
  "X-One: 1\r\n",
  " folded\r\n",
  "X-Nul: a\0b\r\n",
  "X-Cr: a\rb\r\n",
  "X-Lf: a\nb\r\n",
  "\r\n",
  "\n",
  "abc",
  "3\r\nabc\r\n",
  "3;x=y\r\nabc\r\n",
  "0x3\r\nabc\r\n",
  "0\r\n\r\n",
  "0\r\nX-Sum: 1\r\n\r\n",
  "0\r\nContent-Length: 5\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
];

const opening = fc.constantFrom(
  "",
  "HTTP/1.1 200 OK\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
  "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
  "HTTP/1.1 200\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
);
const piece = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...LINES) },
  {
    weight: 1,
    arbitrary: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 4 })
      .map((bytes) => String.fromCharCode(...bytes)),
  },
);
const hostileAnswer = fc
  .tuple(opening, fc.array(piece, { maxLength: 7 }))
  .map(([start, pieces]) => start + pieces.join(""));

/** One client's connection, and all that it has been sent. */
interface Seen {
  text: string;
}

/** Answers the first request with `text`, and all on later connections well. */
async function serve(
  backend: Backend,
  text: string,
  { cuts, seen }: { cuts: number[]; seen: Seen },
): Promise<void> {
  const hostile = await backend.accept();
  await hostile.until("\r\n\r\n");
  for (const part of cutAt(bytesOf(text), cuts)) {
    await hostile.sendBytes(part).catch(() => {
      // Cut off already.
    });
    await settled();
  }
  for (let turn = 0; turn < 10 && !isAnswered(seen.text); turn++) {
    await settled();
  }
  // Where that was an answer, the connection stays, as one to be used again.
  if (isAnswered(seen.text)) answerNext(hostile);
  else hostile.close();
  for (;;) {
    const next = await backend.accept().catch(() => undefined);
    if (next === undefined) return;
    answerNext(next);
  }
}

function answerNext(wire: Wire): void {
  wire.until("\r\n\r\n").then(() => wire.send(ok("second"))).catch(() => {
    // The proxy has closed it, out of step as it was.
  });
}

/** All that a client sees that asks twice on one connection where it can. */
async function asksTwice(text: string, cuts: number[]): Promise<string> {
  const seen: Seen = { text: "" };
  await withProxy({}, async ({ connect, backend, proxy }) => {
    const serving = serve(backend, text, { cuts, seen });
    const client = await connect();
    await client.send(GET);
    let open = true;
    while (open && !isAnswered(seen.text)) {
      const more = await client.some();
      seen.text += more;
      open = more !== "";
    }
    // Whatever follows the answer has come by now, and found nobody waiting.
    for (let turn = 0; turn <= cuts.length + 1; turn++) await settled();
    if (open) {
      await client.send(
        "GET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
      );
      seen.text += await client.rest();
    }
    await proxy.stop();
    backend.close();
    await serving;
  });
  return seen.text;
}

const isFinal = ({ startLine }: Message) => !startLine.startsWith("HTTP/1.1 1");

/** Whether a whole answer has come. */
function isAnswered(text: string): boolean {
  return readResponses(text).messages.some(isFinal);
}

Deno.test("whatever a backend sends, in any split, the client gets whole answers of its own or a cut", async () => {
  let passed = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(
      hostileAnswer,
      fc.array(fc.nat(150), { maxLength: 3 }),
      async (text, cuts) => {
        const seen = await asksTwice(text, cuts);
        // Throws on anything that a strict receiver would not take.
        const { messages, rest } = readResponses(seen);
        const finals = messages.filter(isFinal);
        assert.ok(finals.length <= 2, seen);
        const [first, second] = finals;
        if (second !== undefined) assert.equal(second.body, "second");
        if (first?.startLine.includes(" 502 ")) refused++;
        else if (first !== undefined) passed++;
        // A part of an answer is the last that the client hears.
        if (rest !== "") assert.ok(finals.length <= 1, seen);
        for (const { fields } of messages) {
          const names = fields.map(([name]) => name);
          assert.ok(
            !names.includes("keep-alive") && !names.includes("upgrade"),
          );
        }
      },
    ),
    { numRuns: 200, seed: 5 },
  );
  assert.ok(
    passed > 40 && refused > 40,
    `${passed} passed, ${refused} refused`,
  );
});
