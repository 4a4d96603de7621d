import assert from "node:assert/strict";
import type { Trouble } from "../../lib/mesh/chat.ts";
import {
  channelNameFault,
  joinFault,
  requestFault,
  troubleNotice,
} from "../../lib/ui/errors.ts";
import { chatWords } from "../../lib/ui/words.ts";

Deno.test("troubleNotice() is silent where all legs work", () => {
  assert.equal(troubleNotice("none", chatWords.en), undefined);
});

Deno.test("troubleNotice() names each failing leg, and what to do next", () => {
  const troubles: Trouble[] = [
    "no-webrtc",
    "no-server",
    "no-tracker",
    "signed-out",
    "no-peer",
  ];
  const sentences = new Set<string>();
  for (const trouble of troubles) {
    for (const words of [chatWords.en, chatWords.vi]) {
      const notice = troubleNotice(trouble, words);
      assert.ok(notice !== undefined && notice.next !== "");
      sentences.add(notice.sentence);
    }
  }
  assert.equal(sentences.size, 2 * troubles.length);
});

Deno.test("troubleNotice() offers the remedy that helps", () => {
  const remedyOf = (trouble: Trouble) =>
    troubleNotice(trouble, chatWords.en)?.remedy;
  assert.equal(remedyOf("no-server"), "retry");
  assert.equal(remedyOf("no-tracker"), "retry");
  assert.equal(remedyOf("no-peer"), "retry");
  assert.equal(remedyOf("signed-out"), "log-in");
  assert.equal(remedyOf("no-webrtc"), "none");
});

Deno.test("channelNameFault() accepts what names a channel", () => {
  for (const typed of ["general", " #Lớp-12 ", "日本", "a_b", "x".repeat(32)]) {
    assert.equal(channelNameFault(typed), undefined, typed);
  }
});

Deno.test("channelNameFault() says which rule is broken", () => {
  assert.equal(channelNameFault(""), "empty");
  assert.equal(channelNameFault("  # "), "empty");
  assert.equal(channelNameFault("two words"), "bad-character");
  assert.equal(channelNameFault("<b>"), "bad-character");
  assert.equal(channelNameFault("a\u202Eb"), "bad-character");
  assert.equal(channelNameFault("x".repeat(33)), "too-long");
  assert.equal(channelNameFault("__proto__"), "reserved");
});

Deno.test("requestFault() keeps quiet about what the peer mends alone", () => {
  assert.equal(requestFault("unknown-peer"), undefined);
  assert.equal(requestFault("bad-signal"), undefined);
  assert.equal(requestFault("channel-limit"), "channel-limit");
  assert.equal(requestFault("peer-limit"), "server-full");
});

Deno.test("joinFault() tells a limit from any other failure", () => {
  assert.equal(joinFault(new RangeError("64 channels")), "channel-limit");
  assert.equal(joinFault(new Error("other")), "join-failed");
});
