/** How people are named where one account is open in several windows. @module */
import assert from "node:assert/strict";
import { h } from "preact";
import { ManualClock } from "../../lib/clock.ts";
import { MessageGroup } from "../../lib/ui/MessageGroup.tsx";
import { MessageActions } from "../../lib/ui/MessageActions.tsx";
import { MessageText } from "../../lib/ui/MessageText.tsx";
import { PeoplePanel } from "../../lib/ui/PeoplePanel.tsx";
import { ChatState } from "../../lib/ui/state.ts";
import { timelineOf } from "../../lib/ui/timeline.ts";
import { chatWords } from "../../lib/ui/words.ts";
import { draw, findAll, textOf } from "../tools/drawn.ts";
import { FakeChat } from "../tools/fake_chat.ts";

const words = chatWords.en;
const OTHER_WINDOW = "q7Xk2mFz0000000000000A";

async function startedState() {
  const chat = new FakeChat();
  chat.self = { peer: "o1Eg000000000000000000", user: "admin" };
  const state = new ChatState(chat, new ManualClock());
  await state.start();
  return { chat, state };
}

function namesIn(node: Parameters<typeof draw>[0]): string[] {
  const names = findAll(
    draw(node, [MessageText, MessageActions]),
    ({ props }) => props["class"] === "person-name",
  );
  return names.map((name) => textOf([name]));
}

function peopleOf(state: ChatState): string[] {
  const props = { state, words, origin: "http://chat.lan", onClose() {} };
  return namesIn(h(PeoplePanel, props));
}

function authorsOf(state: ChatState): string[] {
  return timelineOf(state.messages.value).flatMap((item) =>
    item.type === "group"
      ? namesIn(h(MessageGroup, { group: item, state, words }))
      : []
  );
}

Deno.test("PeoplePanel tags both windows of one account, this one too", async () => {
  const { chat, state } = await startedState();
  chat.setPeople("general", [
    { peer: OTHER_WINDOW, user: "admin", state: "direct" },
    { peer: "bob0000000000000000000", user: "bob", state: "direct" },
  ]);
  assert.deepEqual(peopleOf(state), ["admin (you) o1Eg", "admin q7Xk", "bob"]);
});

Deno.test("PeoplePanel tags nobody where every name is somebody else's", async () => {
  const { chat, state } = await startedState();
  chat.setPeople("general", [
    { peer: "bob0000000000000000000", user: "bob", state: "direct" },
  ]);
  assert.deepEqual(peopleOf(state), ["admin (you)", "bob"]);
});

Deno.test("MessageGroup names its author as the list of people does", async () => {
  const { chat, state } = await startedState();
  await chat.send("general", "hi");
  assert.deepEqual(authorsOf(state), ["admin (you)"]);
  chat.setPeople("general", [
    { peer: OTHER_WINDOW, user: "admin", state: "direct" },
  ]);
  assert.deepEqual(authorsOf(state), ["admin (you) o1Eg"]);
});
