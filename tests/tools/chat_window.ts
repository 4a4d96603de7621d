/**
 * A browser window with the chat in it, by the names that a person reads: log
 * in, say, read, create and open channels.
 * @module
 */
import assert from "node:assert/strict";
import { runUser } from "../operator/_user_process.ts";
import type { ElementHandle } from "puppeteer-core";
import type { TestBrowser } from "./browsers.ts";
import type { TestSystem } from "./services.ts";
import type { TestPage } from "./test_page.ts";

/** The account that a fresh data folder has, for this machine's own names. */
const ACCOUNT = { user: "admin", password: "password" };
/** For every other name; it has to be added first. */
export const NETWORK_ACCOUNT = { user: "mai", password: "con mèo ngủ trưa" };

/** As the operator does before others come in. */
export async function addNetworkAccount(system: TestSystem): Promise<void> {
  // Answered once the first account is made, which it would not be after this.
  const first = await fetch(`http://127.0.0.1:${system.ports.backend}/login`, {
    method: "POST",
    body: new URLSearchParams({
      username: ACCOUNT.user,
      password: ACCOUNT.password,
    }),
    redirect: "manual",
  });
  await first.body?.cancel();
  assert.equal(first.status, 303);
  const { user, password } = NETWORK_ACCOUNT;
  const flags = ["--data", system.dataDir, "--password-stdin"];
  const { code, error } = await runUser(["add", user, ...flags], password);
  assert.deepEqual([code, error], [0, ""]);
}

/** A window of somebody who is logged in, with the chat open. */
export class ChatWindow {
  readonly window: TestPage;
  readonly origin: string;

  constructor(window: TestPage, origin: string) {
    this.window = window;
    this.origin = origin;
  }

  /** Comes in by the front page, as the printed address leads there. */
  static async enter(
    browser: TestBrowser,
    origin: string,
    /** Runs in the page before any script of ours does. */
    before: () => void = () => {},
  ): Promise<ChatWindow> {
    const window = await browser.newWindow();
    await window.page.evaluateOnNewDocument(before);
    return await ChatWindow.enterBy(window, origin);
  }

  /** The same in a window that is open. */
  static async enterBy(window: TestPage, origin: string): Promise<ChatWindow> {
    await window.open(`${origin}/index.html`);
    await window.click("link", "🔐 Login");
    const isLocal = new URL(origin).hostname === "127.0.0.1";
    const { user, password } = isLocal ? ACCOUNT : NETWORK_ACCOUNT;
    await window.login(user, password);
    await window.open(`${origin}/index.html`);
    await window.click("link", "💬 Go to Chat");
    const chat = new ChatWindow(window, origin);
    await chat.ready();
    return chat;
  }

  /** Comes in with that account, straight to the chat. */
  static async enterAs(
    browser: TestBrowser,
    origin: string,
    { user, password }: { user: string; password: string },
  ): Promise<ChatWindow> {
    const window = await browser.newWindow();
    await window.open(`${origin}/login.html`);
    await window.login(user, password);
    const chat = new ChatWindow(window, origin);
    await chat.ready();
    return chat;
  }

  /** One more tab of the same browser profile. */
  async newTab(before: () => void = () => {}): Promise<ChatWindow> {
    const window = await this.window.sibling();
    await window.page.evaluateOnNewDocument(before);
    await window.open(`${this.origin}/chat.html`);
    const chat = new ChatWindow(window, this.origin);
    await chat.ready();
    return chat;
  }

  /** Chromium draws, and takes keys, in the foremost tab of a window only. */
  async toFront(): Promise<void> {
    await this.window.page.bringToFront();
  }

  /** Waits until a message can be written. */
  async ready(): Promise<void> {
    await this.window.find("textbox", "Message");
    await this.window.find("button", "#general");
  }

  /** Waits until `count` others are reached browser to browser. */
  async reaches(count: number): Promise<void> {
    await this.window.find("list", "People");
    await this.window.page.waitForFunction(
      (wanted) => {
        const list = document.querySelector("[aria-labelledby=people-title]");
        return list?.textContent?.split("direct").length === wanted + 1;
      },
      { polling: 50 },
      count,
    );
  }

  /** Waits until the list of people says of one what is wrong with the link. */
  async showsProblem(sentence: string): Promise<void> {
    await this.window.page.waitForFunction(
      (wanted) =>
        [...document.querySelectorAll("[aria-labelledby=people-title] li")]
          .some((person) => person.textContent?.includes(wanted)),
      { polling: 50 },
      sentence,
    );
  }

  /** Writes a message and sends it with Enter. */
  async say(text: string): Promise<void> {
    await this.window.type("Message", text);
    await this.window.page.keyboard.press("Enter");
  }

  /** Writes a message and sends it with the button. */
  async sayByButton(text: string): Promise<void> {
    await this.window.type("Message", text);
    await this.window.click("button", "Send");
  }

  /** Waits until a message with this text is in the open channel. */
  async sees(text: string): Promise<void> {
    await this.window.sees(text, "log");
  }

  /** Waits until each of these texts is a message of the open channel. */
  async seesAll(texts: string[]): Promise<void> {
    await this.window.page.waitForFunction(
      (wanted) => {
        const said = [...document.querySelectorAll("[role=article]")]
          .map((one) => one.getAttribute("aria-label") ?? "");
        return wanted.every((text) => said.some((one) => one.includes(text)));
      },
      { polling: 100, timeout: 60_000 },
      texts,
    );
  }

  /** Waits until no message of the open channel has this text. */
  async seesNoMore(text: string): Promise<void> {
    await this.window.page.waitForFunction(
      (wanted) =>
        !document.querySelector("[role=log]")?.textContent?.includes(wanted),
      { polling: 50 },
      text,
    );
  }

  /** Brings the mouse to a message, and presses one of its buttons. */
  async act(text: string, action: string): Promise<void> {
    const found = await this.window.page.waitForFunction(
      (wanted) =>
        [...document.querySelectorAll("[role=article]")]
          .find((one) => one.getAttribute("aria-label")?.includes(wanted)),
      { polling: 50 },
      text,
    );
    await (found.asElement() as ElementHandle<Element> | null)?.hover();
    await this.window.click("button", action);
  }

  /** What the open channel shows now. */
  read(): Promise<string> {
    return this.window.page.evaluate(
      () => document.querySelector("[role=log]")?.textContent ?? "",
    );
  }

  /** Waits until that stands under the name of who is logged in. */
  async showsState(state: string): Promise<void> {
    await this.window.page.waitForFunction(
      (wanted) =>
        document.querySelector(".account-state")?.textContent === wanted,
      { polling: 50 },
      state,
    );
  }

  /** What stands above the messages now. */
  notices(): Promise<string> {
    return this.window.page.evaluate(
      () => document.querySelector(".notices")?.textContent ?? "",
    );
  }

  async createChannel(name: string): Promise<void> {
    await this.window.click("button", "+ Create Channel");
    await this.window.type("Channel name", name);
    await this.window.click("button", "Create");
    await this.window.find("log", `Messages in #${name}`);
  }

  async openChannel(name: string): Promise<void> {
    await this.window.click("button", `#${name}`);
    await this.window.find("log", `Messages in #${name}`);
  }

  async reload(): Promise<void> {
    await this.window.page.reload({ waitUntil: "load" });
    await this.ready();
  }

  /** No script failed, and nobody but the front door was asked. */
  assertClean(): void {
    this.window.assertClean(this.origin);
  }

  async close(): Promise<void> {
    await this.window.close();
  }
}
