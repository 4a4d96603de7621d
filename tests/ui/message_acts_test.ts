/** What people do to messages, through the page's state. @module */
import assert from "node:assert/strict";
import { ManualClock } from "../../lib/clock.ts";
import type { Message } from "../../lib/mesh/chat.ts";
import { ChatState, MESSAGES_SHOWN } from "../../lib/ui/state.ts";
import { keyOf } from "../../lib/ui/timeline.ts";
import { FakeChat } from "../tools/fake_chat.ts";

async function startedState() {
  const chat = new FakeChat();
  const state = new ChatState(chat, new ManualClock());
  await state.start();
  return { chat, state };
}

async function said(state: ChatState, text: string): Promise<Message> {
  state.draft.write(text);
  await state.send();
  return last(state);
}

function last(state: ChatState): Message {
  const message = state.messages.value.at(-1);
  assert.ok(message);
  return message;
}

Deno.test("ChatState.send() of an edit changes the message and adds none", async () => {
  const { state } = await startedState();
  const message = await said(state, "helo");
  state.draft.edit(message);
  state.draft.write("hello");
  await state.send();
  assert.equal(state.messages.value.length, 1);
  assert.equal(last(state).text, "hello");
  assert.equal(last(state).edited, true);
  assert.equal(state.draft.editing.value, undefined);
});

Deno.test("ChatState.send() of an edit that changes nothing marks nothing", async () => {
  const { state } = await startedState();
  state.draft.edit(await said(state, "hello"));
  await state.send();
  assert.equal(last(state).edited, false);
  assert.equal(state.draft.editing.value, undefined);
});

Deno.test("ChatState.send() of an edit that fails keeps it to be tried again", async () => {
  const { chat, state } = await startedState();
  state.draft.edit(await said(state, "helo"));
  state.draft.write("hello");
  chat.failure = new Error("no store");
  await state.send();
  assert.equal(last(state).text, "helo");
  assert.equal(state.draft.text.value, "hello");
  assert.equal(state.draft.failed.value, true);
  await state.send();
  assert.equal(last(state).text, "hello");
});

Deno.test("ChatState.editLast() takes the last own message, past those of others", async () => {
  const { chat, state } = await startedState();
  await said(state, "first");
  const mine = await said(state, "mine");
  chat.say("general", "bob", "not mine");
  state.editLast();
  assert.deepEqual(state.draft.editing.value, mine.ref);
  assert.equal(state.draft.text.value, "mine");
});

Deno.test("ChatState.editLast() passes by what was deleted", async () => {
  const { state } = await startedState();
  const first = await said(state, "first");
  await state.removeMessage(await said(state, "second"));
  state.editLast();
  assert.deepEqual(state.draft.editing.value, first.ref);
});

Deno.test("ChatState.editLast() leaves a message of another device alone", async () => {
  const { chat, state } = await startedState();
  await said(state, "from the key before");
  chat.self = { ...chat.self, device: "another" };
  state.editLast();
  assert.equal(state.draft.editing.value, undefined);
});

Deno.test("ChatState.send() of an answer names the message, and quotes it", async () => {
  const { chat, state } = await startedState();
  const question = chat.say("general", "bob", "tea?");
  state.draft.reply(question);
  assert.equal(state.quoted.value.get(keyOf(question))?.text, "tea?");
  const answer = await said(state, "yes");
  assert.deepEqual(answer.replyTo, question.ref);
  assert.equal(state.draft.replyTo.value, undefined);
  chat.change("general", question.ref, () => ({ text: "coffee?" }));
  assert.equal(state.quoted.value.get(keyOf(question))?.text, "coffee?");
  chat.forget("general", 1);
  assert.equal(state.quoted.value.get(keyOf(question)), undefined);
});

Deno.test("MessageActs.remove() hides a text before it is signed, and ends its edit", async () => {
  const { state } = await startedState();
  const message = await said(state, "oh no");
  state.draft.edit(message);
  const removed = state.removeMessage(message);
  assert.equal(state.acts.isGone(message), true);
  assert.equal(state.draft.editing.value, undefined);
  assert.equal(state.draft.text.value, "");
  await removed;
  assert.equal(last(state).deleted, true);
  assert.equal(last(state).text, "");
});

Deno.test("MessageActs.remove() shows the text again where it fails, and says so", async () => {
  const { chat, state } = await startedState();
  const message = await said(state, "still here");
  chat.failure = new Error("no store");
  await state.removeMessage(message);
  assert.equal(state.acts.isGone(message), false);
  assert.equal(state.requestFault.value, "change-failed");
});

Deno.test("MessageActs.react() puts an emoji there, and takes one's own off", async () => {
  const { chat, state } = await startedState();
  const { ref } = chat.say("general", "bob", "it works");
  chat.reactAs("linh", { channel: "general", ref, emoji: "🎉" });
  await state.acts.react(last(state), "🎉");
  assert.deepEqual(last(state).reactions, [
    { emoji: "🎉", users: ["linh", "admin"], own: true },
  ]);
  await state.acts.react(last(state), "🎉");
  assert.deepEqual(last(state).reactions, [
    { emoji: "🎉", users: ["linh"], own: false },
  ]);
});

Deno.test("MessageActs says what can be done with whose message", async () => {
  const { chat, state } = await startedState();
  const { acts } = state;
  const mine = await said(state, "mine");
  const theirs = chat.say("general", "bob", "theirs");
  assert.deepEqual([acts.canAnswer(mine), acts.canChange(mine)], [true, true]);
  assert.deepEqual(
    [acts.canAnswer(theirs), acts.canChange(theirs)],
    [true, false],
  );
  const pending: Message = { ...mine, pending: true };
  assert.equal(acts.canAnswer(pending), false);
  const deleted = { ...mine, deleted: true };
  assert.equal(acts.canAnswer(deleted), false);
});

Deno.test("MessageActs shows actions where the mouse, the focus or a question is", async () => {
  const { chat, state } = await startedState();
  const { acts } = state;
  const message = chat.say("general", "bob", "hm");
  const key = keyOf(message);
  assert.equal(acts.isShownAt(key), false);
  acts.pointed.value = key;
  assert.equal(acts.isShownAt(key), true);
  acts.pointed.value = "another";
  acts.toggle(message, "emoji");
  assert.equal(acts.isShownAt(key), true);
  assert.equal(acts.openAt(key), "emoji");
  acts.toggle(message, "emoji");
  assert.equal(acts.isShownAt(key), false);
  acts.focused.value = key;
  state.openChannel("tea");
  assert.equal(acts.isShownAt(key), false);
});

Deno.test("ChatState.reveal() shows a message from above the window", async () => {
  const { chat, state } = await startedState();
  const first = chat.say("general", "bob", "long ago");
  for (let index = 0; index < 2 * MESSAGES_SHOWN; index++) {
    chat.say("general", "bob", `message ${index}`);
  }
  assert.equal(state.messages.value.includes(first), false);
  state.reveal(first.ref);
  assert.equal(state.messages.value.includes(first), true);
  assert.equal(state.revealed.value?.key, keyOf(first));
  assert.equal(state.following.value, false);
});

Deno.test("ChatState.reveal() stays where it is for a message that is gone", async () => {
  const { chat, state } = await startedState();
  const first = chat.say("general", "bob", "long ago");
  chat.forget("general", 1);
  state.reveal(first.ref);
  assert.equal(state.revealed.value, undefined);
  assert.equal(state.following.value, true);
});

Deno.test("ChatState keeps the window as it is when a message in it changes", async () => {
  const { chat, state } = await startedState();
  for (let index = 0; index < MESSAGES_SHOWN + 50; index++) {
    chat.say("general", "bob", `message ${index}`);
  }
  state.follow(false);
  chat.say("general", "bob", "one more");
  const before = state.messages.value.map(keyOf);
  const { ref } = last(state);
  chat.reactAs("linh", { channel: "general", ref, emoji: "👍" });
  assert.deepEqual(state.messages.value.map(keyOf), before);
});

Deno.test("ChatState tells of a device's fork once, in however many channels", async () => {
  const { chat, state } = await startedState();
  const fork = { type: "fork-found", user: "bob", author: "K", own: false };
  const found = { ...fork, type: "fork-found" as const };
  chat.announce({ ...found, channel: "general" });
  assert.deepEqual(state.fork.value, { user: "bob", own: false });
  state.dismissFork();
  chat.announce({ ...found, channel: "tea" });
  assert.equal(state.fork.value, undefined);
});
