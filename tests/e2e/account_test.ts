/**
 * From an invitation to an account of one's own, in real browsers, with script
 * and without.
 * @module
 */
import assert from "node:assert/strict";
import type { Page } from "puppeteer-core";
import { invite } from "../system/_door.ts";
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import { ChatWindow } from "../tools/chat_window.ts";
import { TestSystem } from "../tools/services.ts";
import type { TestPage } from "../tools/test_page.ts";

const NAME = "Nguyễn Mai";
const FIRST = "con mèo ngủ trưa";
const SECOND = "con chó thức khuya";

async function at(page: Page, path: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => location.pathname === wanted,
    { polling: 50 },
    path,
  );
}

/** Opens the link, chooses, and is in the chat. */
async function join(
  window: TestPage,
  { system, token }: { system: TestSystem; token: string },
): Promise<ChatWindow> {
  await window.open(`${system.origin}/join.html?invite=${token}`);
  await window.type("Username", NAME);
  await window.type("Password", FIRST);
  await window.click("button", "Join the chat");
  await at(window.page, "/chat.html");
  const chat = new ChatWindow(window, system.origin);
  await chat.ready();
  return chat;
}

async function changePassword(window: TestPage): Promise<void> {
  await window.type("Current password", FIRST);
  await window.type("New password", SECOND);
  await window.click("button", "Change password");
  await window.sees("Your password is changed", "status");
}

browserTest(
  "An invited person joins, changes the password, and the other browser is signed out",
  ["chromium", "firefox"],
  async () => {
    await using system = await TestSystem.start();
    await using firefox = await launchBrowser("firefox");
    await using chromium = await launchBrowser("chromium");
    const token = await invite(system.dataDir);
    const mine = await join(await firefox.newWindow(), { system, token });
    const elsewhere = await chromium.newWindow();
    await elsewhere.open(`${system.origin}/login.html`);
    await elsewhere.login(NAME, FIRST);
    const other = new ChatWindow(elsewhere, system.origin);
    await Promise.all([mine.reaches(1), other.reaches(1)]);

    await mine.window.click("link", "Your account");
    await mine.window.find("button", "Log out: Chrome on Linux, 127.0.0.1");
    const zone = await mine.window.page.$eval("time", (time) => ({
      shown: time.textContent,
      local: new Date(time.dateTime).toLocaleString("en", {
        dateStyle: "medium",
        timeStyle: "short",
      }),
    }));
    assert.equal(zone.shown, zone.local);
    await changePassword(mine.window);
    await other.window.page.waitForFunction(
      () => document.body.textContent?.includes("You have been signed out."),
      { polling: 50 },
    );
    await mine.window.click("link", "💬 Go to Chat");
    await mine.ready();
    mine.assertClean();

    await elsewhere.open(`${system.origin}/login.html`);
    await elsewhere.login(NAME, SECOND);
    await other.reaches(1);
  },
);

browserTest(
  "A chat in the next tab goes on when the password is changed beside it",
  ["chromium"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    const token = await invite(system.dataDir);
    const chat = await join(await chromium.newWindow(), { system, token });
    const tab = await chromium.newTab(chat.window);
    await tab.open(`${system.origin}/account.html`);
    await changePassword(tab);
    const beside = await chromium.newTab(chat.window);
    await beside.open(`${system.origin}/chat.html`);
    await new ChatWindow(beside, system.origin).reaches(1);
    await chat.window.page.bringToFront();
    await chat.reaches(1);
    await chat.say("still here");
    await new ChatWindow(beside, system.origin).sees("still here");
  },
);

browserTest(
  "What was refused is what is typed next, and all else stays as it was typed",
  ["chromium"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    const token = await invite(system.dataDir);
    const window = await chromium.newWindow();
    const { page } = window;
    const focused = (id: string) =>
      page.waitForFunction(
        (wanted) => document.activeElement?.id === wanted,
        { polling: 50 },
        id,
      );
    await window.open(`${system.origin}/join.html?invite=${token}`);
    await focused("username");
    await window.type("Username", "admin");
    await window.type("Password", FIRST);
    await window.click("button", "Join the chat");
    await window.sees("Somebody has this name already", "alert");
    await focused("username");
    const marked = await page.$$eval(
      "[aria-invalid=true]",
      (fields) => fields.map(({ id }) => id),
    );
    assert.deepEqual(marked, ["username"]);
    await page.keyboard.press("End");
    await page.keyboard.type(" hai");
    await page.keyboard.press("Enter");
    await at(page, "/chat.html");
  },
);

browserTest(
  "A change of password that is refused says why, again and again, on one page",
  ["chromium", "firefox"],
  async () => {
    await using system = await TestSystem.start();
    for (const browser of ["chromium", "firefox"] as const) {
      await using running = await launchBrowser(browser);
      const token = await invite(system.dataDir);
      const window = await running.newWindow();
      const { page } = window;
      await window.open(`${system.origin}/join.html?invite=${token}`);
      await window.type("Username", `${NAME} ${browser}`);
      await window.type("Password", FIRST);
      await window.click("button", "Join the chat");
      await at(page, "/chat.html");
      await window.open(`${system.origin}/account.html`);
      const pages = await page.evaluate(() => history.length);
      await window.type("Current password", FIRST);
      await window.type("New password", "ngắn");
      const shows = await page.$$(".password-toggle");
      for (const show of shows) await show.click();
      await page.keyboard.press("Enter");
      await window.sees("at least 8 characters", "alert");
      const types = await page.$$eval(
        ".field",
        (fields) => fields.map((field) => (field as HTMLInputElement).type),
      );
      assert.deepEqual(types, ["password", "password"]);
      await window.find("button", "Show password");
      await page.keyboard.type("matkhau123");
      await page.keyboard.press("Enter");
      await window.sees("tried first", "alert");
      const alerts = await page.$$eval("[role=alert]", ({ length }) => length);
      assert.equal(alerts, 1);
      await page.keyboard.type(SECOND);
      await page.keyboard.press("Enter");
      await window.sees("Your password is changed", "status");
      assert.equal(await page.evaluate(() => history.length), pages + 1);
    }
  },
);

browserTest(
  "An invitation that was used up meanwhile says so, and a server that is away",
  ["chromium"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    const token = await invite(system.dataDir);
    const late = await chromium.newWindow();
    await late.open(`${system.origin}/join.html?invite=${token}`);
    await late.type("Username", "an");
    await late.type("Password", SECOND);
    await system.kill("backend");
    await late.click("button", "Join the chat");
    await late.sees("The server does not answer", "alert");
    await system.run("backend");
    await join(await chromium.newWindow(), { system, token });
    await late.page.keyboard.press("Enter");
    await late.page.waitForFunction(
      () =>
        document.querySelector("h1")?.textContent ===
          "This invitation can’t be used",
      { polling: 50 },
    );
    assert.equal(new URL(late.page.url()).pathname, "/join.html");
  },
);

browserTest(
  "Joining and the account page work without script",
  ["chromium"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    const { origin, dataDir } = system;
    const token = await invite(dataDir);
    const elsewhere = await chromium.newWindow();
    const window = await chromium.newWindow();
    const { page } = window;
    await page.setJavaScriptEnabled(false);
    /** Clicks and waits for the page that this leads to. */
    const submit = async (name: string) => {
      await Promise.all([
        page.waitForNavigation(),
        window.click("button", name),
      ]);
      return new URL(page.url()).pathname;
    };
    await window.open(`${origin}/join.html?invite=${token}`);
    await window.type("Username", NAME);
    await window.type("Password", "matkhau123");
    assert.equal(await submit("Join the chat"), "/join");
    await window.sees("tried first", "alert");
    const kept = await page.$eval(
      "#username",
      (field) => (field as HTMLInputElement).value,
    );
    assert.equal(kept, NAME);
    await window.type("Password", FIRST);
    assert.equal(await submit("Join the chat"), "/chat.html");

    await elsewhere.open(`${origin}/login.html`);
    await elsewhere.login(NAME, FIRST);
    await window.open(`${origin}/account.html`);
    assert.equal(
      await submit("Log out: Chrome on Linux, 127.0.0.1"),
      "/account.html",
    );
    await window.sees("That browser is logged out", "status");
    await elsewhere.open(`${origin}/chat.html`);
    await at(elsewhere.page, "/login.html");

    await window.type("Current password", "not this one");
    await window.type("New password", SECOND);
    assert.equal(await submit("Change password"), "/account/password");
    await window.sees("That is not your current password", "alert");
    await window.type("Current password", FIRST);
    await window.type("New password", SECOND);
    assert.equal(await submit("Change password"), "/account.html");
    await window.sees("Your password is changed", "status");
    assert.equal(await submit("Log out"), "/index.html");

    await window.open(`${origin}/join.html?invite=${token}`);
    const text = await page.$eval("h1", (title) => title.textContent);
    assert.equal(text, "This invitation can’t be used");
  },
);
