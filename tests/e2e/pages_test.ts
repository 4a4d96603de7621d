/**
 * What pages do beyond the chat itself: a login that failed goes on where it
 * was.
 * @module
 */
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import { TestSystem } from "../tools/services.ts";

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
