import assert from "node:assert/strict";
import type { Message } from "../../lib/mesh/chat.ts";
import { Draft } from "../../lib/ui/draft.ts";
import { FakeChat } from "../tools/fake_chat.ts";

function messages(): [Message, Message] {
  const chat = new FakeChat();
  return [
    chat.say("general", "bob", "the first"),
    chat.say("general", "bob", "the second"),
  ];
}

Deno.test("Draft.take() hands out a text with what it answers, once", () => {
  const [first] = messages();
  const draft = new Draft("general");
  draft.reply(first);
  draft.write(" yes ");
  assert.deepEqual(draft.take(), {
    ...{ channel: "general", text: "yes", replyTo: first.ref },
  });
  assert.equal(draft.text.value, "");
  assert.equal(draft.replyTo.value, undefined);
});

Deno.test("Draft.edit() lays the old text over what was being written", () => {
  const [first, second] = messages();
  const draft = new Draft("general");
  draft.reply(second);
  draft.write("half a sen");
  draft.edit(first);
  assert.equal(draft.text.value, "the first");
  assert.equal(draft.replyTo.value, undefined);
  draft.write("the very first");
  assert.deepEqual(draft.take().editing, first.ref);
  assert.equal(draft.text.value, "half a sen");
  assert.deepEqual(draft.replyTo.value, second.ref);
});

Deno.test("Draft.edit() of another message goes on from the same text below", () => {
  const [first, second] = messages();
  const draft = new Draft("general");
  draft.write("half a sen");
  draft.edit(first);
  draft.edit(second);
  assert.equal(draft.text.value, "the second");
  draft.cancel();
  assert.equal(draft.text.value, "half a sen");
});

Deno.test("Draft.cancel() of an answer keeps the text", () => {
  const [first] = messages();
  const draft = new Draft("general");
  draft.reply(first);
  draft.write("hm");
  draft.cancel();
  assert.equal(draft.text.value, "hm");
  assert.equal(draft.replyTo.value, undefined);
});

Deno.test("Draft.open() keeps an edit and an answer for each channel", () => {
  const [first, second] = messages();
  const draft = new Draft("general");
  draft.edit(first);
  draft.open("tea");
  assert.equal(draft.text.value, "");
  draft.reply(second);
  draft.open("general");
  assert.deepEqual(draft.editing.value, first.ref);
  draft.open("tea");
  assert.deepEqual(draft.replyTo.value, second.ref);
  draft.open("general");
  draft.forget("tea");
  draft.open("tea");
  assert.equal(draft.replyTo.value, undefined);
});

Deno.test("Draft.takeBack() puts a text above what was written meanwhile", () => {
  const [first] = messages();
  const draft = new Draft("general");
  draft.reply(first);
  draft.write("one");
  const written = draft.take();
  draft.write("two");
  draft.takeBack(written);
  assert.equal(draft.text.value, "one\ntwo");
  assert.deepEqual(draft.replyTo.value, first.ref);
  assert.equal(draft.failed.value, true);
  draft.write("one");
  assert.equal(draft.failed.value, false);
});

Deno.test("Draft.takeBack() leaves an edit that began meanwhile on top", () => {
  const [first] = messages();
  const draft = new Draft("general");
  draft.write("one");
  const written = draft.take();
  draft.edit(first);
  draft.takeBack(written);
  assert.equal(draft.text.value, "the first");
  draft.cancel();
  assert.equal(draft.text.value, "one");
});

Deno.test("Draft.takeBack() of an edit edits again, and loses no other text", () => {
  const [first] = messages();
  const draft = new Draft("general");
  draft.edit(first);
  draft.write("changed");
  const written = draft.take();
  draft.write("new");
  draft.takeBack(written);
  assert.equal(draft.text.value, "changed");
  assert.deepEqual(draft.editing.value, first.ref);
  draft.cancel();
  assert.equal(draft.text.value, "new");
});

Deno.test("Draft.takeBack() finds the channel that it was for", () => {
  const draft = new Draft("general");
  draft.write("for general");
  const written = draft.take();
  draft.open("tea");
  draft.takeBack(written);
  assert.equal(draft.text.value, "");
  assert.equal(draft.failed.value, false);
  draft.open("general");
  assert.equal(draft.text.value, "for general");
});
