/**
 * The chat where something is missing or has ended: no WebSocket, no WebRTC,
 * no session. Less is offered, and said; the rest works. What a browser can't
 * keep is in storage_test.ts.
 * @module
 */
import assert from "node:assert/strict";
import type { HTTPRequest } from "puppeteer-core";
import { openDatabase } from "../../lib/auth/database.ts";
import { certifyTooMany } from "../system/_devices.ts";
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import { runUser } from "../operator/_user_process.ts";
import {
  addNetworkAccount,
  ChatWindow,
  NETWORK_ACCOUNT,
} from "../tools/chat_window.ts";
import { TestSystem } from "../tools/services.ts";

browserTest(
  "A window without WebSocket meets and talks to one that has it, by polling",
  ["chromium"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    const socket = await ChatWindow.enter(chromium, system.origin);
    const polling = await ChatWindow.enter(chromium, system.origin, () => {
      Reflect.deleteProperty(globalThis, "WebSocket");
    });
    await Promise.all([socket.reaches(1), polling.reaches(1)]);
    await polling.say("I have to ask for everything");
    await socket.sees("I have to ask for everything");
    await socket.createChannel("tea");
    await socket.say("here is tea");
    await polling.openChannel("tea");
    await polling.sees("here is tea");
    polling.assertClean();
  },
);

browserTest(
  "A window without WebRTC says what is missing and what to do",
  ["chromium"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    const window = await ChatWindow.enter(chromium, system.origin, () => {
      Reflect.deleteProperty(globalThis, "RTCPeerConnection");
    });
    await window.window.sees("WebRTC is missing or switched off", "status");
    window.assertClean();
  },
);

browserTest(
  "A window whose session has ended says so, keeps its messages, and hears no more",
  ["chromium", "firefox"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    const window = await ChatWindow.enter(chromium, system.origin);
    await using firefox = await launchBrowser("firefox");
    const other = await ChatWindow.enter(firefox, system.origin);
    await window.reaches(1);
    await window.say("before");
    await other.sees("before");
    // As the button of another window of this browser does.
    const status = await window.window.page.evaluate(async () =>
      (await fetch("/logout", { method: "POST" })).status
    );
    assert.ok(status < 400);
    await window.window.sees("You have been signed out", "status");
    await other.reaches(0);
    await other.say("among those who are logged in");
    await window.say("written outside");
    await window.sees("before");
    await window.sees("written outside");
    assert.doesNotMatch(await window.read(), /among those/);
    // What was written meanwhile goes out with the next login.
    await window.window.click("link", "Log in again");
    await window.window.login("admin", "password");
    await window.ready();
    await window.sees("among those who are logged in");
    await other.sees("written outside");
  },
);

interface NotingPage {
  statesNoted: (string | null | undefined)[];
}

/** From now on the page notes what stands under its person's name. */
async function noteStates({ window }: ChatWindow): Promise<void> {
  await window.page.evaluate(() => {
    const read = () => document.querySelector(".account-state")?.textContent;
    const statesNoted = [read()];
    Object.assign(globalThis, { statesNoted });
    new MutationObserver(() => {
      if (read() !== statesNoted.at(-1)) statesNoted.push(read());
    }).observe(document.body, {
      ...{ subtree: true, childList: true, characterData: true },
    });
  });
}

/** What was noted, once the last of it is `state`. */
async function statesUntil({ window }: ChatWindow, state: string) {
  const noted = await window.page.waitForFunction(
    (state) => {
      const { statesNoted } = globalThis as unknown as NotingPage;
      return statesNoted.length > 1 && statesNoted.at(-1) === state &&
        statesNoted;
    },
    { polling: 50 },
    state,
  );
  return await noted.jsonValue();
}

for (const name of ["chromium", "firefox"] as const) {
  browserTest(
    `A window of ${name} whose account is disabled blames no server meanwhile`,
    [name],
    async () => {
      await using system = await TestSystem.start();
      await using browser = await launchBrowser(name);
      await addNetworkAccount(system);
      const { user } = NETWORK_ACCOUNT;
      const chat = await ChatWindow
        .enterAs(browser, system.origin, NETWORK_ACCOUNT);
      await chat.showsState("Online");
      await noteStates(chat);
      const flags = ["--data", system.dataDir];
      assert.equal((await runUser(["disable", user, ...flags])).code, 0);
      const states = await statesUntil(chat, "Signed out");
      assert.deepEqual(states, ["Online", "Connecting…", "Signed out"]);
      await chat.window.sees("You have been signed out", "status");
    },
  );

  browserTest(
    `A window of ${name} goes on where another one has logged in again`,
    [name],
    async () => {
      await using system = await TestSystem.start();
      await using browser = await launchBrowser(name);
      const chat = await ChatWindow.enter(browser, system.origin);
      await chat.showsState("Online");
      await noteStates(chat);
      const other = await chat.window.sibling();
      await other.open(`${system.origin}/login.html?next=/account.html`);
      await other.login("admin", "password");
      const states = await statesUntil(chat, "Online");
      assert.deepEqual(states, ["Online", "Connecting…", "Online"]);
      const tab = await chat.newTab();
      await tab.say("of the same person");
      await chat.sees("of the same person");
    },
  );
}

browserTest(
  "A page that is one device too many says so, and keeps what is written meanwhile",
  ["chromium"],
  async () => {
    await using system = await TestSystem.start();
    const account = { username: "admin", password: "password" };
    await certifyTooMany(system.origin, account);
    await using chromium = await launchBrowser("chromium");
    const chat = await ChatWindow.enter(chromium, system.origin);
    await chat.window.sees("The server takes one more each minute", "status");
    const notices = await chat.window.page.$$eval(
      "[role=status]",
      (all) => all.map(({ textContent }) => textContent).join(),
    );
    assert.doesNotMatch(notices, /does not answer/);
    await chat.say("as soon as I am in");
    const left = await chat.window.page.evaluate(() =>
      sessionStorage.getItem("outbox:admin")
    );
    assert.match(left ?? "", /as soon as I am in/);
  },
);

/** How many messages of the open channel have that text. */
function count({ window }: ChatWindow, text: string): Promise<number> {
  return window.page.$$eval(
    "[role=article]",
    (all, text) =>
      all.filter((one) => one.getAttribute("aria-label")?.includes(text))
        .length,
    text,
  );
}

/** Where the page has let go of the request meanwhile, there is none to answer. */
function answer(
  request: HTTPRequest,
  { isRefused }: { isRefused: boolean },
): void {
  (isRefused ? request.abort() : request.continue()).catch(() => {});
}

for (const name of ["chromium", "firefox"] as const) {
  browserTest(
    `What was written in ${name} without a certificate goes out once, by the page after it`,
    [name],
    async () => {
      await using system = await TestSystem.start();
      await using browser = await launchBrowser(name);
      const reader = await ChatWindow.enter(browser, system.origin);
      const window = await browser.newWindow();
      const refused = Promise.withResolvers<void>();
      let isClosed = true;
      await window.page.setRequestInterception(true);
      window.page.on("request", (request) => {
        const isAsked = new URL(request.url()).pathname === "/identity";
        const isRefused = isAsked && isClosed;
        answer(request, { isRefused });
        if (isRefused) refused.resolve();
      });
      const writer = await ChatWindow.enterBy(window, system.origin);
      await refused.promise;
      await writer.say("nobody has signed this");
      await writer.sees("nobody has signed this");
      isClosed = false;
      await writer.reload();
      await reader.sees("nobody has signed this");
      // A second time it would come before what is written now.
      await writer.say("signed at once");
      await reader.sees("signed at once");
      await writer.reload();
      await writer.sees("signed at once");
      await writer.say("after one more reload");
      await reader.sees("after one more reload");
      for (const chat of [reader, writer]) {
        assert.equal(await count(chat, "nobody has signed this"), 1);
      }
    },
  );
}

/** As if 12 hours had passed since everybody's login. */
function endSessions({ dataDir }: TestSystem): void {
  const database = openDatabase(dataDir);
  try {
    database.exec(`UPDATE sessions SET ends_at = ${Date.now()}`);
  } finally {
    database.close();
  }
}

browserTest(
  "A page that is open when its session runs out loses no draft and no message",
  ["chromium", "firefox"],
  async () => {
    await using system = await TestSystem.start();
    for (const name of ["chromium", "firefox"] as const) {
      await using browser = await launchBrowser(name);
      const chat = await ChatWindow.enter(browser, system.origin);
      const { window } = chat;
      await chat.say("before");
      await chat.sees("before");
      // It comes with the parts of the page that keep drafts.
      await window.page.waitForSelector("#composer-note");
      await window.type("Message", "half a sen");
      endSessions(system);
      await window.sees("You have been signed out.", "status");
      await window.sees("nor is what you are writing", "status");
      await window.click("link", "Log in again");
      await window.login("admin", "password");
      await chat.ready();
      await chat.sees("before");
      await window.page.waitForFunction(
        () => document.querySelector("textarea")?.value === "half a sen",
        { polling: 50 },
      );
      await window.type("Message", "tence");
      await window.page.keyboard.press("Enter");
      await chat.sees("half a sentence");
    }
  },
);

browserTest(
  "The pages are in Vietnamese where the browser asks for it",
  ["chromium", "firefox"],
  async () => {
    await using system = await TestSystem.start();
    for (const name of ["chromium", "firefox"] as const) {
      await using browser = await launchBrowser(name, { language: "vi" });
      const window = await browser.newWindow();
      await window.open(`${system.origin}/index.html`);
      await window.click("link", "🔐 Đăng nhập");
      await window.find("textbox", "Mật khẩu");
      await window.type("Tên đăng nhập", "admin");
      await window.type("Mật khẩu", "password");
      await window.click("button", "Đăng nhập");
      await window.find("textbox", "Tin nhắn");
      await window.find("button", "+ Tạo kênh");
      window.assertClean(system.origin);
    }
  },
);

for (const browser of ["chromium", "firefox"] as const) {
  browserTest(
    `${browser} loads what comes later once more where the server was away for it`,
    [browser],
    async () => {
      await using system = await TestSystem.start();
      await using running = await launchBrowser(browser);
      const { window } = await ChatWindow.enter(running, system.origin);
      const chat = new ChatWindow(await running.newTab(window), system.origin);
      const { page } = chat.window;
      let isAway = true;
      await page.setRequestInterception(true);
      page.on("request", (request) => {
        const isLater = new URL(request.url()).pathname.includes("/parts.");
        answer(request, { isRefused: isLater && isAway });
      });
      await chat.window.open(`${system.origin}/chat.html`);
      await chat.window.sees("The server does not answer.", "status");
      await chat.say("is anybody there?");
      await chat.sees("is anybody there?");
      isAway = false;
      await chat.window.click("button", "Try again");
      await chat.createChannel("tea");
    },
  );
}

browserTest(
  "A page that was signed out goes on without a form where its browser is logged in again",
  ["chromium"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    const chat = await ChatWindow.enter(chromium, system.origin);
    await chat.say("before");
    await chat.sees("before");
    endSessions(system);
    await chat.window.sees("You have been signed out.", "status");
    const tab = await chat.window.sibling();
    const other = await ChatWindow.enterBy(tab, system.origin);
    await chat.toFront();
    await chat.window.click("link", "Log in again");
    await chat.reaches(1);
    await chat.say("after");
    await other.sees("after");
  },
);
