import assert from "node:assert/strict";
import fc from "fast-check";
import {
  COUNT_MAX,
  COUNTS_PER_MESSAGE_MAX,
  decodeLinkMessage,
  encodeLinkMessage,
  ENTRIES_PER_PAGE_MAX,
  LINK_FRAME_BYTES_MAX,
  LINK_VERSION,
  type LinkMessage,
  RANGES_PER_WANT_MAX,
  ROWS_PER_HAVE_MAX,
  RUNS_PER_AUTHOR_MAX,
} from "../../lib/wire/link.ts";
import {
  readSignedEntry,
  SEQ_MAX,
  TEXT_BYTES_MAX,
} from "../../lib/wire/entry.ts";
import { WireError } from "../../lib/wire/wire_error.ts";
import { certificateOf, deviceKey } from "../tools/cheap_keys.ts";
import { signedBy } from "../tools/entries.ts";

const PEER = "P".repeat(22);
const ALICE = deviceKey("alice");
const BOB = deviceKey("bob");
const CERTIFICATE = certificateOf("alice", ALICE);
const HEAD = "headhead";

/** Just what travels of an entry, and as it is read. */
function entry(seq = 1) {
  const { signed, signature } = signedBy(ALICE, { seq, prev: "p".repeat(43) });
  return { signed, signature };
}

function read(seq = 1) {
  return readSignedEntry(entry(seq));
}

const MESSAGES: LinkMessage[] = [
  {
    type: "hello",
    version: LINK_VERSION,
    peer: PEER,
    channels: ["general"],
    certificate: CERTIFICATE,
    proof: CERTIFICATE.signature,
  },
  { type: "channel-joined", channel: "x" },
  { type: "channel-left", channel: "x" },
  {
    type: "counted",
    channel: "general",
    counts: [{ author: ALICE, floor: 0, last: 7, count: 12 }],
  },
  {
    type: "have",
    channel: "x",
    vector: new Map([
      [ALICE, [{ held: [0, 4], head: HEAD }]],
      [BOB, [{ held: [2, 3], head: HEAD }, { held: [7, 9], head: HEAD }]],
    ]),
  },
  { type: "digest", channel: "x", digest: "1a2b3c" },
  { type: "prune", channel: "x" },
  {
    type: "want",
    channel: "x",
    ranges: [{ author: ALICE, after: 0, upTo: 4 }],
  },
  { type: "entries", channel: "x", entries: [entry()], certificates: [] },
  {
    type: "entry-written",
    channel: "x",
    entry: entry(),
    certificates: [CERTIFICATE],
  },
  {
    type: "fork-found",
    channel: "x",
    proof: [entry(1), entry(2)],
    certificates: [],
  },
  { type: "error", code: "bad-message", message: "No" },
];

function decodeOf(message: Record<string, unknown>): LinkMessage {
  return decodeLinkMessage(JSON.stringify(message));
}

/** Without what was read of the entries. */
function stripped(message: LinkMessage): LinkMessage {
  const strip = ({ signed, signature }: ReturnType<typeof entry>) => {
    return { signed, signature };
  };
  switch (message.type) {
    case "entries":
      return { ...message, entries: message.entries.map(strip) };
    case "entry-written":
      return { ...message, entry: strip(message.entry) };
    case "fork-found": {
      const [a, b] = message.proof;
      return { ...message, proof: [strip(a), strip(b)] };
    }
    default:
      return message;
  }
}

Deno.test("decodeLinkMessage() refuses counts of nothing, of nobody and of too many", () => {
  const good = { author: deviceKey("alice"), floor: 0, last: 1, count: 1 };
  const counted = (counts: unknown[]) =>
    decodeOf({ type: "counted", channel: "x", counts });
  counted(Array(COUNTS_PER_MESSAGE_MAX).fill(good));
  const bad = [
    ...[{ floor: 1 }, { floor: -1 }, { last: SEQ_MAX + 1 }, { author: "x" }],
    ...[{ count: 0 }, { count: COUNT_MAX + 1 }, { count: 1.5 }],
  ].map((wrong) => [{ ...good, ...wrong }]);
  const tooMany = Array(COUNTS_PER_MESSAGE_MAX + 1).fill(good);
  for (const counts of [...bad, tooMany]) {
    assert.throws(() => counted(counts), WireError, JSON.stringify(counts));
  }
});

Deno.test("decodeLinkMessage() reads back what encodeLinkMessage() wrote", () => {
  for (const message of MESSAGES) {
    const decoded = decodeLinkMessage(encodeLinkMessage(message));
    assert.deepEqual(stripped(decoded), message);
  }
});

Deno.test("decodeLinkMessage() reads what entries say", () => {
  const message = decodeOf({
    type: "entries",
    channel: "x",
    entries: [entry(2)],
    certificates: [],
    more: true,
  });
  assert.deepEqual(message, {
    type: "entries",
    channel: "x",
    entries: [read(2)],
    certificates: [],
    more: true,
  });
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
      for (const value of [null, {}, [null], -1, undefined]) {
        const isOptional = name === "certificate" && value === undefined;
        if (isOptional) continue;
        const text = JSON.stringify({ ...fields, [name]: value });
        assert.throws(() => decodeLinkMessage(text), WireError, text);
      }
    }
  }
});

Deno.test("decodeLinkMessage() reads of a hello which files it speaks, and takes one that says nothing of them", () => {
  const [hello] = MESSAGES as [LinkMessage];
  assert.deepEqual(decodeOf({ ...hello, files: 1 }), { ...hello, files: 1 });
  for (const files of ["1", {}, 0.5, null]) {
    assert.deepEqual(decodeOf({ ...hello, files }), hello);
  }
});

Deno.test("decodeLinkMessage() refuses another protocol version by name", () => {
  const hello = { type: "hello", version: 1, peer: PEER, channels: [] };
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
      { author: ALICE, after: 0, upTo: 1 },
      RANGES_PER_WANT_MAX,
    ],
    [
      { type: "entries", certificates: [] },
      "entries",
      entry(),
      ENTRIES_PER_PAGE_MAX,
    ],
    [
      { type: "entries", entries: [] },
      "certificates",
      CERTIFICATE,
      ENTRIES_PER_PAGE_MAX,
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

function row(author: string, floor: number, last: number, head = HEAD) {
  return { author, floor, last, head };
}

Deno.test("decodeLinkMessage() bounds the rows of a vector, and the runs of an author", () => {
  const have = (vector: unknown[]) =>
    decodeOf({ type: "have", channel: "x", vector });
  const many = (count: number) =>
    Array.from({ length: count }, (_, at) => row(deviceKey(`a${at}`), 0, 1));
  have(many(ROWS_PER_HAVE_MAX));
  assert.throws(() => have(many(ROWS_PER_HAVE_MAX + 1)), WireError);
  const runs = (count: number) =>
    Array.from({ length: count }, (_, at) => row(ALICE, 10 * at, 10 * at + 5));
  have(runs(RUNS_PER_AUTHOR_MAX));
  assert.throws(() => have(runs(RUNS_PER_AUTHOR_MAX + 1)), WireError);
});

Deno.test("decodeLinkMessage() refuses vectors and ranges that run backwards", () => {
  const wrong = [
    [row(ALICE, 5, 4)],
    [row(ALICE, 5, 9), row(ALICE, 0, 3)],
    [row(ALICE, 0, 5), row(ALICE, 3, 9)],
    [row(ALICE, 0, 5, "short")],
    [row("alice", 0, 5)],
  ];
  for (const vector of wrong) {
    const text = JSON.stringify(vector);
    assert.throws(
      () => decodeOf({ type: "have", channel: "x", vector }),
      WireError,
      text,
    );
  }
  const ranges = [{ author: ALICE, after: 5, upTo: 4 }];
  assert.throws(() => decodeOf({ type: "want", channel: "x", ranges }));
});

Deno.test("The largest entry there may be fits a frame, certificate and all", () => {
  const text = "\u0001".repeat(TEXT_BYTES_MAX);
  const body = { kind: "text" as const, text };
  const { signed, signature } = signedBy(ALICE, { seq: 1, body });
  const frame = encodeLinkMessage({
    type: "entry-written",
    channel: "general",
    entry: { signed, signature },
    certificates: [CERTIFICATE],
  });
  const bytes = new TextEncoder().encode(frame).length;
  assert.ok(bytes <= LINK_FRAME_BYTES_MAX, `${bytes}`);
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
