/**
 * `deno task bench files [MIB]`: a file from one browser to another, each piece
 * hashed and stored on both sides, beside as many bytes over a bare data channel
 * between the same two pages, in turns; and a message there and back meanwhile.
 * @module
 */
import type { BrowserName } from "../tools/browser_paths.ts";
import { launchBrowser } from "../tools/browsers.ts";
import type { FilesLab } from "../tools/files_lab.ts";
import { filesLabScript, openFilesLab } from "../tools/files_pages.ts";
import { TestSystem } from "../tools/services.ts";
import type { TestPage } from "../tools/test_page.ts";

const ROUNDS = 5;
const MIB = 1024 * 1024;
const FILE_MIB = 64;
const TRIPS = 40;

type Lab = { filesLab: FilesLab };
type Pages = [sender: TestPage, receiver: TestPage];

export async function benchFiles(
  [mib = String(FILE_MIB), ...names]: string[],
): Promise<void> {
  const script = await filesLabScript();
  const others = names.length > 0 ? names : ["chromium", "firefox"];
  for (const other of others) {
    await between(
      ["chromium", other as BrowserName],
      Number(mib) * MIB,
      script,
    );
  }
}

async function between(
  [first, second]: readonly [BrowserName, BrowserName],
  bytes: number,
  script: string,
): Promise<void> {
  await using system = await TestSystem.start();
  await using near = await launchBrowser(first);
  await using far = await launchBrowser(second);
  const pages = await Promise.all(
    [near, far].map((browser) => openFilesLab(browser, system.origin, script)),
  ) as Pages;
  await Promise.all(
    pages.map(({ page }) =>
      page.evaluate(() => (globalThis as unknown as Lab).filesLab.meet("admin"))
    ),
  );
  await connectBare(pages);
  print(`${first} -> ${second}, ${bytes / MIB} MiB`);
  const [ours, bare, shared] = await takeTurns(pages, bytes);
  report("hash and store before it is shared", shared, bytes);
  report("a bare channel, kept nowhere", bare, bytes);
  report("a file, hashed and stored", ours, bytes);
  print(`  ${(median(bare) / median(ours)).toFixed(2)} x the bare channel`);
  await takeTrips(pages, bytes);
}

async function takeTurns(
  [sender, receiver]: Pages,
  bytes: number,
): Promise<[ours: number[], bare: number[], shared: number[]]> {
  const [ours, bare, shared]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    const come = receiver.page.evaluate(
      (bytes) => (globalThis as unknown as Lab).filesLab.receiveBare(bytes),
      bytes,
    );
    await sender.page.evaluate(
      (bytes) => (globalThis as unknown as Lab).filesLab.sendBare(bytes),
      bytes,
    );
    bare.push(await come);
    shared.push(await share(sender, bytes));
    ours.push(await fetchIn(receiver));
    await takeBack(sender);
  }
  return [ours, bare, shared];
}

async function takeTrips(
  [sender, receiver]: Pages,
  bytes: number,
): Promise<void> {
  await sender.page
    .evaluate(() => (globalThis as unknown as Lab).filesLab.answer());
  const idle = await receiver.page.evaluate(
    (count) => (globalThis as unknown as Lab).filesLab.trips(count),
    TRIPS,
  );
  await share(sender, bytes);
  const busy = await receiver.page.evaluate(
    () => (globalThis as unknown as Lab).filesLab.tripsWhileFetching(),
  );
  const ms = (times: number[]) => `${median(times).toFixed(1)} ms`;
  print(
    `  a message there and back: ${ms(idle)}, ` +
      `and ${ms(busy)} while the file comes (${busy.length} of them)`,
  );
}

/** Said by the sender, and known to the receiver soon after. */
async function share({ page }: TestPage, bytes: number): Promise<number> {
  const ms = await page.evaluate(
    (bytes) => (globalThis as unknown as Lab).filesLab.share(bytes),
    bytes,
  );
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
  return ms;
}

async function takeBack({ page }: TestPage): Promise<void> {
  await page.evaluate(() => (globalThis as unknown as Lab).filesLab.takeBack());
}

async function fetchIn({ page }: TestPage): Promise<number> {
  return await page
    .evaluate(() => (globalThis as unknown as Lab).filesLab.fetchAndDiscard());
}

async function connectBare([a, b]: Pages): Promise<void> {
  const offer = await a.page
    .evaluate(() => (globalThis as unknown as Lab).filesLab.offer());
  const answer = await b.page.evaluate(
    (offer) => (globalThis as unknown as Lab).filesLab.accept(offer),
    offer,
  );
  await a.page.evaluate(
    (answer) => (globalThis as unknown as Lab).filesLab.connect(answer),
    answer,
  );
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function report(name: string, times: number[], bytes: number): void {
  const speeds = times.map((ms) => bytes / MIB / ms * 1_000);
  const all = speeds.map((speed) => speed.toFixed(1)).join(" ");
  print(
    `  ${name.padEnd(36)} ${median(speeds).toFixed(1).padStart(6)} MiB/s` +
      `   of ${all}`,
  );
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
