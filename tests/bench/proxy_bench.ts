/**
 * The proxy beside nginx, HAProxy, Caddy and http-proxy: the same upstream, one
 * core for each proxy, the other one for upstream and client. Rounds are short
 * and go round all of them, so that whatever else the machine does hits all
 * alike; ratios are taken within a round, and their median is what counts.
 *
 * `deno task bench proxy [--rounds N] [--seconds N] [--against nginx,Caddy]`
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- one measurement at a time
import { parseArgs } from "node:util";
import {
  CLIENT_CORE,
  type Contestant,
  CONTESTANTS,
  startContestant,
  startUpstream,
} from "./contestants.ts";
import { requirePrograms } from "./debian.ts";
import type { PinnedProcess } from "./pinned_process.ts";
import { type Figures, runWrk } from "./wrk.ts";

const CASES = [
  { bytes: 1024, connections: 64 },
  { bytes: 1024, connections: 512 },
  { bytes: 65536, connections: 64 },
  { bytes: 65536, connections: 512 },
] as const;
type Case = typeof CASES[number];

const US: Contestant = "WeApRous";

interface Round extends Figures {
  memoryMiB: number;
  /** The proxy's time on its core for each request, in microseconds. */
  cpuMicros: number;
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[middle]!
    : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Every contestant in turn, `rounds` times. */
async function measure(
  running: ReadonlyMap<Contestant, PinnedProcess>,
  { bytes, connections }: Case,
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Map<Contestant, Round[]>> {
  const results = new Map<Contestant, Round[]>();
  const once = async (proxy: PinnedProcess, seconds: number) => {
    const url = `http://127.0.0.1:${proxy.port}/${bytes}`;
    return await runWrk({ url, connections, seconds, core: CLIENT_CORE });
  };
  for (const proxy of running.values()) await once(proxy, 1);
  for (let round = 0; round < rounds; round++) {
    for (const [name, proxy] of running) {
      const cpuBefore = await proxy.cpuSeconds();
      const figures = await once(proxy, seconds);
      const cpuSeconds = await proxy.cpuSeconds() - cpuBefore;
      const cpuMicros = cpuSeconds * 1e6 / figures.requests;
      const memoryMiB = await proxy.memoryMiB();
      const sofar = results.get(name) ?? [];
      results.set(name, [...sofar, { ...figures, memoryMiB, cpuMicros }]);
    }
  }
  return results;
}

/** The table of one case, as the README has it. */
function report(
  { bytes, connections }: Case,
  results: ReadonlyMap<Contestant, Round[]>,
): void {
  say(`\n${bytes / 1024} KiB, ${connections} connections\n`);
  say(
    "| proxy | requests/s | p50 | p99 | CPU | memory | ours ÷ its requests/s | ours ÷ its p99 |",
  );
  say("|---|--:|--:|--:|--:|--:|--:|--:|");
  const ours = results.get(US)!;
  for (const [name, rounds] of results) {
    const middle = (of: (round: Round) => number) => median(rounds.map(of));
    const ratio = (of: (round: Round) => number) =>
      median(rounds.map((round, index) => of(ours[index]!) / of(round)));
    const isUs = name === US;
    const cells = [
      name,
      Math.round(middle((it) => it.requestsPerSecond)).toLocaleString("en"),
      `${middle((it) => it.p50Ms).toFixed(2)} ms`,
      `${middle((it) => it.p99Ms).toFixed(2)} ms`,
      `${middle((it) => it.cpuMicros).toFixed(1)} µs`,
      `${Math.round(middle((it) => it.memoryMiB))} MiB`,
      isUs ? "" : ratio((it) => it.requestsPerSecond).toFixed(2),
      isUs ? "" : ratio((it) => it.p99Ms).toFixed(2),
    ];
    say(`| ${cells.join(" | ")} |`);
  }
}

/** Which proxies take part; we always do. */
function chosen(against: string | undefined): Contestant[] {
  if (against === undefined) return [...CONTESTANTS];
  const names = against.split(",");
  for (const name of names) {
    if (CONTESTANTS.some((it) => it === name)) continue;
    throw new Error(`No proxy "${name}"; there are ${CONTESTANTS.join(", ")}`);
  }
  return CONTESTANTS.filter((it) => it === US || names.includes(it));
}

export async function benchProxy(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "4" },
      against: { type: "string" },
      connections: { type: "string" },
      bytes: { type: "string" },
    },
  });
  const names = chosen(values.against);
  const effort = {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
  };
  await requirePrograms(["nginx", "haproxy", "caddy", "wrk", "taskset"]);
  const folder = await Deno.makeTempDir({ prefix: "proxy-bench-" });
  // Started by root, nginx reads the files as somebody else.
  await Deno.chmod(folder, 0o755);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const sizes = [...new Set(CASES.map(({ bytes }) => bytes))];
  const upstream = stack.use(await startUpstream(folder, sizes));
  const running = new Map<Contestant, PinnedProcess>();
  for (const name of names) {
    const setting = { folder, upstreamPort: upstream.port };
    running.set(name, stack.use(await startContestant(name, setting)));
  }
  for (const it of CASES) {
    if (Number(values.bytes ?? it.bytes) !== it.bytes) continue;
    if (Number(values.connections ?? it.connections) !== it.connections) {
      continue;
    }
    report(it, await measure(running, it, effort));
  }
}
