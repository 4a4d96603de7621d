/**
 * How many signatures a browser checks in a second: by WebCrypto, and by the
 * library that stands in for it on plain http. Entries of 300 bytes, a hundred
 * at a time, by few authors and by many.
 *
 * `deno task bench keys [ROUNDS]`
 * @module
 */
import type { BrowserName } from "../tools/browser_paths.ts";
import { launchBrowser } from "../tools/browsers.ts";
import { addLab, askLab } from "../tools/identity_page.ts";
import { TestSystem } from "../tools/services.ts";
import type { TestPage } from "../tools/test_page.ts";

const ENTRY_BYTES = 300;
const AUTHORS = [1, 20, 1_000];
const COUNT = { native: 5_000, script: 1_000 };
const ROUNDS = 3;

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function benchPage(
  window: TestPage,
  { name, rounds }: { name: BrowserName; rounds: number },
): Promise<void> {
  for (const kind of ["native", "script"] as const) {
    for (const authors of AUTHORS) {
      const amount = { count: COUNT[kind], bytes: ENTRY_BYTES, authors };
      const rates: number[] = [];
      for (let round = 0; round < rounds; round++) {
        rates.push(await askLab(window, "rate", kind, amount));
      }
      const middle = rates.sort((a, b) => a - b)[rounds >> 1] ?? NaN;
      const what = `${name}, ${kind} keys, ${authors} authors`;
      say(`${what.padEnd(36)}${middle.toFixed(0).padStart(8)} checks/s`);
    }
  }
}

export async function benchKeys([rounds]: string[]): Promise<void> {
  await using system = await TestSystem.start();
  for (const name of ["chromium", "firefox"] as const) {
    await using browser = await launchBrowser(name);
    const window = await browser.newWindow();
    await window.open(`${system.origin}/index.html`);
    await addLab(window);
    await benchPage(window, { name, rounds: Number(rounds ?? ROUNDS) });
  }
}
