/**
 * Who is at the other end, in real browsers: two people compare their number,
 * and a tracker that puts itself between them is found out.
 * @module
 */
import assert from "node:assert/strict";
import readQrCode from "qr/decode.js";
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import {
  addNetworkAccount,
  ChatWindow,
  NETWORK_ACCOUNT,
} from "../tools/chat_window.ts";
import { TestSystem } from "../tools/services.ts";
import { TestProcess } from "../tools/test_process.ts";

async function digits(chat: ChatWindow, user = "admin"): Promise<string> {
  await chat.window.click("button", `Compare with ${user}`);
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

/** What a camera reads from the dialog that is open, as it is on the screen. */
async function readCode({ window }: ChatWindow): Promise<string> {
  const dialog = await window.page.$("dialog[open]");
  const png = await dialog?.screenshot({ encoding: "base64" }) ?? "";
  const { width, height, pixels } = await window.page.evaluate(async (png) => {
    const bytes = Uint8Array.from(atob(png), (one) => one.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes]));
    const { width, height } = picture;
    const pen = new OffscreenCanvas(width, height).getContext("2d");
    pen?.drawImage(picture, 0, 0);
    const rgba = pen?.getImageData(0, 0, width, height).data ?? [];
    return { width, height, pixels: [...rgba] };
  }, png);
  return readQrCode({ width, height, data: Uint8Array.from(pixels) });
}

browserTest(
  "A camera reads from the code the digits that are beside it, light and dark, wide and narrow",
  ["chromium"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    const reader = await ChatWindow.enter(chromium, system.origin);
    await addNetworkAccount(system);
    await ChatWindow.enterAs(chromium, system.origin, NETWORK_ACCOUNT);
    await reader.reaches(1);
    const number = await digits(reader, NETWORK_ACCOUNT.user);
    assert.match(number, /^(\d{5} ){12}$/);
    const { page } = reader.window;
    for (const width of [1280, 390]) {
      await page.setViewport({ width, height: 800 });
      for (const value of ["light", "dark"]) {
        await page.emulateMediaFeatures([
          { name: "prefers-color-scheme", value },
        ]);
        assert.equal(await readCode(reader), number.trimEnd());
      }
    }
    reader.assertClean();
  },
);

browserTest(
  "Another device of somebody who was compared is said loudly, and talks all the same",
  ["chromium", "firefox"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    await using firefox = await launchBrowser("firefox");
    const left = await ChatWindow.enter(chromium, system.origin);
    await addNetworkAccount(system);
    const { user } = NETWORK_ACCOUNT;
    const enter = () =>
      ChatWindow.enterAs(firefox, system.origin, NETWORK_ACCOUNT);
    const compared = await enter();
    await Promise.all([left.reaches(1), compared.reaches(1)]);
    await digits(left, user);
    await left.window.click("button", "They are the same");
    await left.window.find("button", `Compare with ${user}, compared`);
    // A window of its own profile: another device, with another key.
    const other = await enter();
    await left.window.sees(
      `${user} is here with a device not seen before.`,
      "status",
    );
    await left.window.sees("You have compared numbers with them", "status");
    await Promise.all([left.reaches(2), other.reaches(2)]);
    await other.say("from the other device");
    await left.sees("from the other device");
    await left.say("and back");
    await other.sees("and back");
    for (const chat of [left, compared, other]) chat.assertClean();
  },
);

/** Waits until the browser knows `count` devices of that person. */
async function knows(
  { window }: ChatWindow,
  { user, count }: { user: string; count: number },
): Promise<void> {
  await window.page.waitForFunction(
    async (user, count) => {
      const databases = await indexedDB.databases();
      const name = "weaprous-people:mai";
      // Opened here first, it would have no stores.
      if (!databases.some((one) => one.name === name)) return false;
      const opening = indexedDB.open(name);
      await new Promise((resolve) => opening.onsuccess = resolve);
      const known = opening.result.transaction("users").objectStore("users")
        .get(user);
      await new Promise((resolve) => known.onsuccess = resolve);
      opening.result.close();
      return known.result?.length === count;
    },
    { polling: 100 },
    user,
    count,
  );
}

for (const name of ["chromium", "firefox"] as const) {
  browserTest(
    `Who meets a person with two devices for the first time is warned of none: ${name}`,
    [name],
    async () => {
      await using system = await TestSystem.start();
      await using browser = await launchBrowser(name);
      await ChatWindow.enter(browser, system.origin);
      await ChatWindow.enter(browser, system.origin);
      await addNetworkAccount(system);
      const newcomer = await ChatWindow
        .enterAs(browser, system.origin, NETWORK_ACCOUNT);
      await newcomer.reaches(2);
      await knows(newcomer, { user: "admin", count: 2 });
      await newcomer.say("hello");
      await newcomer.sees("hello");
      assert.doesNotMatch(await newcomer.notices(), /not seen before/);
      newcomer.assertClean();
    },
  );
}

/** How many loud notices the browser keeps, once all that is under way is done. */
function keptNews({ window }: ChatWindow): Promise<number> {
  return window.page.evaluate(async () => {
    const opening = indexedDB.open("weaprous-people:admin");
    await new Promise((resolve) => opening.onsuccess = resolve);
    const news = opening.result.transaction("news", "readwrite")
      .objectStore("news").count();
    await new Promise((resolve) => news.onsuccess = resolve);
    opening.result.close();
    return news.result;
  });
}

for (const name of ["chromium", "firefox"] as const) {
  browserTest(
    `What is said loudly stays over a reload until it is put away in one tab: ${name}`,
    [name],
    async () => {
      await using system = await TestSystem.start();
      await using browser = await launchBrowser(name);
      const reader = await ChatWindow.enter(browser, system.origin);
      await addNetworkAccount(system);
      const { user } = NETWORK_ACCOUNT;
      const enter = () =>
        ChatWindow.enterAs(browser, system.origin, NETWORK_ACCOUNT);
      const compared = await enter();
      await reader.reaches(1);
      await digits(reader, user);
      await reader.window.click("button", "They are the same");
      const other = await enter();
      const said = `${user} is here with a device not seen before.`;
      await reader.window.sees(said, "status");
      // Alone, so that nobody can be met anew.
      await Promise.all([compared.close(), other.close()]);
      await reader.reload();
      await reader.window.sees(said, "status");
      await reader.window.sees("You have compared numbers", "status");
      const tab = await reader.newTab();
      await tab.window.sees(said, "status");
      await tab.window.click("button", "Dismiss");
      assert.equal(await keptNews(tab), 0);
      const back = await compared.newTab();
      for (const window of [tab, reader]) {
        await window.toFront();
        await window.reload();
        // What was compared is read together with what was left unread.
        await window.window.find("button", `Compare with ${user}, compared`);
        assert.doesNotMatch(await window.notices(), /not seen before/);
        window.assertClean();
      }
      back.assertClean();
    },
  );
}

/** In place of the tracker: one that ends every link itself, on both sides. */
function middleTracker({ ports, dataDir }: TestSystem): TestProcess {
  const script = "tests/tools/middle_tracker.ts";
  return new TestProcess(["run", "-A", script, `${ports.tracker}`, dataDir]);
}

browserTest(
  "A tracker that sits between two is named on both sides, and hears two hellos and nothing else",
  ["chromium", "firefox"],
  async () => {
    await using system = await TestSystem.start();
    await system.kill("tracker");
    await using tracker = middleTracker(system);
    await tracker.line(/^listening$/);
    await using chromium = await launchBrowser("chromium");
    await using firefox = await launchBrowser("firefox");
    const left = await ChatWindow.enter(chromium, system.origin);
    await left.say("a secret");
    const right = await ChatWindow.enter(firefox, system.origin);
    await right.say("another");
    const named = "Somebody sits between you and admin.";
    await Promise.all([
      left.window.sees(named, "status"),
      right.window.sees(named, "status"),
    ]);
    await Promise.all([left.showsProblem(named), right.showsProblem(named)]);
    assert.ok(tracker.lines.includes("sits between two"));
    const heard = tracker.lines.filter((line) => line.startsWith("heard"));
    assert.deepEqual(new Set(heard), new Set(["heard hello"]));
    assert.doesNotMatch(await right.read(), /a secret/);
    assert.doesNotMatch(await left.read(), /another/);
    left.assertClean();
    right.assertClean();
  },
);
