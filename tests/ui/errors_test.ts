import assert from "node:assert/strict";
import {
  channelNameFault,
  joinFault,
  requestFault,
} from "../../lib/ui/errors.ts";

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
