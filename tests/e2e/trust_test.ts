/**
 * Who is at the other end, in real browsers: two people compare their number,
 * and a link whose ends see different certificates is found out.
 * @module
 */
import assert from "node:assert/strict";
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import { ChatWindow } from "../tools/chat_window.ts";
import { TestSystem } from "../tools/services.ts";

async function digits(chat: ChatWindow): Promise<string> {
  await chat.window.click("button", "Compare with admin");
  const shown = await chat.window.page
    .waitForSelector("dialog[open] .compare-digits");
  return await shown?.evaluate((element) => element.textContent ?? "") ?? "";
}

browserTest(
  "Two people see the same number, and what they compared is kept over a reload",
  ["chromium", "firefox"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    await using firefox = await launchBrowser("firefox");
    const left = await ChatWindow.enter(chromium, system.origin);
    const right = await ChatWindow.enter(firefox, system.origin);
    await Promise.all([left.reaches(1), right.reaches(1)]);
    const number = await digits(left);
    assert.match(number, /^(\d{5} ){12}$/);
    assert.equal(await digits(right), number);
    await right.window.page.keyboard.press("Escape");
    await left.window.click("button", "They are the same");
    await left.window.find("button", "Compare with admin, compared");
    await left.reload();
    await left.window.find("button", "Compare with admin, compared");
    await right.window.find("button", "Compare with admin");
    left.assertClean();
    right.assertClean();
  },
);

/**
 * Stands in for somebody in the middle: this page is made to believe that its
 * own certificate is another one, as it is where a link ends halfway.
 */
function seesAnotherCertificate(): void {
  const { prototype } = RTCPeerConnection;
  const own = Object.getOwnPropertyDescriptor(prototype, "localDescription");
  Object.defineProperty(prototype, "localDescription", {
    get(this: RTCPeerConnection) {
      const description = own?.get?.call(this);
      if (this.sctp?.transport?.state !== "connected") return description;
      const sdp = description.sdp
        .replaceAll(/(sha-256 )../gi, (_: string, word: string) => `${word}00`);
      return { type: description.type, sdp };
    },
  });
}

browserTest(
  "A link whose ends see different certificates is closed, and named on both sides",
  ["chromium", "firefox"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    await using firefox = await launchBrowser("firefox");
    const left = await ChatWindow
      .enter(chromium, system.origin, seesAnotherCertificate);
    await left.say("a secret");
    const right = await ChatWindow.enter(firefox, system.origin);
    const named = "Somebody sits between you and admin.";
    await Promise.all([
      left.window.sees(named, "status"),
      right.window.sees(named, "status"),
    ]);
    assert.doesNotMatch(await right.read(), /a secret/);
  },
);
