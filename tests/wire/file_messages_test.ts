import assert from "node:assert/strict";
import fc from "fast-check";
import { FILE_BYTES_MAX, PIECE_BYTES } from "../../lib/wire/file.ts";
import {
  type FileMessage,
  FILES_PER_FOUND_MAX,
  FILES_PER_HELD_MAX,
  FILES_PER_SEEK_MAX,
  PIECES_WANTED_MAX,
} from "../../lib/wire/file_messages.ts";
import {
  decodeLinkMessage,
  encodeLinkMessage,
  LINK_FRAME_BYTES_MAX,
  type LinkMessage,
} from "../../lib/wire/link.ts";
import { WireError } from "../../lib/wire/wire_error.ts";

const HASH = "h".repeat(43);
const FILE = { hash: HASH, size: 9 * PIECE_BYTES };
const LAN = { peer: "P".repeat(22), user: "Lan" };

const MESSAGES: FileMessage[] = [
  { type: "seek-files", channel: "x", files: [FILE], ttl: 7 },
  { type: "unseek-files", hashes: [HASH] },
  { type: "files-held", files: [{ ...FILE, held: "all" }] },
  { type: "files-held", files: [{ ...FILE, held: Uint8Array.of(0x81, 1) }] },
  { type: "files-found", channel: "x", files: [{ ...FILE, holder: LAN }] },
  { type: "want-pieces", stream: 2 ** 32 - 1, ...FILE, pieces: [0, 8] },
  { type: "want-pieces", stream: 0, ...FILE, pieces: [], hashes: true },
  { type: "unwant-pieces", stream: 7 },
];

function decodeOf(fields: Record<string, unknown>): LinkMessage {
  return decodeLinkMessage(JSON.stringify(fields));
}

function plain(message: FileMessage): Record<string, unknown> {
  return JSON.parse(encodeLinkMessage(message));
}

Deno.test("decodeLinkMessage() reads back what is said about files", () => {
  for (const message of MESSAGES) {
    assert.deepEqual(decodeLinkMessage(encodeLinkMessage(message)), message);
  }
});

Deno.test("decodeLinkMessage() refuses a message about files with a field that is wrong", () => {
  for (const message of MESSAGES) {
    for (const name of Object.keys(message)) {
      if (name === "hashes" && message.type === "want-pieces") continue;
      for (const value of [undefined, null, {}, [null], -1, 0.5]) {
        const wrong = { ...plain(message), [name]: value };
        assert.throws(() => decodeOf(wrong), WireError, JSON.stringify(wrong));
      }
    }
  }
});

Deno.test("decodeLinkMessage() refuses pieces that the file does not have", () => {
  const want = plain(MESSAGES[5] as FileMessage);
  for (const piece of [9, -1, 1.5, "0", null]) {
    assert.throws(() => decodeOf({ ...want, pieces: [piece] }), WireError);
  }
  const held = (held: unknown, size = FILE.size) =>
    decodeOf({ type: "files-held", files: [{ hash: HASH, size, held }] });
  for (const wrong of ["", "gQ", "gQEB", "none", "g=E", 5, "A".repeat(9_000)]) {
    assert.throws(() => held(wrong), WireError, String(wrong));
  }
  assert.throws(() => held("all", FILE_BYTES_MAX + 1), WireError);
});

Deno.test("decodeLinkMessage() bounds every list about files", () => {
  const lists: [FileMessage, string, number][] = [
    [MESSAGES[0] as FileMessage, "files", FILES_PER_SEEK_MAX],
    [MESSAGES[1] as FileMessage, "hashes", FILES_PER_SEEK_MAX],
    [MESSAGES[2] as FileMessage, "files", FILES_PER_HELD_MAX],
    [MESSAGES[4] as FileMessage, "files", FILES_PER_FOUND_MAX],
    [MESSAGES[5] as FileMessage, "pieces", PIECES_WANTED_MAX],
  ];
  for (const [message, name, most] of lists) {
    const fields = plain(message);
    const [item] = fields[name] as unknown[];
    const list = (count: number) => new Array(count).fill(item);
    decodeOf({ ...fields, [name]: list(most) });
    assert.throws(
      () => decodeOf({ ...fields, [name]: list(most + 1) }),
      WireError,
    );
  }
});

Deno.test("The longest message about files fits a frame", () => {
  const held = new Uint8Array(2_048).fill(0xff);
  const file = { hash: HASH, size: FILE_BYTES_MAX, held };
  const files = new Array(FILES_PER_HELD_MAX).fill(file);
  const text = encodeLinkMessage({ type: "files-held", files });
  assert.ok(text.length < LINK_FRAME_BYTES_MAX);
  decodeLinkMessage(text);
});

Deno.test("decodeLinkMessage() throws nothing but WireError for what is said about files", () => {
  const types = [...new Set(MESSAGES.map(({ type }) => type))];
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constant(HASH),
    fc.constant("x"),
    fc.array(fc.record({
      hash: fc.constantFrom(HASH, "", 5),
      size: fc.oneof(fc.nat(), fc.jsonValue()),
      held: fc.constantFrom("all", "gQ", "", 1),
    })),
  );
  const message = fc.record({
    type: fc.constantFrom(...types),
    channel: value,
    files: value,
    hashes: value,
    ttl: value,
    stream: value,
    hash: value,
    size: value,
    pieces: value,
  });
  fc.assert(fc.property(message, (message) => {
    try {
      decodeOf(message);
    } catch (error) {
      assert.ok(error instanceof WireError);
    }
  }));
});
