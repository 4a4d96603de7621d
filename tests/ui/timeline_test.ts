import assert from "node:assert/strict";
import type { Message } from "../../lib/mesh/chat.ts";
import {
  dayOf,
  GROUP_PAUSE_MS,
  keyOf,
  timelineOf,
} from "../../lib/ui/timeline.ts";
import { fakePeerId } from "../tools/fake_chat.ts";

const NOON = new Date(2026, 4, 5, 12).getTime();
const MINUTE_MS = 60_000;

let seq = 0;

function said(user: string, at: number, author = fakePeerId(user)): Message {
  return {
    ...{ channel: "general", user, at, text: "hi" },
    ref: { author, seq: ++seq },
    edited: false,
    deleted: false,
    reactions: [],
    own: false,
  };
}

/** `day`, `new`, and `user×messages` of each item. */
function shapeOf(messages: Message[], newFrom?: string): string[] {
  return timelineOf(messages, newFrom).map((item) =>
    item.type === "group" ? `${item.user}×${item.messages.length}` : item.type
  );
}

Deno.test("timelineOf() has nothing to say of no messages", () => {
  assert.deepEqual(timelineOf([]), []);
});

Deno.test("timelineOf() groups what one author writes in one go", () => {
  const messages = [
    said("bob", NOON),
    said("bob", NOON + MINUTE_MS),
    said("linh", NOON + MINUTE_MS),
    said("bob", NOON + 2 * MINUTE_MS),
  ];
  assert.deepEqual(shapeOf(messages), ["day", "bob×2", "linh×1", "bob×1"]);
});

Deno.test("timelineOf() starts a group after a pause", () => {
  const messages = [
    said("bob", NOON),
    said("bob", NOON + GROUP_PAUSE_MS),
    said("bob", NOON + 2 * GROUP_PAUSE_MS + 1),
  ];
  assert.deepEqual(shapeOf(messages), ["day", "bob×2", "bob×1"]);
});

Deno.test("timelineOf() keeps two windows of one user apart", () => {
  const messages = [
    said("admin", NOON, fakePeerId("one")),
    said("admin", NOON, fakePeerId("two")),
  ];
  assert.deepEqual(shapeOf(messages), ["day", "admin×1", "admin×1"]);
});

Deno.test("timelineOf() heads each day, also within one author's talk", () => {
  const midnight = new Date(2026, 4, 6).getTime();
  const messages = [said("bob", midnight - 1), said("bob", midnight)];
  assert.deepEqual(shapeOf(messages), ["day", "bob×1", "day", "bob×1"]);
});

Deno.test("timelineOf() draws the new line inside a group", () => {
  const messages = [said("bob", NOON), said("bob", NOON + 1)];
  const [, second] = messages;
  assert.ok(second);
  assert.deepEqual(shapeOf(messages, keyOf(second)), [
    "day",
    "bob×1",
    "new",
    "bob×1",
  ]);
});

Deno.test("timelineOf() gives every item a key of its own", () => {
  const messages = [NOON, NOON + 1, dayOf(NOON) - 1, NOON + GROUP_PAUSE_MS * 3]
    .map((at) => said("bob", at));
  const keys = timelineOf(messages, keyOf(messages[1] ?? said("bob", 0)))
    .map((item) => item.key);
  assert.equal(new Set(keys).size, keys.length);
});

Deno.test("timelineOf() gives an item that looks the same again", () => {
  const [first, second, third] = [
    said("bob", NOON),
    said("linh", NOON),
    said("linh", NOON + MINUTE_MS),
  ];
  assert.ok(first && second && third);
  const before = timelineOf([first, second]);
  const after = timelineOf([first, second, third], undefined, before);
  assert.equal(after[0], before[0]);
  assert.equal(after[1], before[1]);
  assert.notEqual(after[2], before[2]);
  const changed = timelineOf([{ ...first }, second], undefined, before);
  assert.notEqual(changed[1], before[1]);
  assert.equal(changed[2], before[2]);
});
