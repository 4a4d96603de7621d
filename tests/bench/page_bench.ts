/**
 * `deno task bench page`: the chat page's log in Chromium, how long it takes to draw 5,000 messages,
 * and to add one to them or a reaction, with the last 200 shown and with all.
 * The real page on a FakeChat, so the network costs nothing.
 * @module
 */
import type { Page } from "puppeteer-core";
import { launchBrowser } from "../tools/browsers.ts";
import { previewHandler } from "../tools/preview.ts";
import type { FakeChat } from "../tools/fake_chat.ts";

const HELD = 5_000;
const ROUNDS = 30;

interface Preview {
  preview: FakeChat;
}

/** Ms until a change stands on the page, laid out; the median of some. */
function timeChange(page: Page, kind: "add" | "react"): Promise<number> {
  return page.evaluate(
    async (kind: string, rounds: number) => {
      const { preview } = globalThis as unknown as Preview;
      const log = document.querySelector("[role=log]");
      const settle = () =>
        new Promise<void>((done) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => done();
          requestAnimationFrame(() => port2.postMessage(0));
        });
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        await settle();
        const start = performance.now();
        if (kind === "add") preview.say("general", "bob", `added ${round}`);
        else {
          const ref = preview.messages("general").at(-3)?.ref;
          const on = round % 2 === 0;
          if (ref) await preview.react("general", ref, { emoji: "🎉", on });
        }
        await new Promise((done) => setTimeout(done));
        log?.getBoundingClientRect();
        times.push(performance.now() - start);
      }
      return times.sort((a, b) => a - b)[rounds >> 1] ?? 0;
    },
    kind,
    ROUNDS,
  );
}

/** Ms until all that is kept is shown. */
function timeShowAll(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const start = performance.now();
    for (;;) {
      const earlier = document.querySelector<HTMLElement>(".earlier");
      if (earlier === null) break;
      earlier.click();
      await new Promise((done) => setTimeout(done));
    }
    document.querySelector("[role=log]")?.getBoundingClientRect();
    return performance.now() - start;
  });
}

/** Ms that a log takes to open, anew for a channel each time; the median. */
function timeOpen(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const { preview } = globalThis as unknown as Preview;
    const messages = preview.messages("general");
    const times: number[] = [];
    for (let round = 0; round < 9; round++) {
      const channel = `room-${round}`;
      preview.setChannel(channel);
      preview.add(channel, [...messages]);
      await new Promise((done) => setTimeout(done, 50));
      const button = [...document.querySelectorAll<HTMLElement>(".channel")]
        .find((element) => element.textContent?.includes(channel));
      const start = performance.now();
      button?.click();
      await new Promise((done) => setTimeout(done));
      document.querySelector("[role=log]")?.getBoundingClientRect();
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[4] ?? 0;
  });
}

export async function benchPage(): Promise<void> {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    await previewHandler(),
  );
  await using browser = await launchBrowser("chromium");
  const { page } = await browser.newWindow();
  const url = `http://127.0.0.1:${server.addr.port}/chat.html`;
  const row = (what: string, ms: number) =>
    // deno-lint-ignore no-console -- the report of the bench
    console.log(`${what.padEnd(48)}${ms.toFixed(1).padStart(8)} ms`);
  await page.goto(`${url}?scene=many`);
  await page.waitForSelector(".message");
  row(`open a channel of ${HELD} (200 shown)`, await timeOpen(page));
  await page.goto(`${url}?scene=many`);
  await page.waitForSelector(".message");
  row("add a message, 200 shown", await timeChange(page, "add"));
  row("add a reaction, 200 shown", await timeChange(page, "react"));
  row(`show all ${HELD}, 200 at a time`, await timeShowAll(page));
  // Away from the end, where the window stays as it is.
  await page.evaluate(() => {
    const log = document.querySelector("[role=log]");
    if (log !== null) log.scrollTop = 4_000;
  });
  row(`add a message, ${HELD} shown`, await timeChange(page, "add"));
  row(`add a reaction, ${HELD} shown`, await timeChange(page, "react"));
  await server.shutdown();
}
