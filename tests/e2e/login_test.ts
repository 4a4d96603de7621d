/**
 * Logging in where somebody is logged in already: windows of one browser share
 * its cookies.
 * @module
 */
import assert from "node:assert/strict";
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import { ChatWindow } from "../tools/chat_window.ts";
import { TestSystem } from "../tools/services.ts";
import type { TestPage } from "../tools/test_page.ts";

/** Of the page's sockets that were closed, the codes. */
declare const closings: number[];

function noteClosings(): void {
  const codes: number[] = [];
  Object.assign(globalThis, { closings: codes });
  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener("close", ({ code }) => codes.push(code));
    }
  };
}

async function sessionCookie(window: TestPage) {
  const cookies = await window.page.browserContext().cookies();
  return cookies.find(({ name }) => name === "session");
}

browserTest(
  "A second login in one browser ends the first session, and both windows go on",
  ["chromium"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    const { origin } = system;
    const first = await ChatWindow.enter(chromium, origin, noteClosings);
    const before = await sessionCookie(first.window);
    assert.equal(before?.session, true, "it ends with the browser");
    const window = await first.window.sibling();
    await window.open(`${origin}/login.html`);
    await window.click(
      "checkbox",
      "Keep me signed in",
    );
    await window.login("admin", "password");
    const second = new ChatWindow(window, origin);
    await second.ready();
    const after = await sessionCookie(window);
    assert.notEqual(after?.value, before?.value);
    assert.equal(after?.session, false, "it is kept");
    // Windows in the background draw nothing, so they are asked by the clock.
    const polling = { polling: 50 };
    await first.window.page.waitForFunction(() => closings.length > 0, polling);
    await first.window.page.bringToFront();
    await first.reaches(1);
    await first.say("còn ở đây");
    await window.page.bringToFront();
    await second.reaches(1);
    await second.sees("còn ở đây");
    await second.say("cũng vậy");
    await first.sees("cũng vậy");
  },
);
