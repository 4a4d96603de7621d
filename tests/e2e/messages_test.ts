/**
 * What people do to messages: answer, edit, delete and react, seen by the other
 * side, after a reload, and by who comes later. Real services, both browsers.
 * @module
 */
import assert from "node:assert/strict";
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import { ChatWindow } from "../tools/chat_window.ts";
import { TestSystem } from "../tools/services.ts";

/** Puts `text` in place of what was written last, by the keyboard alone. */
async function editLast({ window }: ChatWindow, text: string): Promise<void> {
  const field = await window.find("textbox", "Message");
  await field.focus();
  const { keyboard } = window.page;
  await keyboard.press("ArrowUp");
  await window.find("button", "Save");
  await keyboard.down("Control");
  await keyboard.press("a");
  await keyboard.up("Control");
  await keyboard.type(text);
  await keyboard.press("Enter");
}

/** As everybody is to see the talk in the end. */
async function seesTheResult(chat: ChatWindow): Promise<void> {
  const { window } = chat;
  await chat.sees("tea, coffee or water?");
  await chat.sees("edited");
  await window.find("button", "In reply to admin: tea, coffee or water?");
  await window.find("button", "❤️ from admin");
  await chat.sees("Deleted by its author");
  assert.doesNotMatch(await chat.read(), /a slip|tea or coffee/);
  await losesButton(chat, "👍 from admin");
}

async function losesButton({ window }: ChatWindow, name: string) {
  await window.page.waitForFunction(
    (name) => document.querySelector(`[aria-label="${name}"]`) === null,
    { polling: 50 },
    name,
  );
}

browserTest(
  "Answers, edits, deletions and reactions reach others, and stay over a reload",
  ["chromium", "firefox"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    await using firefox = await launchBrowser("firefox");
    const left = await ChatWindow.enter(chromium, system.origin);
    const right = await ChatWindow.enter(firefox, system.origin);
    await Promise.all([left.reaches(1), right.reaches(1)]);

    await left.say("tea or coffee?");
    await right.sees("tea or coffee?");
    await right.act("tea or coffee?", "Reply");
    await right.say("water");
    await left.window.find("button", "In reply to admin: tea or coffee?");

    await editLast(left, "tea, coffee or water?");
    await right.window.find(
      "button",
      "In reply to admin: tea, coffee or water?",
    );

    await left.say("a slip");
    await right.sees("a slip");
    await left.act("a slip", "Delete");
    await left.window.find(
      "alertdialog",
      "Delete this message for everyone?",
    );
    await left.window.click("button", "Delete");
    await Promise.all([left.seesNoMore("a slip"), right.seesNoMore("a slip")]);

    await right.act("tea, coffee or water?", "React with 👍");
    await left.window.click("button", "👍 from admin");
    await losesButton(right, "👍 from admin");
    await right.act("tea, coffee or water?", "React with ❤️");

    await Promise.all([left, right].map(seesTheResult));
    await Promise.all([left.reload(), right.reload()]);
    await Promise.all([left, right].map(seesTheResult));
    const late = await ChatWindow.enter(chromium, system.origin);
    await seesTheResult(late);
    for (const chat of [left, right, late]) chat.assertClean();
  },
);

for (const name of ["chromium", "firefox"] as const) {
  browserTest(
    `All that can be done to a message is done by keyboard in ${name}`,
    [name],
    async () => {
      await using system = await TestSystem.start();
      await using browser = await launchBrowser(name);
      const chat = await ChatWindow.enter(browser, system.origin);
      const { window } = chat;
      const { keyboard } = window.page;
      const focused = () =>
        window.page.evaluate(() =>
          document.activeElement?.getAttribute("aria-label")
        );
      await chat.say("the first");
      await chat.sees("the first");
      await chat.say("the second");
      await chat.sees("the second");

      const log = await window.find("log", "Messages in #general");
      await log.focus();
      await keyboard.press("ArrowUp");
      assert.match(await focused() ?? "", /the second$/);
      await keyboard.press("ArrowUp");
      assert.match(await focused() ?? "", /the first$/);
      await window.find("toolbar", "What to do with this message");
      await keyboard.press("Enter");
      assert.equal(await focused(), "React with 👍");
      await keyboard.press("ArrowRight");
      await keyboard.press("Enter");
      await window.find("button", "❤️ from admin");

      await log.focus();
      await keyboard.press("ArrowUp");
      await keyboard.press("r");
      await window.find("button", "Cancel");
      assert.equal(await focused(), "Message");
      await keyboard.press("Escape");
      assert.equal(await focused(), "Message");

      await log.focus();
      await keyboard.press("ArrowUp");
      await keyboard.press("Delete");
      const question = "Delete this message for everyone?";
      await window.find("alertdialog", question);
      await keyboard.press("Escape");
      assert.match(await focused() ?? "", /the second$/);
      await keyboard.press("Delete");
      await window.find("alertdialog", question);
      await keyboard.down("Shift");
      await keyboard.press("Tab");
      await keyboard.up("Shift");
      await keyboard.press("Enter");
      await chat.seesNoMore("the second");
      assert.match(await focused() ?? "", /Deleted by its author$/);
      await keyboard.press("Escape");
      assert.equal(await focused(), "Message");
      chat.assertClean();
    },
  );
}
