import assert from "node:assert/strict";
import type { FakeChat } from "../tools/fake_chat.ts";
import { RoomLab } from "../tools/room_lab.ts";

function texts(chat: FakeChat, channel: string): string[] {
  return chat.messages(channel).map(({ text }) => text);
}

Deno.test("/msg says it in another channel, and stays in this one", async () => {
  using lab = new RoomLab();
  const { chat, room } = lab;
  await lab.type("/msg #ci  build 42 is green");
  assert.deepEqual(texts(chat, "ci"), ["build 42 is green"]);
  assert.deepEqual(texts(chat, "general"), []);
  assert.equal(room.channel, "general");
  assert.equal(
    chat.channels().find(({ channel }) => channel === "ci")?.joined,
    true,
  );
});

Deno.test("/msg to a person says nothing to anybody, and why", async () => {
  using lab = new RoomLab();
  const { chat } = lab;
  for (const operand of ["mai a secret", "#ci", "#not/a/name hi", ""]) {
    await lab.type(`/msg ${operand}`);
  }
  assert.deepEqual(texts(chat, "general"), []);
  assert.deepEqual(chat.channels().map(({ channel }) => channel), ["general"]);
  assert.match(lab.rows.join(" "), /no private messages/);
  assert.match(lab.rows.join(" "), /\/msg #ci TEXT/);
});
