/**
 * Bytes that two receivers might understand differently: what of them reaches
 * the backend, read by a reader that forgives nothing.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- bytes come in their order
import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf, cutAt } from "../http1/bytes_of.ts";
import { hostileText } from "../http1/hostile_bytes.ts";
import { readRequests, readResponses } from "../http1/strict_reader.ts";
import {
  type Backend,
  ok,
  type RigOptions,
  settled,
  type Wire,
  withProxy,
} from "./rig.ts";
import { socketsServed } from "./serving_backend.ts";

/** Answers every request with its target; keeps what each connection brought. */
class Recorder {
  readonly #streams: { text: string }[] = [];

  constructor(backend: Backend) {
    this.#serveAll(backend);
  }

  /** All requests, connection by connection. */
  get targets(): string[] {
    return this.#streams.flatMap(({ text }) =>
      readRequests(text).messages.map(({ startLine }) =>
        startLine.split(" ")[1]!
      )
    );
  }

  /** Every byte that has come. */
  get text(): string {
    return this.#streams.map(({ text }) => text).join("");
  }

  async #serveAll(backend: Backend): Promise<void> {
    for (;;) {
      const wire = await backend.accept().catch(() => undefined);
      if (wire === undefined) return;
      const stream = { text: "" };
      this.#streams.push(stream);
      this.#serve(wire, stream).catch(() => {
        // Nonsense shows in what was recorded.
      });
    }
  }

  async #serve(wire: Wire, stream: { text: string }): Promise<void> {
    for (let answered = 0;; answered++) {
      let { messages } = readRequests(stream.text);
      while (messages.length === answered) {
        const more = await wire.some();
        if (more === "") return;
        stream.text += more;
        ({ messages } = readRequests(stream.text));
      }
      const { startLine } = messages[answered]!;
      const body = startLine.startsWith("HEAD ")
        ? ""
        : startLine.split(" ")[1]!;
      await wire.send(ok(body));
    }
  }
}

/** The request behind which the connection ends by itself. */
const LAST = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/** What the client is answered and the backend sees of `text`, sent in `pieces`. */
async function exchanged(
  text: string,
  { cuts = [], hangsUp = !text.endsWith(LAST), ...options }: RigOptions & {
    cuts?: number[];
    hangsUp?: boolean;
  } = {},
): Promise<{ answers: string; recorder: Recorder }> {
  let answers = "";
  let recorder: Recorder | undefined;
  await withProxy(options, async ({ connect, backend }) => {
    recorder = new Recorder(backend);
    const client = await connect();
    for (const piece of cutAt(bytesOf(text), cuts)) {
      await client.sendBytes(piece).catch(() => {});
    }
    // A client that hangs up before its answer counts as gone, and is not even
    // asked for while its backend is dialled.
    if (hangsUp) {
      await socketsServed();
      await settled();
      await client.closeWrite().catch(() => {});
    }
    answers = await client.rest();
  });
  return { answers, recorder: recorder! };
}

const POST = "POST /x HTTP/1.1\r\nHost: a\r\n";
const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

for (
  const [title, request] of [
    [
      "Content-Length with Transfer-Encoding",
      `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    [
      "Transfer-Encoding in an HTTP/1.0 request",
      `POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    [
      "differing Content-Length fields",
      `${POST}Content-Length: 0\r\nContent-Length: 36\r\n\r\n${SMUGGLED}`,
    ],
    [
      "a list of Content-Lengths",
      `${POST}Content-Length: 0, 36\r\n\r\n${SMUGGLED}`,
    ],
    ["a signed Content-Length", `${POST}Content-Length: +0\r\n\r\n${SMUGGLED}`],
    [
      "a Content-Length beyond every number",
      `${POST}Content-Length: 99999999999999999999\r\n\r\n${SMUGGLED}`,
    ],
    ["a folded field", `${POST}X: a\r\n Content-Length: 36\r\n\r\n${SMUGGLED}`],
    ["a field that begins with a tab", `${POST}\tX: a\r\n\r\n${SMUGGLED}`],
    [
      "a bare LF in a value",
      `${POST}X: a\nContent-Length: 36\r\n\r\n${SMUGGLED}`,
    ],
    [
      "a bare CR in a value",
      `${POST}X: a\rContent-Length: 36\r\n\r\n${SMUGGLED}`,
    ],
    ["NUL in a value", `${POST}X: a\0b\r\n\r\n${SMUGGLED}`],
    ["NUL in a name", `${POST}X\0: a\r\n\r\n${SMUGGLED}`],
    ["NUL in the target", `GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n${SMUGGLED}`],
    [
      "a blank before the colon",
      `${POST}Content-Length : 36\r\n\r\n${SMUGGLED}`,
    ],
    ["a field without a colon", `${POST}Content-Length\r\n\r\n${SMUGGLED}`],
    ["a field without a name", `${POST}: a\r\n\r\n${SMUGGLED}`],
    ["two codings", `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    [
      "a coding twice",
      `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ["a blank within the target", `GET /a b HTTP/1.1\r\nHost: a\r\n\r\n`],
    ["a tab for a blank", `GET\t/a HTTP/1.1\r\nHost: a\r\n\r\n`],
    [
      "encoded dots above the root",
      "GET /%2e%2e/x HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ["dots above the root", "GET /a/../../x HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a target without a slash", "GET x HTTP/1.1\r\nHost: a\r\n\r\n"],
    [
      "an absolute target with user information",
      "GET http://a@b/ HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ["a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"],
    ["a Host with user information", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"],
    ["an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"],
  ] as const
) {
  Deno.test(`${title} is refused, and nothing of it reaches the backend`, async () => {
    const { answers, recorder } = await exchanged(request);
    assert.match(answers, /^HTTP\/1\.1 (400|501) /);
    assert.match(answers, /\r\nConnection: close\r\n/);
    assert.equal(answers.match(/HTTP\/1\.1/g)?.length, 1);
    assert.equal(recorder.text, "");
  });
}

for (
  const [title, body] of [
    ["a bare LF behind a chunk's size", "3\nabc\r\n0\r\n\r\n"],
    ["a chunk's size with a prefix", "0x3\r\nabc\r\n0\r\n\r\n"],
    ["a chunk's size with a sign", "+3\r\nabc\r\n0\r\n\r\n"],
    ["a chunk's size of 13 digits", "0000000000003\r\nabc\r\n0\r\n\r\n"],
    ["a chunk longer than its size", "3\r\nabcd\r\n0\r\n\r\n"],
    [
      "a chunk's extension of 2 KiB",
      `3;${"x".repeat(2048)}\r\nabc\r\n0\r\n\r\n`,
    ],
    ["a bare LF in an extension", "3;x\n\r\nabc\r\n0\r\n\r\n"],
    ["a length among the trailers", "0\r\nContent-Length: 36\r\n\r\n"],
    ["a host among the trailers", "0\r\nHost: b\r\n\r\n"],
    ["a folded trailer", "0\r\nX: a\r\n b\r\n\r\n"],
  ] as const
) {
  Deno.test(`${title} is refused, and the backend gets no whole request`, async () => {
    const head = `${POST}Transfer-Encoding: chunked\r\n\r\n`;
    const { answers, recorder } = await exchanged(`${head}${body}${SMUGGLED}`);
    assert.match(answers, /^HTTP\/1\.1 400 /);
    assert.equal(answers.match(/HTTP\/1\.1/g)?.length, 1);
    assert.deepEqual(recorder.targets, []);
  });
}

Deno.test("Content-Length said twice alike is passed on once", async () => {
  const { recorder } = await exchanged(
    `${POST}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc${LAST}`,
  );
  assert.deepEqual(recorder.targets, ["/x", "/last"]);
});

Deno.test("chunk extensions go no further", async () => {
  const { recorder } = await exchanged(
    `${POST}Transfer-Encoding: chunked\r\n\r\n3;a="b";c\r\nabc\r\n0;d\r\n\r\n${LAST}`,
  );
  assert.deepEqual(recorder.targets, ["/x", "/last"]);
  assert.doesNotMatch(recorder.text, /;/);
});

Deno.test("Connection takes away no field that the proxy has set", async () => {
  const { recorder } = await exchanged(
    "GET /x HTTP/1.1\r\nHost: a\r\nX-Real-Auth: mine\r\n" +
      "Connection: close, X-Real-Auth, X-Forwarded-For, Host, Content-Length\r\n\r\n",
    {
      hangsUp: false,
      conf: `host "*" {
        proxy_pass http://127.0.0.1:{first};
        proxy_set_header X-Real-Auth ours;
      }`,
    },
  );
  assert.match(recorder.text, /\r\nX-Real-Auth: ours\r\n/);
  assert.match(recorder.text, /\r\nX-Forwarded-For: 127\.0\.0\.1\r\n/);
  assert.match(recorder.text, /\r\nHost: a\r\n/);
  assert.doesNotMatch(recorder.text, /mine|\r\nConnection:/);
});

Deno.test("dots and doubled slashes choose the location that they mean", async () => {
  const conf = `host "*" {
    proxy_pass http://127.0.0.1:{first};
    location /admin/ { proxy_pass http://127.0.0.1:{second}; }
  }`;
  for (
    const target of [
      "/admin/x",
      "/a/../admin/x",
      "/%61dmin/x",
      "/a/%2e%2e/admin/x",
      "//admin/x",
      "/./admin/x",
    ]
  ) {
    await withProxy({ conf }, async ({ connect, backend, second }) => {
      const wrong = new Recorder(backend);
      const right = new Recorder(second);
      const client = await connect();
      await client.send(
        `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
      );
      await client.rest();
      assert.deepEqual([wrong.targets, right.targets], [[], [target]]);
    });
  }
});

Deno.test("//host is a path, and the host is still the Host field's", async () => {
  const conf = 'host "a" { proxy_pass http://127.0.0.1:{first}; }';
  const request =
    "GET //evil.test/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  const { recorder } = await exchanged(request, { conf, hangsUp: false });
  assert.deepEqual(recorder.targets, ["//evil.test/x"]);
  assert.match(recorder.text, /\r\nHost: a\r\n/);
});

Deno.test("whatever a client sends, in any split, the backend gets whole requests or none", async () => {
  let passed = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(
      hostileText,
      fc.array(fc.nat(200), { maxLength: 4 }),
      async (text, cuts) => {
        const { answers, recorder } = await exchanged(text, { cuts });
        // Throws on anything that a strict receiver would not take.
        const { targets } = recorder;
        passed += targets.length;
        const heads = answers.match(/HTTP\/1\.1 \d+/g) ?? [];
        refused += heads.filter((head) => / (4|5)\d\d$/.test(head)).length;
        assert.ok(targets.length <= heads.length + 1, text);
        if (!text.includes("HEAD ")) readResponses(answers);
      },
    ),
    { numRuns: 150, seed: 11 },
  );
  assert.ok(
    passed > 30 && refused > 30,
    `${passed} passed, ${refused} refused`,
  );
});
