/**
 * How long pages take while very many people log in, through the proxy: each
 * password costs 128 MiB and a good part of a second, and nobody else should
 * notice. Times of a shared machine mean little by themselves; compare runs.
 *
 * `deno task bench logins [LOGINS]`
 * @module
 */
import { TestSystem } from "../tools/services.ts";
import { readInFlood, readPages } from "./login_flood.ts";

const QUIET_PAGES = 500;

function row(name: string, values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ??
      NaN;
  return [
    name.padEnd(24),
    `median ${at(0.5).toFixed(1).padStart(6)} ms`,
    `p99 ${at(0.99).toFixed(1).padStart(6)} ms`,
    `most ${at(1).toFixed(1).padStart(6)} ms`,
    `of ${values.length}`,
  ].join("   ");
}

export async function benchLogins([given = "200"]: string[]): Promise<void> {
  const print = (line: string) =>
    void Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  await using system = await TestSystem.start();
  const { origin } = system;
  const quiet = await readPages(origin, (count) => count === QUIET_PAGES);
  print(row("pages, nobody logs in", quiet.ms));
  const order = { origin, logins: Number(given) };
  const { reading, report } = await readInFlood(order);
  print(row(`pages, ${given} logins`, reading.ms));
  const answers = Object.entries(report.statuses)
    .map(([status, count]) => `${count} x ${status}`).join(", ");
  print(`logins: ${answers}; quickest ${report.quickestMs.toFixed(0)} ms`);
}
