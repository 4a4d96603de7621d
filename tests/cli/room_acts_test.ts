import assert from "node:assert/strict";
import type { Message } from "../../lib/mesh/chat.ts";
import { RoomLab } from "../tools/room_lab.ts";

/** What everybody sees of #general now. */
function said({ chat }: RoomLab): string[] {
  return chat.messages("general").map(
    ({ user, text, edited, deleted, reactions }) => {
      const notes = [
        ...edited ? ["edited"] : [],
        ...deleted ? ["deleted"] : [],
        ...reactions.map(({ emoji, users }) => `${emoji} ${users.join(" ")}`),
      ];
      return [`${user}: ${text}`.trim(), ...notes].join(", ");
    },
  );
}

/** A room in which three have spoken, ourselves in between. */
async function talk(): Promise<RoomLab> {
  const lab = new RoomLab();
  lab.chat.say("general", "mai", "who broke it?");
  await lab.type("not me");
  lab.chat.say("general", "minh", "5 minutes ago it worked");
  return lab;
}

function answered({ chat }: RoomLab): (string | undefined)[] {
  const all = chat.messages("general");
  return all.flatMap(({ replyTo }: Message) =>
    replyTo ? [all.find(({ ref }) => ref.seq === replyTo.seq)?.text] : []
  );
}

Deno.test("/edit changes one's own last message", async () => {
  using lab = await talk();
  await lab.type("/edit nor me, I hope");
  assert.deepEqual(said(lab), [
    "mai: who broke it?",
    "admin: nor me, I hope, edited",
    "minh: 5 minutes ago it worked",
  ]);
});

Deno.test("/edit alone brings the text back to be changed", async () => {
  using lab = await talk();
  await lab.type("/edit");
  assert.match(lab.rows.at(-1) ?? "", /› \/edit not me$/);
  lab.room.press({ type: "text", text: " at all" });
  lab.room.press({ type: "key", name: "enter" });
  await lab.settled();
  assert.equal(said(lab)[1], "admin: not me at all, edited");
});

Deno.test("/edit alone keeps the numbers of /recent, and brings the text back with its own", async () => {
  using lab = await talk();
  await lab.type("and 5 of us");
  await lab.type("/recent 4");
  await lab.type("/edit");
  assert.match(lab.rows.at(-1) ?? "", /› \/edit 1 and 5 of us$/);
  lab.room.press({ type: "key", name: "erase-before" });
  await lab.type("/edit 3 nor me");
  assert.deepEqual(said(lab).slice(1), [
    "admin: nor me, edited",
    "minh: 5 minutes ago it worked",
    "admin: and 5 of us",
  ]);
});

Deno.test("/edit alone brings back what /recent has not numbered with a number of its own", async () => {
  using lab = await talk();
  await lab.type("/recent 1");
  await lab.type("/edit");
  assert.match(lab.rows.at(-1) ?? "", /› \/edit 2 not me$/);
  await lab.type(" at all");
  assert.equal(said(lab)[1], "admin: not me at all, edited");
});

Deno.test("/edit with a number that stands for no message shows the numbers, and changes nothing", async () => {
  using lab = await talk();
  const before = said(lab);
  for (const line of ["/edit 8 ccc", "/edit 8", "/edit 12 monkeys"]) {
    await lab.type(line);
    assert.deepEqual(said(lab), before);
    assert.match(lab.rows.join("\n"), / 2 {2}12:00 admin: not me/);
    assert.match(lab.rows.at(-2) ?? "", /^Which one\? .*\/edit 2 TEXT/);
  }
  await lab.type("/edit 2 12 monkeys");
  assert.equal(said(lab)[1], "admin: 12 monkeys, edited");
});

Deno.test("/edit alone brings back a text that begins with a number", async () => {
  using lab = await talk();
  await lab.type("5 of us");
  await lab.type("/edit");
  assert.match(lab.rows.at(-2) ?? "", /^ {2}1 {2}12:00 admin: 5 of us$/);
  assert.match(lab.rows.at(-1) ?? "", /› \/edit 1 5 of us$/);
  await lab.type(", or 6");
  assert.equal(said(lab).at(-1), "admin: 5 of us, or 6, edited");
});

Deno.test("/delete takes one's own last message from everybody", async () => {
  using lab = await talk();
  await lab.type("/delete");
  assert.equal(said(lab)[1], "admin:, deleted");
  await lab.type("/delete");
  assert.match(lab.rows.at(-2) ?? "", /^You have said nothing here/);
});

Deno.test("/reply answers the last of somebody else, and shows what", async () => {
  using lab = await talk();
  await lab.type("and one more thing");
  await lab.type("/reply thanks");
  assert.deepEqual(answered(lab), ["5 minutes ago it worked"]);
  assert.match(lab.rows.join("\n"), /╭ minh: 5 min[^\n]*\n.*admin: thanks/);
});

Deno.test("/react puts an emoji there and takes it off, also by its name", async () => {
  using lab = await talk();
  await lab.type("/react 👍");
  assert.equal(said(lab)[2], "minh: 5 minutes ago it worked, 👍 admin");
  await lab.type("/react +1");
  await lab.type("/react heart");
  assert.equal(said(lab)[2], "minh: 5 minutes ago it worked, ❤️ admin");
  await lab.type("/react whatever");
  assert.match(lab.rows.at(-2) ?? "", /^Cannot react with "whatever"/);
  await lab.type("/react");
  assert.match(lab.rows.at(-2) ?? "", /^Say how: \/react 👍/);
});

Deno.test("/recent numbers messages from below, and the numbers stay with them", async () => {
  using lab = await talk();
  let from = lab.rows.length;
  await lab.type("/recent");
  assert.deepEqual(lab.since(from - 1), [
    "  3  12:00 mai: who broke it?",
    "  2  12:00 admin: not me",
    "  1  12:00 minh: 5 minutes ago it worked",
  ]);
  lab.chat.say("general", "an", "oh");
  await lab.type("/react 3 👀");
  await lab.type("/edit 2 not me, sorry");
  await lab.type("/reply 3 5 of us");
  assert.deepEqual(said(lab).slice(0, 3), [
    "mai: who broke it?, 👀 admin",
    "admin: not me, sorry, edited",
    "minh: 5 minutes ago it worked",
  ]);
  assert.deepEqual(answered(lab), ["who broke it?"]);
  from = lab.rows.length;
  await lab.type("/recent 2");
  assert.deepEqual(lab.since(from - 1), [
    ...["  2  12:00 an: oh", "  1  12:00 admin: 5 of us"],
  ]);
});

Deno.test("A number is text again once something was said, and before /recent", async () => {
  using lab = await talk();
  await lab.type("/reply 5 minutes?");
  await lab.type("/recent");
  await lab.type("well");
  await lab.type("/reply 1 more");
  const texts = lab.chat.messages("general").map(({ text }) => text);
  assert.deepEqual(texts.slice(3), ["5 minutes?", "well", "1 more"]);
  assert.deepEqual(answered(lab), [
    ...["5 minutes ago it worked", "5 minutes ago it worked"],
  ]);
});

Deno.test("/delete and /react with a number before /recent show the numbers, and change nothing", async () => {
  using lab = await talk();
  const before = said(lab);
  for (const line of ["/delete 2", "/react 1 👍"]) {
    await lab.type(line);
    assert.deepEqual(said(lab), before);
    assert.match(lab.rows.join("\n"), / 2 {2}12:00 admin: not me/);
    assert.match(lab.rows.at(-2) ?? "", /^Which one\? /);
    await lab.type("/join ci");
    await lab.type("/join general");
  }
});

Deno.test("What another device wrote, or is not sent yet, or is gone is not changed", async () => {
  using lab = await talk();
  const { chat } = lab;
  await lab.type("/recent");
  for (const line of ["/delete 1", "/edit 3 mine", "/edit 1"]) {
    await lab.type(line);
    assert.match(lab.rows.at(-2) ?? "", /^You can change only what you wrote/);
  }
  chat.change("general", (chat.messages("general")[0] as Message).ref, () => ({
    ...{ text: "", deleted: true },
  }));
  await lab.type("/react 3 👍");
  assert.match(lab.rows.at(-2) ?? "", /^That message is gone/);
  const [, own] = chat.messages("general");
  chat.change("general", own?.ref ?? { author: "", seq: 0 }, () => ({
    pending: true,
  }));
  await lab.type("/delete");
  assert.match(lab.rows.at(-2) ?? "", /not sent yet/);
  assert.equal(said(lab)[1], "admin: not me");
});

Deno.test("What is done to a message that was not shown yet is said as well", async () => {
  using lab = new RoomLab();
  const { chat } = lab;
  const before = {
    ...{ channel: "general", user: "admin", text: "long ago", own: true },
    ref: { author: chat.self.device ?? "", seq: 1 },
    ...{ at: 0, edited: false, deleted: false, reactions: [] },
  };
  chat.add("general", [before], { fetched: true });
  await lab.type("/react 👍");
  assert.match(lab.rows.at(-2) ?? "", /^admin reacted with 👍 to admin: long/);
  await lab.type("/delete");
  assert.match(lab.rows.at(-2) ?? "", /admin: deleted this message$/);
});

Deno.test("In a channel where nothing was said there is nothing to answer", async () => {
  using lab = new RoomLab();
  for (const line of ["/reply hi", "/react 👍", "/recent"]) {
    await lab.type(line);
    assert.match(lab.rows.at(-2) ?? "", /^Nothing has been said in #general/);
  }
  await lab.type("/edit hi");
  assert.match(lab.rows.at(-2) ?? "", /^You have said nothing here/);
});
