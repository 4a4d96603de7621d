/**
 * Somebody else's requests while 1,000 connections are slow on purpose:
 * slowhttptest's slow heads, slow bodies and slow reading, one after the other.
 * The proxy's own limits for one address are off, as they are by default: it is
 * the second client's latency that counts, beside the same with nobody slow, and
 * beside nginx in the same place. Started by root, it has a network of its own,
 * with packets as on Ethernet.
 *
 * `deno task bench slow [--connections N] [--seconds N] [--rounds N]`
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- requests come one after the other
import { parseArgs } from "node:util";
import {
  CLIENT_CORE,
  type Contestant,
  type Setting,
  startContestant,
  startUpstream,
} from "./contestants.ts";
import { requirePrograms } from "./debian.ts";
import { isOverEthernet, runOverEthernet } from "./ethernet.ts";
import { pause } from "./pinned_process.ts";

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
  const { stdout } = await new Deno.Command("taskset", {
    args: [
      ...["--cpu-list", String(CLIENT_CORE), "slowhttptest"],
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

interface Row {
  others: string;
  proxy: Contestant;
  connected: number;
  latencies: number[];
}

function report({ others, proxy, connected, latencies }: Row): void {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const cells = [
    ...[others, proxy, String(connected), String(sorted.length)],
    ...[0.5, 0.99, 1].map((share) => `${at(share).toFixed(1)} ms`),
  ];
  say(`| ${cells.join(" | ")} |`);
}

/** Each proxy is started anew: it has seen no slow client before. */
async function measure(
  proxy: Contestant,
  others: string,
  { effort, setting }: { effort: Effort; setting: Setting },
): Promise<void> {
  await using process = await startContestant(proxy, setting);
  const origin = `http://127.0.0.1:${process.port}`;
  const mode = MODES[others];
  const slow = mode === undefined
    ? pause(effort.seconds * 500).then(() => 0)
    : slowClients(origin + mode.path, mode.flags, effort);
  const latencies = await secondClient(`${origin}/${SMALL_BYTES}`, slow);
  report({ others, proxy, connected: await slow, latencies });
}

export async function benchSlowClients(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      connections: { type: "string", default: "1000" },
      seconds: { type: "string", default: "20" },
      rounds: { type: "string", default: "1" },
    },
  });
  if (!isOverEthernet()) {
    const programs = ["slowhttptest", "nginx", "taskset", "unshare", "ip"];
    await requirePrograms(programs);
    if (Deno.uid() === 0) return await runOverEthernet();
    say("Not root: over loopback, whose buffers slow reading fills.\n");
  }
  const folder = await Deno.makeTempDir({ prefix: "slow-bench-" });
  // Started by root, nginx reads the files as somebody else.
  await Deno.chmod(folder, 0o755);
  const effort = {
    connections: Number(values.connections),
    seconds: Number(values.seconds),
  };
  try {
    await using upstream = await startUpstream(folder, [
      SMALL_BYTES,
      LARGE_BYTES,
    ]);
    const setting = { folder, upstreamPort: upstream.port };
    say(
      "| other clients | proxy | connected | requests | median | 99 % | most |",
    );
    say("|---|---|--:|--:|--:|--:|--:|");
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const others of ["nobody slow", ...Object.keys(MODES)]) {
        for (const proxy of ["WeApRous", "nginx"] as const) {
          await measure(proxy, others, { effort, setting });
        }
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
