import assert from "node:assert/strict";
import { SHOWN_MAX, ShownMessages } from "../../lib/cli/shown_messages.ts";
import type { Message } from "../../lib/mesh/chat.ts";

function said(seq: number, text = `message ${seq}`): Message {
  return {
    ...{ channel: "general", user: "mai", text, at: seq },
    ref: { author: "a".repeat(43), seq },
    ...{ edited: false, deleted: false, reactions: [], own: false },
  };
}

Deno.test("ShownMessages tells each change once, of what was shown alone", () => {
  const shown = new ShownMessages();
  const before = said(1);
  shown.remember(before);
  const after = said(1, "better");
  const all = [after, said(2)];
  const refs = all.map(({ ref }) => ref);
  assert.deepEqual(shown.takeChanges(all, refs), [{ before, after }]);
  assert.deepEqual(shown.takeChanges(all, refs), []);
  assert.deepEqual(shown.takeChanges([], refs), []);
  assert.deepEqual([shown.has(before), shown.has(said(2))], [true, false]);
});

Deno.test("ShownMessages forgets the oldest beyond its limit", () => {
  const shown = new ShownMessages();
  for (let seq = 0; seq <= SHOWN_MAX; seq++) shown.remember(said(seq));
  assert.deepEqual(
    [said(0), said(1), said(SHOWN_MAX)].map((message) => shown.has(message)),
    [false, true, true],
  );
});
