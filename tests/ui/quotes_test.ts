import assert from "node:assert/strict";
import { excerptOf, findQuoted } from "../../lib/ui/quotes.ts";
import { keyOf } from "../../lib/ui/timeline.ts";
import { FakeChat } from "../tools/fake_chat.ts";

Deno.test("findQuoted() finds what is there, by author and number", () => {
  const chat = new FakeChat();
  const [one, two] = ["one", "two"]
    .map((text) => chat.say("general", "bob", text));
  assert.ok(one && two);
  const elsewhere = { author: "nobody", seq: two.ref.seq };
  const found = findQuoted([two.ref, elsewhere], chat.messages("general"));
  assert.deepEqual([...found], [[keyOf(two), two]]);
  assert.equal(findQuoted([], chat.messages("general")).size, 0);
});

Deno.test("excerptOf() is one line, cut between characters", () => {
  assert.equal(excerptOf(" a\n\n b\t c "), "a b c");
  const long = excerptOf("😀".repeat(500));
  assert.equal([...long].length, 161);
  assert.ok(long.isWellFormed());
  assert.ok(excerptOf(`${"x".repeat(700)}`).endsWith("…"));
});
