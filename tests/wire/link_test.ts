import assert from "node:assert/strict";
import fc from "fast-check";
import {
  AUTHORS_PER_HAVE_MAX,
  decodeLinkMessage,
  encodeLinkMessage,
  ENTRIES_PER_PAGE_MAX,
  type Entry,
  LINK_FRAME_BYTES_MAX,
  LINK_VERSION,
  type LinkMessage,
  RANGES_PER_WANT_MAX,
  readEntry,
  SEQ_MAX,
  TEXT_BYTES_MAX,
  TIME_MS_MAX,
} from "../../lib/wire/link.ts";
import { WireError } from "../../lib/wire/wire_error.ts";

const PEER = "P".repeat(22);
const OTHER = "Q".repeat(22);

function entry(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    author: PEER,
    seq: 1,
    time: 1_700_000_000_000,
    user: "Lan",
    kind: "text",
    text: "chào",
    ...changes,
  };
}

const MESSAGES: LinkMessage[] = [
  { type: "hello", version: LINK_VERSION, peer: PEER, channels: ["general"] },
  { type: "channel-joined", channel: "x" },
  { type: "channel-left", channel: "x" },
  {
    type: "have",
    channel: "x",
    vector: new Map([[PEER, [0, 4]], [OTHER, [2, 2]]]),
  },
  {
    type: "want",
    channel: "x",
    ranges: [{ author: PEER, after: 0, upTo: 4 }],
  },
  { type: "entries", channel: "x", entries: [readEntry(entry())] },
  { type: "entry-written", channel: "x", entry: readEntry(entry()) },
  { type: "error", code: "bad-message", message: "No" },
];

function decodeOf(message: Record<string, unknown>): LinkMessage {
  return decodeLinkMessage(JSON.stringify(message));
}

Deno.test("decodeLinkMessage() reads back what encodeLinkMessage() wrote", () => {
  for (const message of MESSAGES) {
    assert.deepEqual(decodeLinkMessage(encodeLinkMessage(message)), message);
  }
});

Deno.test("decodeLinkMessage() refuses a truncated message wherever it is cut", () => {
  for (const message of MESSAGES) {
    const text = encodeLinkMessage(message);
    for (let end = 0; end < text.length; end++) {
      assert.throws(() => decodeLinkMessage(text.slice(0, end)), WireError);
    }
  }
});

Deno.test("decodeLinkMessage() refuses each field that is missing or of another type", () => {
  for (const message of MESSAGES) {
    const fields = JSON.parse(encodeLinkMessage(message));
    for (const name of Object.keys(fields)) {
      for (const value of [undefined, null, {}, [null], -1]) {
        const text = JSON.stringify({ ...fields, [name]: value });
        assert.throws(() => decodeLinkMessage(text), WireError, text);
      }
    }
  }
});

Deno.test("decodeLinkMessage() refuses another protocol version by name", () => {
  const hello = { type: "hello", version: 2, peer: PEER, channels: [] };
  assert.throws(() => decodeOf(hello), { code: "unsupported-version" });
});

Deno.test("decodeLinkMessage() refuses a message above its limit in bytes", () => {
  const text = "é".repeat(LINK_FRAME_BYTES_MAX / 2);
  const message = { type: "error", code: "x", message: text };
  assert.throws(() => decodeOf(message), { code: "body-too-large" });
});

Deno.test("decodeLinkMessage() bounds every list", () => {
  const lists: [Record<string, unknown>, string, unknown, number][] = [
    [
      { type: "want" },
      "ranges",
      { author: PEER, after: 0, upTo: 1 },
      RANGES_PER_WANT_MAX,
    ],
    [{ type: "entries" }, "entries", entry(), ENTRIES_PER_PAGE_MAX],
    [
      { type: "have" },
      "vector",
      { author: PEER, floor: 0, last: 1 },
      AUTHORS_PER_HAVE_MAX,
    ],
  ];
  for (const [head, name, item, lengthMax] of lists) {
    const message = (length: number) => ({
      ...head,
      channel: "x",
      [name]: Array.from({ length }, () => item),
    });
    assert.doesNotThrow(() => decodeOf(message(lengthMax)), name);
    assert.throws(() => decodeOf(message(lengthMax + 1)), WireError, name);
  }
});

Deno.test("decodeLinkMessage() refuses vectors and ranges that run backwards", () => {
  const vector = [{ author: PEER, floor: 5, last: 4 }];
  assert.throws(() => decodeOf({ type: "have", channel: "x", vector }));
  const ranges = [{ author: PEER, after: 5, upTo: 4 }];
  assert.throws(() => decodeOf({ type: "want", channel: "x", ranges }));
});

Deno.test("readEntry() keeps the fields it knows and no others", () => {
  assert.deepEqual(readEntry(entry({ admin: true })), entry());
});

Deno.test("readEntry() refuses forged, empty and oversized entries", () => {
  const refused = [
    entry({ author: "__proto__" }),
    entry({ seq: 0 }),
    entry({ seq: SEQ_MAX + 1 }),
    entry({ seq: 1.5 }),
    entry({ seq: "1" }),
    entry({ time: -1 }),
    entry({ time: TIME_MS_MAX + 1 }),
    entry({ user: "a\u202eb" }),
    entry({ user: "" }),
    entry({ kind: "html" }),
    entry({ kind: ["text"] }),
    entry({ text: "" }),
    entry({ text: " \n\t\u3000" }),
    entry({ text: "x".repeat(TEXT_BYTES_MAX + 1) }),
    entry({ text: "é".repeat(TEXT_BYTES_MAX / 2 + 1) }),
    entry({ text: { html: "<b>" } }),
    JSON.parse('{"__proto__":{"kind":"text"}}'),
    null,
    [],
    "text",
  ];
  for (const value of refused) {
    assert.throws(() => readEntry(value), WireError, JSON.stringify(value));
  }
});

const peers = fc.stringMatching(/^[A-Za-z0-9_-]{22}$/);

/** Entries with any text at all, lone surrogates and controls included. */
const entries: fc.Arbitrary<Entry> = fc.record({
  author: peers,
  seq: fc.integer({ min: 1, max: SEQ_MAX }),
  time: fc.integer({ min: 0, max: TIME_MS_MAX }),
  user: fc.constantFrom("admin", "Nguyễn An", '"quoted"', "王"),
  kind: fc.constant("text" as const),
  text: fc.oneof(fc.string({ unit: "binary" }), fc.constant("\ud800"))
    .map((text) => `x${text}`),
}, { noNullPrototype: true });

Deno.test("entries survive a link whatever their text", () => {
  fc.assert(fc.property(fc.array(entries, { maxLength: 5 }), (page) => {
    const message: LinkMessage = {
      type: "entries",
      channel: "general",
      entries: page,
    };
    assert.deepEqual(decodeLinkMessage(encodeLinkMessage(message)), message);
  }));
});

Deno.test("decodeLinkMessage() throws nothing but WireError", () => {
  const types = fc.constantFrom(...MESSAGES.map((message) => message.type));
  const names = fc.constantFrom(
    ...["version", "peer", "channels", "channel", "vector", "ranges"],
    ...["entries", "peers", "code", "message", "__proto__"],
  );
  const shaped = fc.tuple(types, fc.dictionary(names, fc.jsonValue()))
    .map(([type, fields]) =>
      JSON.stringify({ channel: "general", ...fields, type })
    );
  const texts = fc.oneof(fc.string(), fc.json(), shaped);
  fc.assert(
    fc.property(texts, (text) => {
      try {
        decodeLinkMessage(text);
      } catch (error) {
        assert.ok(error instanceof WireError, String(error));
      }
    }),
    { numRuns: 1_000 },
  );
});
