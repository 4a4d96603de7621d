/**
 * `deno task bench crowd [PEERS]`: native peers in one process, Chromium and
 * Firefox, in one channel of a real system, 50 peers where nothing else is said.
 * Each says something at the same time, then one after the other; all of them
 * must have all of it, and the authors must know so.
 * @module
 */
import type { Bot } from "../../lib/cli/bot.ts";
import { launchBrowser } from "../tools/browsers.ts";
import { ChatWindow } from "../tools/chat_window.ts";
import { Crowd, PEERS_PER_USER } from "../tools/crowd.ts";
import { CrowdTalk, inTime, percentile } from "../tools/crowd_talk.ts";
import { invitation } from "../tools/invitation.ts";
import { TestSystem } from "../tools/services.ts";

const PEERS = 50;
const SAY_MS = 200;
/** Links to spare are let go of; the tree is made anew for a while. */
const SETTLE_MS = 30_000;
const HEARD_MS = 60_000;
/** A count goes one link a second, and a large channel is a few links wide. */
const COUNTED_MS = 20_000;
const OUTSIDE = ["chromium", "firefox"] as const;

export async function benchCrowd([given]: string[]): Promise<void> {
  const count = given === undefined ? PEERS : Number(given);
  await using system = await TestSystem.start();
  const url = await invitation(system, Math.ceil(count / PEERS_PER_USER));
  const before = mebibytes();
  const startedAt = performance.now();
  await using crowd = await Crowd.join({ url, count });
  const joinedMs = performance.now() - startedAt;
  await crowd.linked();
  const linkedMs = performance.now() - startedAt;
  print(`${count} native peers in one process`);
  row("until all have joined", `${joinedMs.toFixed(0)} ms`);
  row("until each has a link", `${linkedMs.toFixed(0)} ms`);
  await using chromium = await launchBrowser("chromium");
  await using firefox = await launchBrowser("firefox");
  const pages = [
    await ChatWindow.enter(chromium, system.origin),
    await ChatWindow.enter(firefox, system.origin),
  ];
  const talk = new CrowdTalk(crowd.bots, { strangers: pages.length });
  print("all say something at once");
  await round(talk, { crowd, pages, name: "at once", pauseMs: 0 });
  await inTime(new Promise(() => {}), SETTLE_MS);
  talk.clear();
  print("one after the other");
  await round(talk, { crowd, pages, name: "in turns", pauseMs: SAY_MS });
  const links = crowd.links();
  const megabytes = mebibytes() - before;
  const ends = links.reduce((sum, one) => sum + one, 0);
  row("links of each", `${links[0]} to ${links.at(-1)}`);
  row(
    "memory",
    `${megabytes.toFixed(0)} MiB, ${(megabytes / count).toFixed(1)} a peer, ${
      (megabytes * 1_024 / ends).toFixed(0)
    } KiB for each end of a link`,
  );
}

interface Round {
  crowd: Crowd;
  pages: ChatWindow[];
  name: string;
  pauseMs: number;
}

async function round(
  talk: CrowdTalk,
  { crowd, pages, name, pauseMs }: Round,
): Promise<void> {
  const texts = crowd.bots.map((_, at) => `${name}: ${at + 1}`);
  const outside = OUTSIDE.map((browser) => `${name}: ${browser}`);
  const startedAt = performance.now();
  const saying: Promise<void>[] = [];
  for (const [at, bot] of crowd.bots.entries()) {
    saying.push(talk.say(bot as Bot, `${texts[at]}`));
    if (pauseMs > 0) await inTime(new Promise(() => {}), pauseMs);
  }
  await Promise.all([
    ...saying,
    ...pages.map((page, at) => page.say(`${outside[at]}`)),
  ]);
  const all = [...texts, ...outside];
  const shown = Promise.all([
    talk.heard(all),
    ...pages.map((page) => page.seesAll(all)),
  ]);
  const isWhole = await inTime(shown, HEARD_MS);
  const tookMs = performance.now() - startedAt;
  const have = isWhole ? "all have all" : "NOT all have all";
  const expected = all.length * (crowd.bots.length + pages.length);
  row(`${have}, ${expected} times read`, `${tookMs.toFixed(0)} ms`);
  const [median, p99] = [0.5, 0.99]
    .map((share) => percentile(talk.latencies, share).toFixed(0));
  row("from saying to reading, native", `${median} ms, p99 ${p99} ms`);
  await inTime(talk.counted(texts), COUNTED_MS);
  const others = crowd.bots.length - 1 + pages.length;
  const right = texts.map((text) => talk.delivery(text))
    .filter(({ held, of }) => held === others && of === others);
  row("authors who know of all", `${right.length} of ${texts.length}`);
  for (const fault of talk.faults().slice(0, 5)) row("FAULT", fault);
}

function mebibytes(): number {
  return Deno.memoryUsage().rss / 2 ** 20;
}

function row(what: string, value: string): void {
  print(`  ${what.padEnd(40)} ${value}`);
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
