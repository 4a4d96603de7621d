/**
 * Answers, edits, deletions and reactions between a terminal and a browser.
 * @module
 */
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import {
  addNetworkAccount,
  ChatWindow,
  NETWORK_ACCOUNT,
} from "../tools/chat_window.ts";
import { talking } from "../tools/peer_terminal.ts";
import { hasTmux } from "../tools/pseudo_terminal.ts";
import { TestSystem } from "../tools/services.ts";

const { user, password } = NETWORK_ACCOUNT;

browserTest(
  "What is done to messages in a terminal shows in a browser, and the other way round",
  ["chromium"],
  async () => {
    await using system = await TestSystem.start();
    await using browser = await launchBrowser("chromium");
    const page = await ChatWindow.enter(browser, system.origin);
    await addNetworkAccount(system);
    const env = { WEAPROUS_PASSWORD: password };
    await using terminal = await talking(system, { user, env, columns: 100 });
    const enter = async (line: string) => {
      await terminal.type(line);
      await terminal.press("Enter");
    };
    await page.reaches(1);
    await page.say("tea or coffee?");
    await terminal.shows(/admin: tea or coffee\?/);

    await enter("/react heart");
    await page.window.find("button", `❤️ from ${user}`);
    await terminal.shows(/^mai reacted with ❤️ to admin: tea or coffee\?$/m);
    await enter("/reply watr");
    await page.window.find("button", "In reply to admin: tea or coffee?");
    await enter("/edit");
    await terminal.shows(/› \/edit watr$/);
    await terminal.press("BSpace");
    await enter("er");
    await page.sees("water");
    await terminal.shows(/╭ before: watr\n\d\d:\d\d \(edited\) mai: water\n/);

    await page.act("water", "React with 👍");
    await terminal.shows(/^admin reacted with 👍 to mai: water$/m);
    await page.act("tea or coffee?", "Delete");
    await page.window.click("button", "Delete");
    await terminal.shows(/^\d\d:\d\d admin: deleted this message$/m);
    await enter("/delete");
    await page.seesNoMore("water");
    await terminal.shows(/^\d\d:\d\d mai: deleted this message$/m);
    page.assertClean();
  },
  { ignore: !hasTmux() },
);
