/**
 * What is read stays where it is while reactions and answers come in, and a
 * quote leads to its original. The real page, on a FakeChat.
 * @module
 */
import assert from "node:assert/strict";
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import type { FakeChat } from "../tools/fake_chat.ts";
import { previewHandler } from "../tools/preview.ts";
import type { TestPage } from "../tools/test_page.ts";

interface Preview {
  preview: FakeChat;
}

async function withManyMessages(
  name: "chromium" | "firefox",
  run: (window: TestPage) => Promise<void>,
): Promise<void> {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    await previewHandler(),
  );
  try {
    await using browser = await launchBrowser(name);
    const window = await browser.newWindow();
    const { port } = server.addr;
    await window.open(`http://127.0.0.1:${port}/chat.html?scene=many`);
    await window.page.waitForSelector(".message");
    await run(window);
  } finally {
    await server.shutdown();
  }
}

/** How far a message moves when one that is `above` others gets reactions. */
function moveOf(window: TestPage, above: number): Promise<number> {
  return window.page.evaluate(async (above) => {
    const { preview } = globalThis as unknown as Preview;
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const lines = [...document.querySelectorAll(".message")];
    const read = lines[100];
    read?.scrollIntoView({ block: "start" });
    await frame();
    await frame();
    const before = read?.getBoundingClientRect().top ?? NaN;
    const all = preview.messages("general");
    const ref = all[all.length - lines.length + 100 - above]?.ref;
    if (ref === undefined) return NaN;
    for (const emoji of ["👍", "🎉", "❤️"]) {
      preview.reactAs("linh", { channel: "general", ref, emoji });
    }
    await frame();
    await frame();
    const shown = document.querySelectorAll(".reaction").length;
    if (shown !== 3) return NaN;
    return Math.abs((read?.getBoundingClientRect().top ?? NaN) - before);
  }, above);
}

for (const name of ["chromium", "firefox"] as const) {
  browserTest(
    `A reaction above what is read moves nothing in ${name}`,
    [name],
    () =>
      withManyMessages(name, async (window) => {
        const moved = await moveOf(window, 40);
        assert.ok(moved <= 1, `moved by ${moved} px`);
      }),
  );

  browserTest(
    `Notices that come one after the other leave the end in sight in ${name}`,
    [name],
    () =>
      withManyMessages(name, async (window) => {
        const below = await window.page.evaluate(async () => {
          const frame = () =>
            new Promise((done) => requestAnimationFrame(done));
          const log = document.querySelector(".log");
          const notice = () => {
            const one = document.createElement("div");
            one.style.height = "80px";
            document.querySelector(".notices")?.append(one);
          };
          // The second comes between what the first moved and word of that.
          for (let times = 0; times < 3; times++) {
            await frame();
            notice();
            setTimeout(notice);
            await frame();
            await frame();
          }
          if (log === null) return NaN;
          return log.scrollHeight - log.scrollTop - log.clientHeight;
        });
        assert.ok(below <= 1, `${below} px below`);
      }),
  );

  browserTest(
    `A reaction at the end leaves the end in sight in ${name}`,
    [name],
    () =>
      withManyMessages(name, async (window) => {
        const below = await window.page.evaluate(async () => {
          const { preview } = globalThis as unknown as Preview;
          const frame = () =>
            new Promise((done) => requestAnimationFrame(done));
          const ref = preview.messages("general").at(-3)?.ref;
          if (ref === undefined) return NaN;
          preview.reactAs("linh", { channel: "general", ref, emoji: "🎉" });
          await frame();
          await frame();
          const log = document.querySelector("[role=log]");
          if (log?.querySelector(".reaction") === null || !log) return NaN;
          return log.scrollHeight - log.scrollTop - log.clientHeight;
        });
        assert.ok(below <= 1, `${below} px below`);
      }),
  );

  browserTest(
    `A quote leads to a message far above what is shown in ${name}`,
    [name],
    () =>
      withManyMessages(name, async (window) => {
        await window.page.evaluate(() => {
          const { preview } = globalThis as unknown as Preview;
          const all = preview.messages("general");
          const replyTo = all[all.length - 500]?.ref;
          const { ref } = preview.say("general", "bob", "as said above");
          if (replyTo) preview.change("general", ref, () => ({ replyTo }));
        });
        const original = await window.page.evaluate(() => {
          const { preview } = globalThis as unknown as Preview;
          return preview.messages("general").at(-501)?.text ?? "";
        });
        const quote = await window.page.waitForSelector("button.quote");
        await quote?.click();
        await window.page.waitForFunction(
          (text) => {
            const line = document.activeElement;
            const box = line?.getBoundingClientRect();
            return line?.textContent?.includes(text) && box !== undefined &&
              box.top >= 0 && box.bottom <= innerHeight;
          },
          { polling: 50 },
          original,
        );
        await window.find("button", "Jump to the latest message");
      }),
  );
}
