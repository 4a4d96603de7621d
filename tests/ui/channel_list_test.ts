/** The sidebar's channels, as they are seen and as they are heard. @module */
import assert from "node:assert/strict";
import { h } from "preact";
import { ManualClock } from "../../lib/clock.ts";
import { ChannelList } from "../../lib/ui/ChannelList.tsx";
import { ChatState } from "../../lib/ui/state.ts";
import { chatWords } from "../../lib/ui/words.ts";
import { draw, findAll, heardOf } from "../tools/drawn.ts";
import { FakeChat } from "../tools/fake_chat.ts";

/** Name and description of each button, from top to bottom. */
function buttonsOf(state: ChatState): [string, string][] {
  const words = chatWords.en;
  const list = draw(h(ChannelList, { state, words, onOpened() {} }));
  return findAll(list, ({ tag }) => tag === "button").map((button) => {
    const note = button.props["aria-describedby"];
    const described = findAll(list, ({ props }) => props["id"] === note);
    return [heardOf([button]), note === undefined ? "" : heardOf(described)];
  });
}

Deno.test("ChannelList shows joined channels first, and says which are not", async () => {
  const chat = new FakeChat();
  chat.setChannel("books", false);
  chat.setChannel("tea");
  chat.setChannel("zoo", false);
  const state = new ChatState(chat, new ManualClock());
  await state.start();
  assert.deepEqual(buttonsOf(state), [
    ["#general", ""],
    ["#tea", ""],
    ["#books", "Join"],
    ["#zoo", "Join"],
  ]);
});

Deno.test("ChannelList describes a channel by what is unread in it", async () => {
  const chat = new FakeChat();
  chat.setChannel("tea");
  const state = new ChatState(chat, new ManualClock());
  await state.start();
  for (let count = 0; count < 120; count++) chat.say("tea", "bob", "hot");
  assert.deepEqual(buttonsOf(state), [
    ["#general", ""],
    ["#tea", "120 unread"],
  ]);
});
