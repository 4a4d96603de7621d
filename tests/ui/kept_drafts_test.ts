/** What is being written outlives the page that it is written in. @module */
import assert from "node:assert/strict";
import { ManualClock } from "../../lib/clock.ts";
import { keepDrafts } from "../../lib/ui/kept_drafts.ts";
import type { TabStorage } from "../../lib/ui/outbox.ts";
import { ChatState } from "../../lib/ui/state.ts";
import { FakeChat } from "../tools/fake_chat.ts";

/** The storage of one tab. */
function newTab() {
  const items = new Map<string, string>();
  const storage: TabStorage = {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
  return { items, storage };
}

/** A page of that tab, of the same person and history as `chat`. */
function openPage(storage: () => TabStorage, chat = new FakeChat()) {
  const state = new ChatState(chat, new ManualClock());
  const leave = keepDrafts(state, storage);
  return { state, chat, leave };
}

Deno.test("keepDrafts() brings back what was being written, in each channel", () => {
  const { storage } = newTab();
  const { state, chat, leave } = openPage(() => storage);
  state.draft.reply(chat.say("general", "bob", "tea?"));
  state.draft.write("half a sen");
  state.openChannel("tea");
  state.draft.write("con mèo ");
  leave();
  const { draft, ...next } = openPage(() => storage, chat).state;
  assert.equal(draft.text.value, "half a sen");
  assert.ok(draft.replyTo.value);
  assert.equal(draft.failed.value, false, "nothing was sent");
  next.channel.value = "tea";
  draft.open("tea");
  assert.equal(draft.text.value, "con mèo ");
});

Deno.test("keepDrafts() keeps an edit, and below it what it lies on", () => {
  const { storage } = newTab();
  const { state, chat, leave } = openPage(() => storage);
  state.draft.write("a new one");
  const mine = chat.say("general", chat.self.user, "an old one");
  state.draft.edit(mine);
  state.draft.write("an old one, changed");
  leave();
  const { draft } = openPage(() => storage, chat).state;
  assert.equal(draft.text.value, "an old one, changed");
  assert.deepEqual(draft.editing.value, mine.ref);
  draft.cancel();
  assert.equal(draft.text.value, "a new one");
});

Deno.test("keepDrafts() forgets what was sent, given up or deleted", () => {
  const { items, storage } = newTab();
  const { state, chat } = openPage(() => storage);
  const { draft } = state;
  draft.write("sent");
  draft.take();
  assert.equal(items.size, 0);
  draft.edit(chat.say("general", chat.self.user, "an old one"));
  draft.cancel();
  assert.equal(items.size, 0);
  draft.write("deleted");
  assert.equal(items.size, 1);
  draft.write("");
  assert.equal(items.size, 0);
});

Deno.test("keepDrafts() puts what a page had before above what is typed already", () => {
  const { storage } = newTab();
  const { state, leave } = openPage(() => storage);
  state.draft.write("before");
  leave();
  const next = new ChatState(new FakeChat(), new ManualClock());
  next.draft.write("after");
  keepDrafts(next, () => storage);
  assert.equal(next.draft.text.value, "before\nafter");
});

Deno.test("keepDrafts() shows nobody what another person has left in the tab", () => {
  const { storage } = newTab();
  const { state, leave } = openPage(() => storage);
  state.draft.write("a secret");
  leave();
  const other = new FakeChat();
  other.self = { ...other.self, user: "somebody else" };
  assert.equal(openPage(() => storage, other).state.draft.text.value, "");
});

Deno.test("keepDrafts() does without a storage, and with one that holds nonsense", () => {
  const blocked = () => {
    throw new DOMException("Blocked", "SecurityError");
  };
  const { state } = openPage(blocked);
  state.draft.write("still works");
  assert.equal(state.draft.text.value, "still works");
  const { items, storage } = newTab();
  const key = `drafts:${state.self.value.user}`;
  const odd = [
    ...["", "{", "null", "{}", "[null]", '[{"channel":"general"}]'],
    '[{"channel":"general","text":7}]',
    `[{"channel":"general","text":"${"x".repeat(9_000)}"}]`,
    '[{"channel":"general","text":"x","editing":{"author":1}}]',
  ];
  for (const text of odd) {
    items.set(key, text);
    assert.equal(openPage(() => storage).state.draft.text.value, "", text);
  }
});
