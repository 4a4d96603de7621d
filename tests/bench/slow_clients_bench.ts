/**
 * Somebody else's requests while 1,000 connections are slow on purpose:
 * slowhttptest's slow heads, slow bodies and slow reading, one after the other.
 * The proxy's own limits for one address are off, as they are by default: it is
 * the second client's latency that counts, beside the same with nobody slow.
 *
 * `deno task bench slow [--connections N] [--seconds N]`
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- requests come one after the other
import { parseArgs } from "node:util";
import { startContestant, startUpstream } from "./contestants.ts";
import { requirePrograms } from "./debian.ts";
import { pause, type PinnedProcess } from "./pinned_process.ts";

const MODES: Record<string, { flags: string[]; path: string }> = {
  "slow heads": { flags: ["-H", "-i", "5"], path: "/16" },
  "slow bodies": { flags: ["-B", "-i", "5", "-s", "8192"], path: "/post/16" },
  "slow reading": {
    flags: ["-X", "-w", "512", "-y", "1024", "-n", "2", "-z", "32"],
    path: "/4194304",
  },
};
const SMALL_BYTES = 16;
const LARGE_BYTES = 4 * 1024 * 1024;
/** How long the second client rests between two requests. */
const PAUSE_MS = 20;
/** How many connections slowhttptest opens each second. */
const OPENED_PER_SECOND = 250;

interface Effort {
  connections: number;
  seconds: number;
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Latencies in milliseconds, each on a connection of its own or a kept one. */
async function secondClient(url: string, done: Promise<unknown>): Promise<
  number[]
> {
  const latencies: number[] = [];
  let over = false;
  done.finally(() => over = true).catch(() => {});
  for (let turn = 0; !over; turn++) {
    const headers = turn % 2 === 0 ? { connection: "close" } : undefined;
    const startedAt = performance.now();
    const response = await fetch(url, headers === undefined ? {} : { headers });
    await response.text();
    latencies.push(performance.now() - startedAt);
    await pause(PAUSE_MS);
  }
  return latencies;
}

/** Runs slowhttptest and tells how many connections it had open at most. */
async function slowClients(
  url: string,
  flags: string[],
  { connections, seconds }: Effort,
): Promise<number> {
  const { stdout } = await new Deno.Command("slowhttptest", {
    args: [
      ...flags,
      ...["-c", String(connections), "-r", String(OPENED_PER_SECOND)],
      ...["-l", String(seconds), "-p", "20", "-v", "2", "-u", url],
    ],
    stdin: "null",
  }).output();
  // deno-lint-ignore no-control-regex -- it colours its numbers
  const text = new TextDecoder().decode(stdout).replace(/\x1b\[[\d;]*m/g, "");
  const counts = [...text.matchAll(/connected:\D*(\d+)/g)];
  return Math.max(0, ...counts.map(([, count]) => Number(count)));
}

function report(title: string, latencies: number[], connected: number): void {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const cells = [
    title,
    String(connected),
    String(sorted.length),
    ...[0.5, 0.99, 1].map((share) => `${at(share).toFixed(1)} ms`),
  ];
  say(`| ${cells.join(" | ")} |`);
}

async function measure(proxy: PinnedProcess, effort: Effort): Promise<void> {
  const origin = `http://127.0.0.1:${proxy.port}`;
  const others = `${origin}/${SMALL_BYTES}`;
  const rest = pause(effort.seconds * 500);
  report("nobody slow", await secondClient(others, rest), 0);
  for (const [title, { flags, path }] of Object.entries(MODES)) {
    const slow = slowClients(origin + path, flags, effort);
    const latencies = await secondClient(others, slow);
    report(title, latencies, await slow);
  }
}

export async function benchSlowClients(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      connections: { type: "string", default: "1000" },
      seconds: { type: "string", default: "20" },
    },
  });
  await requirePrograms(["slowhttptest", "nginx", "taskset"]);
  const folder = await Deno.makeTempDir({ prefix: "slow-bench-" });
  // Started by root, nginx reads the files as somebody else.
  await Deno.chmod(folder, 0o755);
  try {
    await using upstream = await startUpstream(folder, [
      SMALL_BYTES,
      LARGE_BYTES,
    ]);
    const setting = { folder, upstreamPort: upstream.port };
    await using proxy = await startContestant("WeApRous", setting);
    say("| other clients | connected | requests | median | 99 % | most |");
    say("|---|--:|--:|--:|--:|--:|");
    await measure(proxy, {
      connections: Number(values.connections),
      seconds: Number(values.seconds),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
