/** What a message looks and sounds like. @module */
import assert from "node:assert/strict";
import { h } from "preact";
import { ManualClock } from "../../lib/clock.ts";
import type { EntryRef, Message } from "../../lib/mesh/chat.ts";
import { deliveryLook } from "../../lib/ui/DeliveryMark.tsx";
import { ComposerTask } from "../../lib/ui/ComposerTask.tsx";
import { ActionBar } from "../../lib/ui/ActionBar.tsx";
import { openParts } from "../../lib/ui/late_parts.tsx";
import { pageWords } from "../../lib/ui/words_later.ts";
import { MessageActions } from "../../lib/ui/MessageActions.tsx";
import { MessageLine } from "../../lib/ui/MessageLine.tsx";
import { MessageText } from "../../lib/ui/MessageText.tsx";
import { NAMED_MAX, reactedBy } from "../../lib/ui/Reactions.tsx";
import { ChatState } from "../../lib/ui/state.ts";
import { chatWords } from "../../lib/ui/words.ts";
import { isEmoji } from "../../lib/wire/entry.ts";
import { EMOJI, EMOJI_COLUMNS, QUICK_EMOJI } from "../../lib/ui/emoji.ts";
import { draw, findAll, heardOf, textOf } from "../tools/drawn.ts";
import { FakeChat } from "../tools/fake_chat.ts";

const words = pageWords(chatWords.en);

async function startedState() {
  const chat = new FakeChat();
  const clock = new ManualClock();
  const state = new ChatState(chat, clock);
  state.parts.part.value = openParts({
    chat,
    words: chatWords.en,
    clock,
    blobOf: () => Promise.reject(new Error("Nothing is held")),
  });
  await state.start();
  const say = (text: string, replyTo?: EntryRef): Message => {
    const { ref } = chat.say("general", "bob", text);
    if (replyTo) chat.change("general", ref, () => ({ replyTo }));
    return state.messages.value.at(-1) as Message;
  };
  return { chat, state, say };
}

function drawLine(state: ChatState, message: Message, language = "en") {
  const words = chatWords[language as "en" | "vi"];
  const line = h(MessageLine, { message, state, words });
  return draw(line, [MessageActions, MessageText]);
}

/** All that can be seen, heard or pointed at. */
function allOf(drawn: ReturnType<typeof draw>): string {
  const said = findAll(drawn, () => true)
    .flatMap(({ props }) => [props["aria-label"], props["title"]]);
  return [textOf(drawn), ...said].join("\n");
}

function namesOfButtons(drawn: ReturnType<typeof draw>): unknown[] {
  return findAll(drawn, ({ tag }) => tag === "button")
    .map(({ props }) => props["aria-label"]);
}

Deno.test("MessageLine quotes what a message answers, as it reads now", async () => {
  const { chat, state, say } = await startedState();
  const question = say("tea\nor coffee?");
  const answer = say("tea", question.ref);
  assert.match(textOf(drawLine(state, answer)), /bobtea or coffee\?/);
  assert.deepEqual(namesOfButtons(drawLine(state, answer)), [
    "In reply to bob: tea or coffee?",
  ]);
  await chat.remove("general", question.ref);
  assert.match(textOf(drawLine(state, answer)), /Deleted by its author/);
  chat.forget("general", 1);
  const kept = drawLine(state, answer);
  assert.match(textOf(kept), /is not kept here/);
  assert.deepEqual(namesOfButtons(kept), []);
});

Deno.test("MessageLine has nothing of a deleted text, and says who took it away", async () => {
  const { chat, state, say } = await startedState();
  const { ref } = say("my password is tulip");
  chat.reactAs("linh", { channel: "general", ref, emoji: "😂" });
  await chat.remove("general", ref);
  const [message] = state.messages.value;
  assert.ok(message);
  for (const language of ["en", "vi"]) {
    const drawn = drawLine(state, message, language);
    assert.doesNotMatch(allOf(drawn), /tulip|😂/);
  }
  assert.match(textOf(drawLine(state, message)), /Deleted by its author/);
});

Deno.test("MessageLine has nothing of a text whose deletion is under way", async () => {
  const { chat, state } = await startedState();
  await chat.send("general", "tulip");
  const message = state.messages.value.at(-1) as Message;
  const removed = state.removeMessage(message);
  const drawn = drawLine(state, message);
  assert.doesNotMatch(allOf(drawn), /tulip/);
  assert.match(textOf(drawn), /Deleted by its author/);
  await removed;
});

Deno.test("MessageLine marks what was edited", async () => {
  const { chat, state, say } = await startedState();
  const { ref } = say("helo");
  await chat.edit("general", ref, "hello");
  const message = state.messages.value.at(-1) as Message;
  assert.match(textOf(drawLine(state, message)), /edited/);
  assert.match(textOf(drawLine(state, message, "vi")), /đã sửa/);
});

Deno.test("MessageLine keeps who passed a message on for who looks closer", async () => {
  const { chat, state } = await startedState();
  const message = chat.say("general", "bob", "hi", "linh");
  const drawn = drawLine(state, message);
  assert.doesNotMatch(textOf(drawn), /linh/);
  const [time] = findAll(drawn, ({ tag }) => tag === "time");
  assert.match(String(time?.props["title"]), /passed on by linh$/);
});

Deno.test("MessageLine says that a message is not sent yet", async () => {
  const { chat, state } = await startedState();
  await chat.send("general", "hi");
  const sent = state.messages.value.at(-1) as Message;
  const pending: Message = { ...sent, pending: true };
  assert.match(heardOf(drawLine(state, pending)), /not sent yet/);
  const { text } = deliveryLook({ held: 0, of: 0 }, words);
  assert.ok(text && heardOf(drawLine(state, sent)).includes(text));
});

Deno.test("MessageLine shows a file by name and size, and how far it has come", async () => {
  const { chat, state } = await startedState();
  const hash = "h".repeat(43);
  const file = {
    ...{ name: "kế hoạch.pdf", size: 3_000_000, hash },
    type: "application/pdf",
  };
  const message = chat.sayFile("general", "bob", file);
  const line = () => drawLine(state, message);
  const label = "bob, 4:16 AM: File kế hoạch.pdf".replace(
    /4:16 AM/,
    "[^:]+:[^:]+",
  );
  const [article] = findAll(line(), ({ props }) => props["role"] === "article");
  assert.match(String(article?.props["aria-label"]), new RegExp(label));
  assert.match(textOf(line()), /kế hoạch\.pdf3 MB/);
  assert.deepEqual(namesOfButtons(line()), ["Download kế hoạch.pdf, 3 MB"]);
  chat.files.set(hash, {
    ...{ state: "fetching", bytes: 1_000_000, bytesPerSecond: 0, from: 1 },
  });
  assert.match(textOf(line()), /1 MB of 3 MB/);
  assert.deepEqual(namesOfButtons(line()), ["Cancel kế hoạch.pdf"]);
  chat.files.set(hash, { state: "failed", problem: "no-room" });
  assert.match(textOf(line()), /No room left/);
  chat.files.set(hash, { state: "held" });
  assert.deepEqual(namesOfButtons(line()), ["Save kế hoạch.pdf"]);
});

Deno.test("a file's message can be answered and deleted, not edited", async () => {
  const { chat, state } = await startedState();
  await chat.files.send("general", {
    ...{ name: "a.txt", size: 1, type: "" },
    read: () => Promise.resolve(new Uint8Array(1)),
  });
  const sent = state.messages.value.at(-1) as Message;
  const names = namesOfButtons(
    draw(h(ActionBar, { message: sent, state, words })),
  );
  assert.deepEqual(names.slice(-2), ["Reply", "Delete"]);
  state.editLast();
  assert.equal(state.draft.editing.value, undefined);
});

Deno.test("Reactions name who put them there, and press as toggles", async () => {
  const { chat, state, say } = await startedState();
  const { ref } = say("it works");
  for (const user of ["bob", "linh", "admin"]) {
    chat.reactAs(user, { channel: "general", ref, emoji: "🎉" });
  }
  const drawn = drawLine(state, state.messages.value.at(-1) as Message);
  const [button] = findAll(drawn, ({ tag }) => tag === "button");
  assert.equal(button?.props["aria-label"], "🎉 from bob, linh, and admin");
  assert.equal(button?.props["aria-pressed"], true);
  assert.match(textOf(drawn), /🎉3bob, linh, and admin/);
});

Deno.test("reactedBy() names some and counts the rest", () => {
  const users = Array.from({ length: NAMED_MAX + 2 }, (_, i) => `u${i}`);
  const reaction = { emoji: "👍", users, own: false };
  assert.match(reactedBy(reaction, chatWords.en), /u9, and 2 others$/);
  assert.match(reactedBy(reaction, chatWords.vi), /2 người khác$/);
  const one = { ...reaction, users: users.slice(0, NAMED_MAX + 1) };
  assert.match(reactedBy(one, chatWords.en), /and 1 other$/);
});

Deno.test("ActionBar lets nobody change what another wrote", async () => {
  const { chat, state, say } = await startedState();
  const bar = (message: Message) =>
    namesOfButtons(draw(h(ActionBar, { message, state, words })));
  const everyone = [
    ...QUICK_EMOJI.map((emoji) => `React with ${emoji}`),
    "React with another emoji",
    "Reply",
  ];
  assert.deepEqual(bar(say("theirs")), everyone);
  await chat.send("general", "mine");
  const mine = state.messages.value.at(-1) as Message;
  assert.deepEqual(bar(mine), [...everyone, "Edit", "Delete"]);
});

Deno.test("ComposerTask says what is answered or edited", async () => {
  const { state, say } = await startedState();
  const task = () => textOf(draw(h(ComposerTask, { state, words })));
  assert.equal(task(), "");
  const message = say("tea?");
  state.draft.reply(message);
  assert.equal(task(), "Replying to bobbobtea?");
  state.draft.edit(message);
  assert.match(task(), /^Editing your message/);
  state.draft.cancel();
  assert.match(task(), /^Replying/);
  state.draft.cancel();
  assert.equal(task(), "");
});

Deno.test("every emoji offered is one that others take, and the rows are full", () => {
  for (const emoji of [...EMOJI, ...QUICK_EMOJI]) {
    assert.ok(isEmoji(emoji), emoji);
  }
  assert.equal(new Set(EMOJI).size, EMOJI.length);
  assert.equal(EMOJI.length % EMOJI_COLUMNS, 0);
});
