/**
 * `deno task bench trip`: from sending a message to reading the answer to it in
 * another browser, each of the two signed, stored by its author before it is
 * sent, and verified; beside a text of that length over a bare data channel
 * between the same two pages, taken in turns.
 * @module
 */
import type { BrowserName } from "../tools/browser_paths.ts";
import { launchBrowser, type TestBrowser } from "../tools/browsers.ts";
import { TestSystem } from "../tools/services.ts";
import type { TestPage } from "../tools/test_page.ts";
import type { Steps, TripLab } from "../tools/trip_lab.ts";

const ROUNDS = 10;
const TRIPS_PER_ROUND = 20;
/** Not counted: the first ones open what the others find open. */
const WARM_TRIPS = 10;

type Lab = { tripLab: TripLab };

export async function benchTrip(): Promise<void> {
  const script = await bundle();
  for (const other of ["chromium", "firefox"] as const) {
    await between(["chromium", other], script);
  }
}

async function between(
  [first, second]: readonly [BrowserName, BrowserName],
  script: string,
): Promise<void> {
  await using system = await TestSystem.start();
  await using near = await launchBrowser(first);
  await using far = await launchBrowser(second);
  const [asks, answers] = await Promise.all(
    [near, far].map((browser) => enter(browser, system.origin, script)),
  ) as [TestPage, TestPage];
  await Promise.all([meet(asks), meet(answers)]);
  await answers.page
    .evaluate(() => (globalThis as unknown as Lab).tripLab.answer());
  await connectBare(asks, answers);
  const [chat, bare] = await takeTrips(asks);
  print(`${first} <-> ${second}`);
  report("a message and the answer to it", chat);
  report("a text over a bare channel and back", bare);
  print(`  ${(median(chat) / median(bare)).toFixed(1)} x`);
  for (const [name, page] of [[first, asks], [second, answers]] as const) {
    await reportSteps(name, page);
  }
}

async function enter(
  browser: TestBrowser,
  origin: string,
  script: string,
): Promise<TestPage> {
  const window = await browser.keptWindow();
  await window.open(`${origin}/login.html`);
  await window.login("admin", "password");
  await window.open(`${origin}/index.html`);
  await window.page.evaluate(script);
  return window;
}

async function meet({ page }: TestPage): Promise<void> {
  await page
    .evaluate(() => (globalThis as unknown as Lab).tripLab.meet("admin"));
}

async function connectBare(asks: TestPage, answers: TestPage): Promise<void> {
  const offer = await asks.page
    .evaluate(() => (globalThis as unknown as Lab).tripLab.offer());
  const answer = await answers.page.evaluate(
    (offer) => (globalThis as unknown as Lab).tripLab.accept(offer),
    offer,
  );
  await asks.page.evaluate(
    (answer) => (globalThis as unknown as Lab).tripLab.connect(answer),
    answer,
  );
}

/** In turns, so that both have the same machine. */
async function takeTrips(
  { page }: TestPage,
): Promise<[chat: number[], bare: number[]]> {
  const take = (kind: "chatTrips" | "bareTrips", count: number) =>
    page.evaluate(
      (kind, count) => (globalThis as unknown as Lab).tripLab[kind](count),
      kind,
      count,
    );
  await take("chatTrips", WARM_TRIPS);
  await take("bareTrips", WARM_TRIPS);
  const [chat, bare]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(...await take("bareTrips", TRIPS_PER_ROUND));
    chat.push(...await take("chatTrips", TRIPS_PER_ROUND));
  }
  return [chat, bare];
}

async function reportSteps(name: string, { page }: TestPage): Promise<void> {
  const steps: Steps = await page.evaluate(
    (count) => (globalThis as unknown as Lab).tripLab.steps(count),
    ROUNDS * TRIPS_PER_ROUND,
  );
  report(`${name}: sign and hash`, steps.sign);
  report(`${name}: store before it is sent`, steps.store);
  report(`${name}: verify and hash`, steps.verify);
}

async function bundle(): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["bundle", "--quiet", "--platform=browser", "--format=iife"],
      "tests/tools/trip_lab.ts",
    ],
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function report(name: string, values: number[]): void {
  const sorted = values.toSorted((a, b) => a - b);
  const p95 = sorted[Math.floor(sorted.length * 0.95)] ?? NaN;
  print(
    `  ${name.padEnd(38)} median ${median(values).toFixed(1).padStart(6)} ms` +
      `   p95 ${p95.toFixed(1).padStart(6)} ms   of ${values.length}`,
  );
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
