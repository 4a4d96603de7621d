/**
 * The peer in a terminal: a real process in a real pseudo-terminal, in one mesh
 * with real browsers, and in the hands of scripts.
 * @module
 */
import assert from "node:assert/strict";
import type { BrowserName } from "../tools/browser_paths.ts";
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import { ChatWindow } from "../tools/chat_window.ts";
import { newHome, PEER, talking } from "../tools/peer_terminal.ts";
import {
  hasTmux,
  PseudoTerminal,
  terminalTest,
} from "../tools/pseudo_terminal.ts";
import { TestSystem } from "../tools/services.ts";

const COLOURLESS = "env NO_COLOR=1 deno task --quiet peer";

for (const name of ["chromium", "firefox"] satisfies BrowserName[]) {
  browserTest(
    `A terminal and ${name} talk both ways, and each sees the other come`,
    [name],
    async () => {
      await using system = await TestSystem.start();
      await using browser = await launchBrowser(name);
      const page = await ChatWindow.enter(browser, system.origin);
      await page.say("who is there?");
      await using terminal = await talking(system);
      await terminal.shows(/→ admin here[^]*who is there\?|who is there\?/);
      await page.reaches(1);
      await terminal.type("xin chào từ terminal 🦊");
      await terminal.press("Enter");
      await page.sees("xin chào từ terminal 🦊");
      await terminal.shows(/#general ✓1\/1 ›$/);
      await page.say("dòng một 日本");
      await terminal.shows(/admin: dòng một 日本/);
      page.assertClean();
    },
    { ignore: !hasTmux() },
  );
}

terminalTest(
  "A password is typed unseen, and a wrong one is said so",
  async () => {
    await using system = await TestSystem.start();
    const env = { XDG_STATE_HOME: newHome() };
    const command = `${PEER} ${system.origin} --user admin`;
    {
      await using terminal = await PseudoTerminal.start(command, { env });
      await terminal.shows(/Password for admin:/);
      await terminal.type("not this one");
      await terminal.press("Enter");
      const rows = await terminal.shows(/password is wrong\. Try again/);
      assert.ok(!rows.join().includes("not this one"));
      await terminal.type("password");
      await terminal.press("Enter");
      await terminal.shows(/#general ›$/);
      await terminal.type("/quit");
      await terminal.press("Enter");
      await terminal.shows(/\[ended 0\]/);
    }
    // The session was kept, and so was who that is.
    const again = `${PEER} ${system.origin}`;
    await using terminal = await PseudoTerminal.start(again, { env });
    await terminal.shows(/#general ›$/);
  },
);

terminalTest("Messages come above the line that is being typed", async () => {
  await using system = await TestSystem.start();
  await using one = await talking(system);
  await using other = await talking(system, { columns: 50 });
  await one.shows(/→ admin here/);
  await other.type("half a sen");
  await one.type("xin chào");
  await one.press("Enter");
  const rows = await other.shows(/xin chào/);
  assert.equal(rows.at(-1), "#general › half a sen");
  await other.resize(40, 20);
  await other.type("tence");
  await other.shows(/› half a sentence$/);
  await other.press("C-u");
  await other.paste("one\ntwo \x1b[31mred\x1b]0;owned\x07");
  await other.shows(/› one⏎two/);
  await other.press("Enter");
  await one.shows(/admin: one\n {6}two/);
  assert.ok(!(await one.coloured()).includes("\x1b[31mred"));
  await other.type("/jo");
  await other.press("Tab");
  await other.type("bảo-trì");
  await other.press("Enter");
  await other.shows(/#bảo-trì ›$/);
  await other.type("x");
  await other.press("C-c");
  await other.shows(/Press Ctrl-C again to leave\n#bảo-trì ›$/);
  await other.press("C-c");
  await other.shows(/\[ended 0\]/);
  await one.shows(/← admin left/);
});

terminalTest("NO_COLOR leaves no colour on the screen", async () => {
  await using system = await TestSystem.start();
  await using plain = await talking(system, { command: COLOURLESS });
  assert.ok(!(await plain.coloured()).includes("\x1b["));
  await using coloured = await talking(system);
  assert.ok((await coloured.coloured()).includes("\x1b["));
});

terminalTest(
  "A peer says in a sentence what fails, and comes back",
  async () => {
    await using system = await TestSystem.start();
    await using terminal = await talking(system);
    await system.kill("tracker");
    await terminal.shows(/The tracker does not answer\./);
    await system.run("tracker");
    await terminal.shows(/Everything works again/);
    await system.kill("proxy");
    await terminal.shows(/The server does not answer\./);
    await system.run("proxy");
    await terminal.shows(
      /The server does not answer[^]*Everything works again/,
    );
    await using other = await talking(system);
    await terminal.shows(/→ admin here/);
    await other.type("after all that");
    await other.press("Enter");
    await terminal.shows(/admin: after all that/);
  },
);
