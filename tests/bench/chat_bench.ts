/**
 * How long people wait: from a chat page being ready to its first message being
 * read in another browser, and from Enter to the message on the other screen.
 * Times of a shared machine mean little by themselves; compare runs.
 *
 * `deno task bench [chat] [ROUNDS]`
 * @module
 */
import { launchBrowser } from "../tools/browsers.ts";
import { ChatWindow } from "../tools/chat_window.ts";
import { TestSystem } from "../tools/services.ts";

const MESSAGES_PER_ROUND = 10;

function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[
    Math.min(sorted.length - 1, Math.floor(sorted.length * share))
  ] ??
    NaN;
}

function report(name: string, values: number[]): void {
  const [median, most] = [percentile(values, 0.5), percentile(values, 1)];
  const row = [
    name.padEnd(44),
    `median ${median.toFixed(0).padStart(6)} ms`,
    `most ${most.toFixed(0).padStart(6)} ms`,
    `of ${values.length}`,
  ].join("   ");
  Deno.stdout.writeSync(new TextEncoder().encode(`${row}\n`));
}

/** Notes in the page when each text of the open channel first appeared. */
function watchLog(): void {
  const seenAt: Record<string, number> = {};
  Object.assign(globalThis, { seenAt });
  const note = () => {
    const log = document.querySelector("[role=log]")?.textContent ?? "";
    for (const [mark] of log.matchAll(/mark-\d+-\d+/g)) {
      seenAt[mark] ??= Date.now();
    }
  };
  new MutationObserver(note).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
  });
}

/** When `mark` appeared in the window, ms since 1970. */
async function seen(chat: ChatWindow, mark: string): Promise<number> {
  await chat.sees(mark);
  return await chat.window.page.evaluate(
    (mark) =>
      (globalThis as unknown as {
        seenAt: Record<string, number>;
      }).seenAt[mark] ?? NaN,
    mark,
  );
}

/** Writes `mark` in the page itself: no time of the test driver is counted. */
function write(chat: ChatWindow, mark: string): Promise<number> {
  return chat.window.page.evaluate((mark) => {
    const field = document.querySelector("textarea");
    if (field === null) throw new Error("No field to write in");
    field.value = mark;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    const at = Date.now();
    return new Promise<number>((resolve) =>
      setTimeout(() => {
        const key = { key: "Enter", bubbles: true, cancelable: true };
        field.dispatchEvent(new KeyboardEvent("keydown", key));
        resolve(at);
      })
    );
  }, mark);
}

export async function benchChat([given = "5"]: string[]): Promise<void> {
  const rounds = Number(given);
  await using system = await TestSystem.start();
  await using chromium = await launchBrowser("chromium");
  await using firefox = await launchBrowser("firefox");
  const first: number[] = [];
  const later: number[] = [];
  const resident = await ChatWindow.enter(firefox, system.origin, watchLog);
  for (let round = 0; round < rounds; round++) {
    const visitor = await ChatWindow.enter(chromium, system.origin, watchLog);
    const wroteAt = await write(visitor, `mark-${round}-0`);
    first.push(await seen(resident, `mark-${round}-0`) - wroteAt);
    for (let count = 1; count <= MESSAGES_PER_ROUND; count++) {
      const mark = `mark-${round}-${count}`;
      const sentAt = await write(visitor, mark);
      later.push(await seen(resident, mark) - sentAt);
    }
    await visitor.close();
  }
  report("page ready -> first message read in Firefox", first);
  report("Enter in Chromium -> read in Firefox", later);
}
