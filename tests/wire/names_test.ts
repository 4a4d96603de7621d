import assert from "node:assert/strict";
import fc from "fast-check";
import {
  channelNameOf,
  isPeerId,
  isUserName,
  readChannelName,
  readPeerId,
  readUserName,
} from "../../lib/wire/names.ts";
import { WireError } from "../../lib/wire/wire_error.ts";

const RIGHT_TO_LEFT_OVERRIDE = "\u202e";
const ZERO_WIDTH_JOINER = "\u200d";
const HANGUL_FILLER = "\u3164";
const VARIATION_SELECTOR = "\ufe0f";
const COMBINING_ACUTE = "\u0301";
const LONE_SURROGATE = "\ud800";

Deno.test("isPeerId() takes 22 characters of base64url and nothing else", () => {
  assert.ok(isPeerId("abcdefghijklmnopqrst-_"));
  const others = [
    "abcdefghijklmnopqrst-",
    "abcdefghijklmnopqrst-_x",
    "abcdefghijklmnopqrst-_\n",
    "abcdefghijklmnopqrst+/",
    "éééééééééééééééééééééé",
    "__proto__",
    "",
    null,
    undefined,
    22,
    ["abcdefghijklmnopqrst-_"],
    { toString: () => "abcdefghijklmnopqrst-_" },
  ];
  for (const value of others) assert.equal(isPeerId(value), false);
});

Deno.test("readPeerId() names its code", () => {
  assert.throws(() => readPeerId("x"), { code: "bad-peer-id" });
});

Deno.test("channelNameOf() gives the one form of a typed name", () => {
  assert.equal(channelNameOf(" #Lớp-12 "), "lớp-12");
  assert.equal(channelNameOf("Lo\u031b\u0301p"), "lớp");
  assert.equal(channelNameOf("日本語_2"), "日本語_2");
  assert.equal(channelNameOf("x".repeat(32)), "x".repeat(32));
  assert.equal(channelNameOf("𝒳".repeat(32))?.length, 64);
});

Deno.test("channelNameOf() refuses what could be mistaken, hidden or used as a key of an object", () => {
  const refused = [
    "",
    "#",
    "a b",
    "a/b",
    "..",
    "a\u0000",
    "x".repeat(33),
    "__proto__",
    "__PROTO__",
    "constructor",
    "prototype",
    `a${RIGHT_TO_LEFT_OVERRIDE}b`,
    `a${ZERO_WIDTH_JOINER}b`,
    `general${VARIATION_SELECTOR}`,
    HANGUL_FILLER,
    COMBINING_ACUTE,
    LONE_SURROGATE,
    "💬",
  ];
  for (const typed of refused) {
    assert.equal(channelNameOf(typed), undefined, JSON.stringify(typed));
  }
});

Deno.test("channelNameOf() of its own result changes nothing", () => {
  const letters = fc.string({
    unit: fc.oneof(
      fc.constantFrom("İ", "Σ", "ß", "ǅ", "Å", "I", "\u0307", "ᾳ", "-", "5"),
      fc.constantFrom("a", "B", "ủ", "Ж", "字", "ﬁ", "\u0345", "\u0301"),
    ),
    maxLength: 32,
  });
  fc.assert(fc.property(letters, (typed) => {
    const name = channelNameOf(typed);
    fc.pre(name !== undefined);
    assert.equal(channelNameOf(name), name);
    assert.equal(readChannelName(name), name);
  }));
});

Deno.test("readChannelName() takes the one form only, and never a huge string", () => {
  assert.equal(readChannelName("lớp-12"), "lớp-12");
  const refused = ["General", "#general", " general", "x".repeat(10_000)];
  for (const value of [...refused, null, 5, ["general"], {}]) {
    assert.throws(() => readChannelName(value), { code: "bad-channel-name" });
  }
});

Deno.test("isUserName() takes visible names of any script", () => {
  for (const name of ["admin", "Nguyễn Văn An", "王小明", "O'Brien", "a😀"]) {
    assert.ok(isUserName(name), name);
  }
});

Deno.test("isUserName() refuses names that are invisible, reorder text or break the line", () => {
  const refused = [
    "",
    " ",
    " a",
    "a\n",
    "a\u2028b",
    `a${RIGHT_TO_LEFT_OVERRIDE}b`,
    `a${ZERO_WIDTH_JOINER}b`,
    LONE_SURROGATE,
    HANGUL_FILLER,
    "x".repeat(33),
    "x".repeat(10_240),
    null,
    7,
    ["a"],
  ];
  for (const name of refused) {
    assert.equal(isUserName(name), false, JSON.stringify(name));
  }
});

Deno.test("name readers throw WireError for any JSON value", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    for (const read of [readPeerId, readChannelName, readUserName]) {
      try {
        assert.equal(read(value), value);
      } catch (error) {
        assert.ok(error instanceof WireError);
      }
    }
  }));
});
