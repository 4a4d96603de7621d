import assert from "node:assert/strict";
import { channelNameFault } from "../../lib/ui/channel_name_fault.ts";

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
