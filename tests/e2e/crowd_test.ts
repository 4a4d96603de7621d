/**
 * A channel above the size of a full mesh, with both browsers in it: fifteen
 * native peers in a process of their own, and what each says is read by all.
 * @module
 */
import assert from "node:assert/strict";
import { invitation } from "../tools/invitation.ts";
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import { ChatWindow } from "../tools/chat_window.ts";
import { rollCall } from "../tools/crowd.ts";
import { TestSystem } from "../tools/services.ts";
import { TestProcess } from "../tools/test_process.ts";

const PEERS = 15;

browserTest(
  "Fifteen native peers and both browsers all read what any of them says",
  ["chromium", "firefox"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    await using firefox = await launchBrowser("firefox");
    const pages = [
      await ChatWindow.enter(chromium, system.origin),
      await ChatWindow.enter(firefox, system.origin),
    ];
    const url = await invitation(system, 1);
    const script = "tests/tools/crowd.ts";
    await using crowd = new TestProcess(["run", "-A", script, `${PEERS}`, url]);
    await crowd.line(/the roll call is heard by all$/);
    const said = [...rollCall(PEERS), "xin chào 🦊", "chào 🐼"];
    await pages[0]?.say("xin chào 🦊");
    await pages[1]?.say("chào 🐼");
    for (const page of pages) await page.seesAll(said);
    await crowd.line(/all have: xin chào 🦊$/);
    await crowd.line(/all have: chào 🐼$/);
    for (const page of pages) page.assertClean();
    crowd.signal("SIGINT");
    const { code } = await crowd.ended();
    assert.equal(code, 0);
  },
);
