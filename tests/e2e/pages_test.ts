// deno-lint-ignore-file no-await-in-loop -- one window, one width at a time
/**
 * What pages do beyond the chat itself: a login that failed goes on where it
 * was, and nothing moves that nobody touched.
 * @module
 */
import assert from "node:assert/strict";
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import { ChatWindow } from "../tools/chat_window.ts";
import { TestSystem } from "../tools/services.ts";
import type { TestPage } from "../tools/test_page.ts";

browserTest(
  "A failed login keeps the name, and the password is what is typed next",
  ["chromium"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    const window = await chromium.newWindow();
    await window.open(`${system.origin}/login.html`);
    await window.type("Username", "admin");
    await window.type("Password", "wrong");
    await window.page.keyboard.press("Enter");
    await window.sees("Username or password is wrong", "alert");
    await window.page.waitForFunction(
      () => document.activeElement?.id === "password",
    );
    await window.page.keyboard.type("password");
    await window.page.keyboard.press("Enter");
    await window.page.waitForFunction(() => location.pathname === "/chat.html");
  },
);

browserTest(
  "Back from the chat leads past a failed login to its form, with no word of sending again",
  ["chromium", "firefox"],
  async () => {
    await using system = await TestSystem.start();
    for (const browser of ["chromium", "firefox"] as const) {
      await using running = await launchBrowser(browser);
      const window = await running.newWindow();
      await window.open(`${system.origin}/index.html`);
      await window.click("link", "🔐 Login");
      await window.type("Username", "admin");
      await window.type("Password", "wrong");
      await window.click("button", "Login");
      await window.sees("Username or password is wrong", "alert");
      assert.equal(new URL(window.page.url()).pathname, "/login.html");
      await window.type("Password", "password");
      await window.click("button", "Login");
      await new ChatWindow(window, system.origin).ready();
      // Not goBack(): it waits for a load, which a kept page does not have.
      await window.page.evaluate(() => history.back());
      await window.find("textbox", "Username");
      await window.page.evaluate(() => history.back());
      await window.find("link", "💬 Go to Chat");
    }
  },
);

/** Slides of the two drawers that started since the page was opened. */
declare const slides: string[];

browserTest(
  "The drawers slide when somebody opens them, not when the window narrows",
  ["chromium"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    const { window } = await ChatWindow.enter(chromium, system.origin, () => {
      const started: string[] = [];
      Object.assign(globalThis, { slides: started });
      addEventListener("transitionrun", ({ target, propertyName }) => {
        const { id, classList } = target as Element;
        const slid = classList.contains("panel");
        if (slid && propertyName === "transform") started.push(id);
      });
    });
    const { page } = window;
    const wide = { width: 1280, height: 800 };
    const narrow = { width: 390, height: 844 };
    const slid = (count: number) =>
      page.waitForFunction(
        (wanted) =>
          slides.length === wanted && document.getAnimations().length === 0,
        { polling: 50 },
        count,
      );
    const twoFrames = () =>
      page.evaluate(() =>
        new Promise((done) =>
          requestAnimationFrame(() => requestAnimationFrame(done))
        )
      );
    await page.setViewport(narrow);
    await twoFrames();
    assert.deepEqual(await page.evaluate(() => slides), []);
    await window.click("button", "Show channels");
    await slid(1);
    await page.keyboard.press("Escape");
    await slid(2);
    await window.click("button", "Show people");
    await slid(3);
    await page.setViewport(wide);
    await window.find("textbox", "Message");
    await page.setViewport(narrow);
    await twoFrames();
    assert.deepEqual(await page.evaluate(() => slides), [
      "channels-panel",
      "channels-panel",
      "people-panel",
    ]);
  },
);

browserTest(
  "The front page stands still while it finds out who is logged in",
  ["chromium"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    const chat = await ChatWindow.enter(chromium, system.origin);
    const { page } = chat.window;
    const titleTop = () =>
      page.$eval("h1", (title) => title.getBoundingClientRect().top);
    for (const width of [1280, 390]) {
      await page.setViewport({ width, height: 800 });
      await chat.window.open(`${system.origin}/index.html`);
      await chat.window.find("link", "💬 Go to Chat");
      const known = await titleTop();
      await page.$eval(".signed-in", (row) => row.remove());
      assert.equal(await titleTop(), known);
    }
  },
);

/** A page's scripts as the browser fetched them, in the order of their start. */
async function scriptsOf({ page }: TestPage) {
  const all = await page.evaluate(() =>
    performance.getEntriesByType("resource").map((entry) => {
      const { name, startTime, responseEnd } =
        entry as PerformanceResourceTiming;
      return { name: new URL(name).pathname, startTime, responseEnd };
    })
  );
  return all.filter(({ name }) => name.startsWith("/static/js/"));
}

for (const browser of ["chromium", "firefox"] as const) {
  browserTest(
    `${browser} fetches a script and its chunk side by side, each once`,
    [browser],
    async () => {
      await using system = await TestSystem.start();
      await using running = await launchBrowser(browser);
      const window = await running.newWindow();
      const fetched = async (script: RegExp) => {
        await window.open(`${system.origin}/login.html`);
        const scripts = await scriptsOf(window);
        const entry = scripts.find(({ name }) => script.test(name));
        const chunks = scripts.filter((one) => one !== entry);
        assert.ok(entry);
        assert.equal(chunks.length, 1);
        assert.match(chunks[0]?.name ?? "", /\/chunk-[0-9A-Z]{8}\.js$/);
        for (const { startTime } of chunks) {
          assert.ok(startTime < entry.responseEnd);
        }
        return chunks.map(({ name }) => name);
      };
      const onLogin = await fetched(/\/site\.[0-9a-f]{8}\.js$/);
      await window.login("admin", "password");
      await window.find("textbox", "Message");
      const scripts = await scriptsOf(window);
      const entry = scripts.find(({ name }) => /\/chat\./.test(name));
      assert.ok(entry);
      // What is loaded once the page is drawn starts after that.
      const names = scripts
        .filter(({ startTime }) => startTime < entry.responseEnd)
        .map(({ name }) => name);
      // The chat in this language, the chat in any, and what all pages share.
      assert.equal(names.length, 3);
      assert.equal(
        new Set(scripts.map(({ name }) => name)).size,
        scripts.length,
      );
      assert.deepEqual(names.filter((name) => onLogin.includes(name)), onLogin);
      window.assertClean(system.origin);
    },
  );
}
