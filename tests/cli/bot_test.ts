/** What a program hears, over a chat of the test's own. @module */
import assert from "node:assert/strict";
import { Bot } from "../../lib/cli/bot.ts";
import { Session } from "../../lib/cli/session.ts";
import { FakeChat } from "../tools/fake_chat.ts";

function openBot() {
  const chat = new FakeChat();
  const parts = { origin: "http://127.0.0.1:1", user: "admin", cookie: "" };
  const session = new Session(parts);
  const bot = new Bot({ chat, session, channel: "general", slot: undefined });
  return { chat, bot };
}

Deno.test("a Bot whose session has ended says so to the program, which would wait for ever", async () => {
  const { chat, bot } = openBot();
  await using _ = bot;
  const heard = Array.fromAsync(bot);
  chat.setTrouble("no-server");
  chat.setTrouble("none");
  chat.setTrouble("signed-out");
  await assert.rejects(heard, {
    name: "PeerFailure",
    message: "The session has ended: start again",
  });
});

Deno.test("a Bot gives the program what came before its session ended", async () => {
  const { chat, bot } = openBot();
  await using _ = bot;
  chat.setTime(Date.now());
  chat.say("general", "mai", "last words");
  chat.setTrouble("signed-out");
  const heard: string[] = [];
  const listen = async () => {
    for await (const { text } of bot) heard.push(text);
  };
  await assert.rejects(listen(), { name: "PeerFailure" });
  assert.deepEqual(heard, ["last words"]);
});
