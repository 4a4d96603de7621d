import assert from "node:assert/strict";
import { NO_COLOURS } from "../../lib/cli/colours.ts";
import { Room } from "../../lib/cli/room.ts";
import { runCommand } from "../../lib/cli/room_commands.ts";
import { Screen } from "../../lib/cli/screen.ts";
import { ManualClock } from "../../lib/clock.ts";
import { FakeChat } from "../tools/fake_chat.ts";

/** A room in #general, and what its screen was given. */
function room() {
  const chat = new FakeChat();
  let shown = "";
  const screen = new Screen({
    write: (text) => shown += text,
    columns: () => 80,
  });
  const made = new Room({
    ...{ chat, screen, colours: NO_COLOURS, clock: new ManualClock() },
    disk: {
      openFile: () => Promise.reject(new Error("no disk")),
      save: () => Promise.reject(new Error("no disk")),
      paths: () => [],
    },
  });
  made.open("general");
  return { chat, room: made, shown: () => shown };
}

function texts(chat: FakeChat, channel: string): string[] {
  return chat.messages(channel).map(({ text }) => text);
}

Deno.test("/msg says it in another channel, and stays in this one", async () => {
  const { chat, room: here } = room();
  const operand = "#ci  build 42 is green";
  runCommand(here, { name: "msg", operand });
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(texts(chat, "ci"), ["build 42 is green"]);
  assert.deepEqual(texts(chat, "general"), []);
  assert.equal(here.channel, "general");
  assert.equal(
    chat.channels().find(({ channel }) => channel === "ci")?.joined,
    true,
  );
  here.close();
});

Deno.test("/msg to a person says nothing to anybody, and why", async () => {
  const { chat, room: here, shown } = room();
  for (const operand of ["mai a secret", "#ci", "#not/a/name hi", ""]) {
    runCommand(here, { name: "msg", operand });
    await Promise.resolve();
    await Promise.resolve();
  }
  assert.deepEqual(texts(chat, "general"), []);
  assert.deepEqual(chat.channels().map(({ channel }) => channel), ["general"]);
  assert.match(shown(), /no private messages/);
  assert.match(shown(), /\/msg #ci TEXT/);
  here.close();
});
