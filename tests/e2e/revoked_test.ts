/**
 * Somebody is shut out by the operator, and has a page that does not care: the
 * others let go of it, and nobody else.
 * @module
 */
import assert from "node:assert/strict";
import { runUser } from "../operator/_user_process.ts";
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import {
  addNetworkAccount,
  ChatWindow,
  NETWORK_ACCOUNT,
} from "../tools/chat_window.ts";
import { TestSystem } from "../tools/services.ts";

/**
 * In the page, before any script of ours: it never hears that its session has
 * ended, from anybody.
 */
function turnsDeaf(): void {
  const { prototype } = WebSocket;
  Object.defineProperty(prototype, "onclose", { set() {} });
  Object.defineProperty(prototype, "onmessage", {
    set(this: WebSocket, listener: (event: MessageEvent) => void) {
      this.addEventListener("message", (event) => {
        const isEnd = String(event.data).includes("session-expired");
        if (!isEnd) listener(event);
      });
    },
  });
  const { fetch } = globalThis;
  globalThis.fetch = async (...asked) => {
    const response = await fetch(...asked);
    return response.status === 401
      ? new Response("", { status: 503 })
      : response;
  };
}

browserTest(
  "Who is disabled is let go of by the others, whatever the own page does",
  ["chromium", "firefox"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    await using firefox = await launchBrowser("firefox");
    const admin = await ChatWindow.enter(chromium, system.origin);
    await addNetworkAccount(system);
    const { user, password } = NETWORK_ACCOUNT;
    const operate = async (action: string) => {
      const words = [action, user, "--data", system.dataDir];
      const { code, error } = await runUser(words);
      assert.equal(code, 0, error);
    };
    for (const [name, browser] of Object.entries({ firefox, chromium })) {
      const window = await browser.newWindow();
      await window.page.evaluateOnNewDocument(turnsDeaf);
      await window.open(`${system.origin}/login.html`);
      await window.login(user, password);
      const wayward = new ChatWindow(window, system.origin);
      await Promise.all([admin.reaches(1), wayward.reaches(1)]);
      await wayward.say(`${name} inside`);
      await admin.sees(`${name} inside`);
      await operate("disable");
      await Promise.all([admin.reaches(0), wayward.reaches(0)]);
      await wayward.say(`${name} outside`);
      await wayward.sees(`${name} outside`);
      await admin.say(`${name} is gone`);
      await operate("enable");
      // Comes back with a certificate that holds, and in another browser.
      const other = await browser.newWindow();
      await other.open(`${system.origin}/login.html`);
      await other.login(user, password);
      const back = new ChatWindow(other, system.origin);
      await back.sees(`${name} is gone`);
      await back.reaches(1);
      assert.doesNotMatch(await back.read(), /outside/);
      assert.doesNotMatch(await admin.read(), /outside/);
      assert.doesNotMatch(
        await wayward.read(),
        new RegExp(`${name} is gone`),
      );
      await back.close();
      await wayward.close();
      await admin.reaches(0);
    }
    admin.assertClean();
  },
);
