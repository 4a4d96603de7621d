/**
 * What happens to links in real browsers: both sides dial at once, pages are
 * loaded anew faster than anybody notices, a channel is left and joined again
 * and again. In the end there is one link, and nobody is seen twice.
 * @module
 */
import assert from "node:assert/strict";
import {
  browserTest,
  launchBrowser,
  type TestBrowser,
} from "../tools/browsers.ts";
import { ChatWindow } from "../tools/chat_window.ts";
import { ForgingPage, tapsLinks } from "../tools/forging_page.ts";
import { TestSystem } from "../tools/services.ts";

const RELOADS = 8;
const JOINS = 50;

/** Waits until the list of people has so many others in it, all linked. */
async function seesOthers(chat: ChatWindow, count: number): Promise<void> {
  await chat.reaches(count);
  await chat.window.page.waitForFunction(
    (wanted) =>
      document.querySelectorAll("[aria-labelledby=people-title] li").length ===
        wanted,
    { polling: 50 },
    count + 1,
  );
}

async function talk(one: ChatWindow, other: ChatWindow): Promise<void> {
  await one.say("there?");
  await other.sees("there?");
  await other.say("here");
  await one.sees("here");
  for (const chat of [one, other]) {
    const text = await chat.read();
    assert.equal(text.split("there?").length, 2, "each message once");
  }
}

interface HeldSignals {
  offers: number;
  release(): void;
}

/** In the page: what others signal is held back until it is let go. */
function holdsSignals(): void {
  const held: (() => void)[] = [];
  let holds = true;
  const heldSignals: HeldSignals = {
    offers: 0,
    release() {
      holds = false;
      for (const hear of held.splice(0)) hear();
    },
  };
  Object.assign(globalThis, { heldSignals });
  const Native = globalThis.WebSocket;
  globalThis.WebSocket = class extends Native {
    override send(data: string): void {
      if (JSON.parse(data).signal?.type === "offer") heldSignals.offers++;
      super.send(data);
    }

    override set onmessage(hear: (event: MessageEvent) => void) {
      super.onmessage = (event) => {
        const isSignal = JSON.parse(event.data).type === "signal-received";
        if (holds && isSignal) held.push(() => hear(event));
        else hear(event);
      };
    }
  };
}

declare global {
  var heldSignals: HeldSignals;
}

/** A page whose signals are held back, and whose links are counted. */
async function held(browser: TestBrowser, origin: string) {
  const window = await browser.newWindow();
  await window.page.evaluateOnNewDocument(tapsLinks);
  await window.page.evaluateOnNewDocument(holdsSignals);
  return await ChatWindow.enterBy(window, origin);
}

browserTest(
  "Two that dial each other in the same moment have one link",
  ["chromium", "firefox"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    await using firefox = await launchBrowser("firefox");
    const left = await held(chromium, system.origin);
    const right = await held(firefox, system.origin);
    const both = [left, right];
    for (const { window: { page } } of both) {
      await page.waitForFunction(() => globalThis.heldSignals.offers > 0);
    }
    await Promise.all(
      both.map(({ window: { page } }) =>
        page.evaluate(() => globalThis.heldSignals.release())
      ),
    );
    await Promise.all(both.map((chat) => seesOthers(chat, 1)));
    await talk(left, right);
    for (const chat of both) {
      assert.equal(await new ForgingPage(chat).linksOpen(), 1);
      chat.assertClean();
    }
  },
);

for (const name of ["chromium", "firefox"] as const) {
  browserTest(
    `A page of ${name} that is loaded anew ${RELOADS} times in a row leaves no ghost`,
    ["chromium", "firefox"],
    async () => {
      await using system = await TestSystem.start();
      await using browser = await launchBrowser(name);
      await using chromium = await launchBrowser("chromium");
      const other = await ChatWindow.enter(chromium, system.origin);
      const restless = await ChatWindow.enter(browser, system.origin);
      await Promise.all([seesOthers(other, 1), seesOthers(restless, 1)]);
      for (let count = 0; count < RELOADS; count++) {
        await restless.window.page.reload({ waitUntil: "domcontentloaded" });
      }
      await restless.ready();
      await Promise.all([seesOthers(other, 1), seesOthers(restless, 1)]);
      await talk(restless, other);
      await restless.close();
      await seesOthers(other, 0);
    },
  );
}

browserTest(
  `A channel is left and joined ${JOINS} times, and both are in it in the end`,
  ["chromium", "firefox"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    await using firefox = await launchBrowser("firefox");
    const left = await ChatWindow.enter(chromium, system.origin);
    const right = await ChatWindow.enter(firefox, system.origin);
    await left.createChannel("tea");
    for (let count = 0; count < JOINS; count++) {
      await right.openChannel("tea");
      await right.window.click("button", "Leave #tea");
      await right.window.find("log", "Messages in #general");
    }
    await seesOthers(left, 0);
    await right.openChannel("tea");
    await Promise.all([seesOthers(left, 1), seesOthers(right, 1)]);
    await talk(left, right);
    left.assertClean();
    right.assertClean();
  },
);
