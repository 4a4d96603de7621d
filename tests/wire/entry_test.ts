import assert from "node:assert/strict";
import fc from "fast-check";
import {
  checkText,
  EMOJI_BYTES_MAX,
  encodeEntry,
  type EntryBody,
  type EntryHead,
  isEmoji,
  readEntry,
  readSignedEntry,
  SIGNED_BYTES_MAX,
  signingBytes,
  TEXT_BYTES_MAX,
} from "../../lib/wire/entry.ts";
import { WireError } from "../../lib/wire/wire_error.ts";
import { deviceKey } from "../tools/cheap_keys.ts";
import { signedBy } from "../tools/entries.ts";

const alice = deviceKey("alice");
const HASH = "h".repeat(43);
const HEAD: EntryHead = {
  channel: "general",
  author: alice,
  seq: 7,
  prev: HASH,
  time: 1_000,
};
const BODIES: EntryBody[] = [
  { kind: "text", text: "xin chào 🦊" },
  { kind: "text", text: "yes", replyTo: { author: deviceKey("bob"), seq: 3 } },
  { kind: "edit", target: 6, text: "better" },
  { kind: "delete", target: 1 },
  {
    kind: "reaction",
    target: { author: alice, seq: 900 },
    emoji: "👍🏽",
    on: true,
  },
  {
    kind: "file",
    name: "bài tập 👨‍👩‍👧.pdf",
    size: 4 * 1024 ** 3,
    type: "application/pdf",
    hash: "f".repeat(43),
    replyTo: { author: alice, seq: 2 },
  },
];

/** The signed text with some of its fields replaced or taken away. */
function changed(fields: Record<string, unknown>, body = BODIES[0]): string {
  const written = JSON.parse(encodeEntry(HEAD, body as EntryBody));
  return JSON.stringify({ ...written, ...fields });
}

function refuses(signed: string, why: RegExp): void {
  assert.throws(
    () => readEntry(signed),
    (error) => error instanceof WireError && why.test(error.message),
    signed.slice(0, 200),
  );
}

Deno.test("readEntry() gives back every kind as it was written", () => {
  for (const body of BODIES) {
    assert.deepEqual(readEntry(encodeEntry(HEAD, body)), { ...HEAD, ...body });
  }
  const first = { ...HEAD, seq: 1, prev: null };
  const body: EntryBody = { kind: "text", text: "first" };
  assert.deepEqual(readEntry(encodeEntry(first, body)), { ...first, ...body });
});

Deno.test("readEntry() keeps an entry of a kind or with a field that came later", () => {
  const poll = readEntry(changed({ kind: "poll", size: 7, parts: [[1]] }));
  assert.deepEqual(poll, { ...HEAD, kind: "other" });
  const styled = readEntry(changed({ style: { bold: true } }));
  assert.deepEqual(styled, { ...HEAD, ...BODIES[0] });
});

Deno.test("readEntry() shows no file whose name, size, type or hash can't be, and keeps the entry", () => {
  const file = BODIES.at(-1) as EntryBody;
  const wrong: Record<string, unknown>[] = [
    { name: "" },
    { name: "." },
    { name: ".." },
    { name: "../etc/passwd" },
    { name: "C:\\x" },
    { name: "a\u0000b" },
    { name: "a\nb" },
    { name: "gpj.\u202eexe" },
    { name: " a" },
    { name: "e\u0301" },
    { name: "x".repeat(256) },
    { name: "ă".repeat(128) },
    { name: 5 },
    { size: -1 },
    { size: 0.5 },
    { size: 4 * 1024 ** 3 + 1 },
    { size: "7" },
    { type: "Text/Plain" },
    { type: "text" },
    { type: "text/plain; charset=x" },
    { type: `${"x".repeat(64)}/x` },
    { hash: "f".repeat(42) },
    { hash: `${"f".repeat(42)}=` },
  ];
  for (const fields of wrong) {
    const read = readEntry(changed(fields, file));
    assert.deepEqual(read, { ...HEAD, kind: "other" }, JSON.stringify(fields));
  }
  refuses(changed({ replyTo: 5 }, file), /"replyTo"/);
});

Deno.test("readEntry() refuses every field that is not what it must be", () => {
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ version: 2 }, /version 2/],
    [{ channel: "Big" }, /"Big"/],
    [{ author: "alice" }, /"alice"/],
    [{ seq: 0 }, /"seq"/],
    [{ seq: 1.5 }, /"seq"/],
    [{ seq: 1_000_001 }, /"seq"/],
    [{ prev: null }, /"prev" null/],
    [{ seq: 1 }, /Entry 1 can't have "prev"/],
    [{ prev: "short" }, /"prev"/],
    [{ time: -1 }, /"time"/],
    [{ time: 1e15 }, /"time"/],
    [{ kind: 3 }, /kind 3/],
    [{ kind: "Text" }, /kind "Text"/],
    [{ text: "" }, /empty/],
    [{ text: " \n" }, /empty/],
    [{ text: ["a"] }, /"text"/],
    [{ text: "ă".repeat(TEXT_BYTES_MAX / 2 + 1) }, /longer than 8192/],
    [{ replyTo: null }, /"replyTo"/],
    [{ replyTo: { author: alice, seq: 0 } }, /"seq"/],
  ];
  for (const [fields, why] of cases) refuses(changed(fields), why);
});

Deno.test("readEntry() refuses an edit or a deletion of anything but an earlier entry of its author", () => {
  for (const target of [0, 7, 8, "6", { author: alice, seq: 6 }]) {
    refuses(changed({ target }, BODIES[2]), /"target"/);
    refuses(changed({ target }, BODIES[3]), /"target"/);
  }
});

Deno.test("readEntry() refuses a reaction that is not one emoji", () => {
  for (
    const emoji of ["", "ok", "👍👍", "👍 ", "<b>", "5", "👍".repeat(9), 1]
  ) {
    refuses(changed({ emoji }, BODIES[4]), /one emoji/);
  }
  refuses(changed({ on: 1 }, BODIES[4]), /one emoji/);
  refuses(changed({ target: 5 }, BODIES[4]), /"target"/);
});

Deno.test("isEmoji() knows skin tones, families, flags and keycaps as one", () => {
  const family = "👩🏽‍❤️‍💋‍👨🏿";
  const scotland = "🏴󠁧󠁢󠁳󠁣󠁴󠁿";
  for (const emoji of ["👍", "❤️", "👍🏽", family, "🇻🇳", scotland, "5️⃣", "🏳️‍🌈"]) {
    assert.equal(isEmoji(emoji), true, emoji);
  }
  assert.equal(isEmoji("👩‍".repeat(EMOJI_BYTES_MAX) + "👩"), false);
});

Deno.test("readEntry() refuses a text that two readers could read differently", () => {
  const signed = changed({});
  const spaced = signed.replace(`,"seq"`, `, "seq"`);
  const doubled = signed.replace(`{`, `{"text":"one",`);
  const exponent = signed.replace(`"time":1000`, `"time":1e3`);
  const escaped = signed.replace(`"general"`, `"\\u0067eneral"`);
  for (const text of [spaced, doubled, exponent, escaped, `${signed} `]) {
    assert.notEqual(text, signed);
    refuses(text, /as JSON.stringify\(\) writes it/);
  }
});

Deno.test("readEntry() refuses half a letter, written out or in the text itself", () => {
  refuses(changed({ text: "a\ud800" }), /half a letter/);
  const raw = changed({}).replace("xin", "\ud800");
  refuses(raw, /as JSON.stringify\(\) writes it|half a letter/);
});

Deno.test("readEntry() refuses what is nested beyond all sense, and what is too large", () => {
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  const body = changed({}).replace(`"kind":"text"`, `"kind":"x","d":${deep}`);
  refuses(body, /as JSON.stringify\(\) writes it/);
  refuses(changed({ more: "x".repeat(SIGNED_BYTES_MAX) }), /larger than/);
});

Deno.test("readEntry() has room for a text of nothing but control characters", () => {
  const text = "\u0001".repeat(TEXT_BYTES_MAX);
  const longest = { ...HEAD, channel: "x".repeat(32), seq: 1_000_000 };
  const signed = encodeEntry(longest, { kind: "text", text });
  const entry = readEntry(signed);
  assert.equal(entry.kind === "text" && entry.text, text);
});

Deno.test("readSignedEntry() keeps the text and the signature as they came", () => {
  const { signed, signature, entry } = signedBy(alice, { seq: 1 });
  const read = readSignedEntry({ signed, signature, more: 1 });
  assert.deepEqual(read, { signed, signature, entry });
  const bytes = new TextDecoder().decode(signingBytes(signed));
  assert.equal(bytes, `weaprous-entry-1\n${signed}`);
});

Deno.test("readSignedEntry() refuses what has no text or no strict signature", () => {
  const { signed, signature } = signedBy(alice, { seq: 1 });
  const high = `${signature.slice(0, -2)}-w`;
  const bad: unknown[] = [
    ...[null, [], "x", {}, { signed }, { signature }],
    ...[{ signed: 1, signature }, { signed, signature: `${signature}A` }],
    ...[{ signed, signature: high }, { signed, signature: "x".repeat(86) }],
  ];
  for (const value of bad) {
    assert.throws(() => readSignedEntry(value), WireError, String(value));
  }
});

Deno.test("readEntry() gives back any text that may be written", () => {
  const text = fc.string({ unit: "binary", minLength: 1, maxLength: 200 })
    .filter((it) => it.trim() !== "");
  fc.assert(fc.property(text, fc.nat(1e12), (text, time) => {
    const body: EntryBody = { kind: "text", text };
    const signed = encodeEntry({ ...HEAD, time }, body);
    assert.deepEqual(readEntry(signed), { ...HEAD, time, ...body });
  }));
});

Deno.test("readSignedEntry() answers anything with an entry or a WireError", () => {
  const { signature } = signedBy(alice, { seq: 1 });
  const field = fc.constantFrom(
    ...["version", "channel", "author", "seq", "prev", "time", "kind"],
    ...["text", "target", "emoji", "on", "replyTo", "__proto__"],
  );
  const anything = fc.dictionary(field, fc.jsonValue(), { maxKeys: 4 });
  const someBody = fc.constantFrom(...BODIES);
  fc.assert(fc.property(anything, someBody, (fields, body) => {
    const signed = changed(fields, body);
    try {
      const { entry } = readSignedEntry({ signed, signature });
      assert.equal(entry.author.length, 43);
    } catch (error) {
      assert.ok(error instanceof WireError, String(error));
    }
  }));
});

Deno.test("readSignedEntry() answers a cut or changed text with an entry of the same form or a WireError", () => {
  const { signature } = signedBy(alice, { seq: 1 });
  const whole = encodeEntry(HEAD, BODIES[1] as EntryBody);
  const at = fc.nat(whole.length - 1);
  fc.assert(fc.property(at, fc.string({ maxLength: 3 }), (place, put) => {
    const cut = whole.slice(0, place);
    for (const signed of [cut, cut + put + whole.slice(place + 1)]) {
      try {
        readSignedEntry({ signed, signature });
        assert.equal(JSON.stringify(JSON.parse(signed)), signed);
      } catch (error) {
        assert.ok(error instanceof WireError, String(error));
      }
    }
  }));
});

Deno.test("checkText() says what a message may be", () => {
  assert.throws(() => checkText(" \n"), /empty/);
  assert.throws(() => checkText("ă".repeat(4_097)), /8194 bytes.*8192/);
  checkText("ă".repeat(4_096));
});
