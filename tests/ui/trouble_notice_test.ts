import assert from "node:assert/strict";
import type { Trouble } from "../../lib/mesh/chat.ts";
import { pageWords } from "../../lib/ui/words_later.ts";
import { troubleNotice } from "../../lib/ui/trouble_notice.ts";
import { chatWords } from "../../lib/ui/words.ts";

const english = pageWords(chatWords.en);

Deno.test("troubleNotice() is silent where all legs work", () => {
  assert.equal(troubleNotice("none", english), undefined);
});

Deno.test("troubleNotice() names each failing leg, and what to do next", () => {
  const troubles: Trouble[] = [
    "no-webrtc",
    "no-server",
    "no-tracker",
    "moved",
    "signed-out",
    "too-many-requests",
    "no-peer",
  ];
  const sentences = new Set<string>();
  for (const trouble of troubles) {
    for (const words of [english, pageWords(chatWords.vi)]) {
      const notice = troubleNotice(trouble, words);
      assert.ok(notice !== undefined && notice.next !== "");
      sentences.add(notice.sentence);
    }
  }
  assert.equal(sentences.size, 2 * troubles.length);
});

Deno.test("troubleNotice() offers the remedy that helps", () => {
  const remedyOf = (trouble: Trouble) =>
    troubleNotice(trouble, english)?.remedy;
  assert.equal(remedyOf("no-server"), "retry");
  assert.equal(remedyOf("no-tracker"), "retry");
  assert.equal(remedyOf("no-peer"), "retry");
  assert.equal(remedyOf("moved"), "reload");
  assert.equal(remedyOf("signed-out"), "log-in");
  assert.equal(remedyOf("no-webrtc"), "none");
  assert.equal(remedyOf("too-many-requests"), "none");
});
