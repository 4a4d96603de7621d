/**
 * What a browser keeps, and where it can't: two tabs of one profile, a disk
 * that is full, a row that went bad, no IndexedDB at all.
 * @module
 */
import assert from "node:assert/strict";
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import { ChatWindow } from "../tools/chat_window.ts";
import { TestSystem } from "../tools/services.ts";

const BROWSERS = ["chromium", "firefox"] as const;
/** Room for the chat's own databases, and some more. */
const QUOTA_BYTES = 4 * 1024 * 1024;
/** Beside a message that the store does not have yet. */
const NOT_STORED = "not sent yet";
const NOT_KEPT = "Messages are not kept over a reload here.";

/** The keys that the backend has certified, each once. */
function devices(system: TestSystem): Set<string> {
  const log = Deno.readTextFileSync(`${system.dataDir}/audit.log`);
  const lines = log.split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  return new Set(
    lines.filter(({ event }) => event === "device-certified")
      .map(({ key }) => key),
  );
}

/** In the page: as on plain http. */
function withoutLocks(): void {
  Reflect.deleteProperty(Navigator.prototype, "locks");
}

/** In the page: as in a private window of some browsers. */
function withoutIndexedDb(): void {
  indexedDB.open = () => {
    throw new DOMException("Storage is off", "SecurityError");
  };
}

/** Of a browser that is started twice. */
function profileFolder(): { path: string } & Disposable {
  const path = Deno.makeTempDirSync({ prefix: "weaprous-profile-" });
  const remove = () => Deno.removeSync(path, { recursive: true });
  return { path, [Symbol.dispose]: remove };
}

for (const name of BROWSERS) {
  browserTest(
    `Two tabs of one ${name} profile write one log, in turns and at once, without Web Locks and over a reload`,
    [name],
    async () => {
      await using system = await TestSystem.start();
      await using browser = await launchBrowser(name);
      const first = await ChatWindow
        .enter(browser, system.origin, withoutLocks);
      const second = await first.newTab(withoutLocks);
      const other = await ChatWindow.enter(browser, system.origin);
      const all = [first, second, other];
      for (const [index, tab] of [first, second, first, second].entries()) {
        await tab.toFront();
        await tab.say(`turn ${index}`);
        await other.sees(`turn ${index}`);
      }
      const said: string[] = [];
      for (const word of ["one", "two", "three"]) {
        const texts = [`${word} here`, `${word} there`];
        said.push(...texts);
        await sayAtOnce([first, second], texts);
      }
      await first.toFront();
      await first.reload();
      await first.say("after the reload");
      for (const tab of all) {
        for (const text of ["turn 0", "turn 3", ...said, "after the reload"]) {
          await tab.sees(text);
        }
        assert.doesNotMatch(await tab.read(), /two different versions/);
        tab.assertClean();
      }
      assert.equal(devices(system).size, 2, "two tabs are one device");
    },
  );

  browserTest(
    `What was written alone is there after ${name} was killed, and arrives`,
    [name],
    async () => {
      await using system = await TestSystem.start();
      using folder = profileFolder();
      const profile = folder.path;
      {
        await using browser = await launchBrowser(name, { profile });
        const window = await browser.keptWindow();
        const alone = await ChatWindow.enterBy(window, system.origin);
        for (const text of ["the first", "the last"]) {
          await alone.say(text);
          await alone.sees(text);
          await alone.seesNoMore(NOT_STORED);
        }
        await browser.crash();
      }
      await using browser = await launchBrowser(name, { profile });
      const again = await browser.keptWindow();
      const alone = await ChatWindow.enterBy(again, system.origin);
      await alone.sees("the last");
      await alone.say("after the crash");
      const other = await ChatWindow.enter(browser, system.origin);
      for (const text of ["the first", "the last", "after the crash"]) {
        await other.sees(text);
      }
      assert.doesNotMatch(await other.read(), /two different versions/);
      assert.equal(devices(system).size, 2, "the key was kept as well");
    },
  );

  browserTest(
    `A row that went bad on the disk of ${name} takes no other with it, and comes back from who has it`,
    [name],
    async () => {
      await using system = await TestSystem.start();
      await using browser = await launchBrowser(name);
      const damaged = await ChatWindow.enter(browser, system.origin);
      const other = await ChatWindow.enter(browser, system.origin);
      const said = ["the first", "the second", "the third"];
      for (const text of said) {
        await damaged.say(text);
        await other.sees(text);
      }
      await other.reload();
      await other.window.open("about:blank");
      await damaged.window.page.evaluate(spoilRow, "the second");
      await damaged.reload();
      await damaged.sees("the first");
      await damaged.sees("the third");
      assert.doesNotMatch(await damaged.read(), /the second/);
      await other.window.open(`${system.origin}/chat.html`);
      await damaged.sees("the second");
      await damaged.say("and on");
      await other.sees("and on");
      for (const text of said) {
        assert.match(await damaged.read(), new RegExp(text));
      }
      damaged.assertClean();
    },
  );

  browserTest(
    `A window of ${name} that may keep nothing still talks, and says so`,
    [name],
    async () => {
      await using system = await TestSystem.start();
      await using browser = await launchBrowser(name);
      const other = await ChatWindow.enter(browser, system.origin);
      const forgetful = await ChatWindow
        .enter(browser, system.origin, withoutIndexedDb);
      await Promise.all([other.reaches(1), forgetful.reaches(1)]);
      await forgetful.say("write it down for me");
      await other.sees("write it down for me");
      await forgetful.window.sees(NOT_KEPT, "status");
      await forgetful.reload();
      await forgetful.sees("write it down for me");
      await forgetful.say("and I am still here");
      await other.sees("and I am still here");
    },
  );
}

/** Each of them sends its text in the same moment as the others. */
async function sayAtOnce(tabs: ChatWindow[], texts: string[]): Promise<void> {
  for (const [at, tab] of tabs.entries()) {
    await tab.toFront();
    await tab.window.type("Message", texts[at] ?? "");
  }
  await Promise.all(
    tabs.map(({ window }) =>
      window.page.evaluate(() =>
        document.querySelector<HTMLFormElement>("form.composer")
          ?.requestSubmit()
      )
    ),
  );
}

/** In the page: cuts the stored text of the entry that says `text`. */
async function spoilRow(text: string): Promise<void> {
  const opened = indexedDB.open("weaprous:admin");
  await new Promise((done) => opened.onsuccess = done);
  const write = opened.result.transaction("signed-entries", "readwrite");
  const cursor = write.objectStore("signed-entries").openCursor();
  cursor.onsuccess = () => {
    const row = cursor.result;
    if (row === null) return;
    const { signed } = row.value;
    if (signed.includes(text)) {
      row.update({ ...row.value, signed: signed.slice(0, signed.length / 2) });
    }
    row.continue();
  };
  await new Promise((done) => write.oncomplete = done);
  opened.result.close();
}

/** In the page: leaves no room for a row however small. */
async function fillTheDisk(): Promise<void> {
  const opened = indexedDB.open("something else");
  opened.onupgradeneeded = () =>
    opened.result.createObjectStore("rows", { autoIncrement: true });
  await new Promise((done) => opened.onsuccess = done);
  const put = (row: Uint8Array) =>
    new Promise<boolean>((done) => {
      const write = opened.result.transaction("rows", "readwrite");
      write.objectStore("rows").put(row);
      write.oncomplete = () => done(true);
      write.onabort = () => done(false);
    });
  // As much as a page gets of chance at once; what repeats would be packed.
  for (let size = 65_536; size >= 16; size /= 4) {
    while (await put(crypto.getRandomValues(new Uint8Array(size))));
  }
  opened.result.close();
}

browserTest(
  "A disk that is full is said so, the talk goes on, and a reload goes on with the log",
  ["chromium"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    const { origin } = system;
    const window = await chromium.newWindow();
    const devtools = await window.page.createCDPSession();
    const quota = { origin, quotaSize: QUOTA_BYTES };
    await devtools.send("Storage.overrideQuotaForOrigin", quota);
    const full = await ChatWindow.enterBy(window, origin);
    const other = await ChatWindow.enter(chromium, origin);
    await full.say("kept");
    await other.sees("kept");
    await full.window.page.evaluate(fillTheDisk);
    await full.say("not kept");
    await full.window.sees(NOT_KEPT, "status");
    await other.sees("not kept");
    await other.say("we hear you");
    await full.sees("we hear you");
    await full.reload();
    await full.sees("kept");
    await full.sees("not kept");
    await full.say("from the full disk again");
    await other.sees("from the full disk again");
    await full.window.page.evaluate(() => {
      indexedDB.deleteDatabase("something else");
    });
    await full.reload();
    await full.say("room again");
    await other.sees("room again");
    assert.doesNotMatch(await other.read(), /two different versions/);
  },
);
