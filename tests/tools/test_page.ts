/**
 * A browser window as a person uses it: things are found by role and name, as
 * a screen reader finds them, and every wait has an end.
 * @module
 */
import assert from "node:assert/strict";
import type { ElementHandle, Page } from "puppeteer-core";
import type { Finder, Role } from "./accessible.ts";

/** How long anything on a page may take to appear. */
export const WAIT_MS = 20_000;

/** One window, and what went wrong in it. */
export class TestPage {
  readonly page: Page;
  /** Errors of the console and of scripts. */
  readonly errors: string[] = [];
  /** `host:port` of every request that the page made. */
  readonly hosts = new Set<string>();
  readonly #finder: Finder;

  constructor(page: Page, finder: Finder) {
    this.page = page;
    this.#finder = finder;
    page.setDefaultTimeout(WAIT_MS);
    page.on("console", (message) => {
      if (message.type() === "error") this.errors.push(message.text());
    });
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("request", (request) => {
      const { protocol, host } = new URL(request.url());
      if (/^(https?|wss?):$/.test(protocol)) this.hosts.add(host);
    });
  }

  /** Another window of the same browser: it has the same cookies. */
  async sibling(): Promise<TestPage> {
    const page = await this.page.browserContext().newPage();
    return new TestPage(page, this.#finder);
  }

  async open(url: string): Promise<void> {
    await this.page.goto(url, { waitUntil: "load" });
  }

  /** The element with this role and exactly this name, once it is there. */
  async find(role: Role, name: string): Promise<ElementHandle<Element>> {
    const found = await this.#finder(this.page, role, name);
    assert.ok(found, `no ${role} "${name}"`);
    return found;
  }

  async click(role: Role, name: string): Promise<void> {
    const element = await this.find(role, name);
    await element.click();
  }

  async type(name: string, text: string): Promise<void> {
    const field = await this.find("textbox", name);
    await field.type(text);
  }

  /** Waits until `text` stands somewhere in the element with this role. */
  async sees(text: string, role = "log"): Promise<void> {
    await this.page.waitForFunction(
      (selector, wanted) =>
        [...document.querySelectorAll(selector)]
          .some((element) => element.textContent?.includes(wanted)),
      { polling: 50 },
      `[role="${role}"]`,
      text,
    );
  }

  /** Fills in the login page that is open, and waits until it is left. */
  async login(user: string, password: string): Promise<void> {
    await this.type("Username", user);
    await this.type("Password", password);
    await this.click("button", "Login");
    await this.page.waitForFunction(
      () => !location.pathname.startsWith("/login"),
      { polling: 50 },
    );
  }

  /** Fails where a script failed or another host was asked. */
  assertClean(origin: string): void {
    assert.deepEqual(this.errors, []);
    assert.deepEqual([...this.hosts], [new URL(origin).host]);
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}
