/**
 * `deno task sim SEED` replays one seed of the sync simulator with its trace,
 * `deno task sim mesh SEED` one of the mesh simulator, `deno task sim files SEED`
 * one of the file simulator. With a range, as in
 * `deno task sim mesh 1-1000`, many run, and those that fail are named. The mesh
 * may be given its size at the start: `deno task sim mesh 7 2000`.
 * @module
 */
import { chaosFaultsOf, MeshChaos, traceChaos } from "./mesh_chaos.ts";
import { fileFaultsOf, FileSim, traceFiles } from "./file_sim.ts";
import { faultsOf } from "./sync_faults.ts";
import { SyncSim, traceSync } from "./sync_sim.ts";

interface Simulator {
  trace(seed: number, log: Log, size?: number): void | Promise<void>;
  /** What is wrong at the end of a run; empty where all is well. */
  faults(seed: number, size?: number): string[] | Promise<string[]>;
}

type Log = (line: string) => void;

const SIMULATORS = {
  sync: {
    trace: traceSync,
    faults: async (seed) => faultsOf(await new SyncSim({ seed }).run()),
  },
  mesh: {
    trace: traceChaos,
    faults: (seed, size) => chaosFaultsOf(new MeshChaos(seed, { size }).run()),
  },
  files: {
    trace: traceFiles,
    faults: async (seed) => fileFaultsOf(await new FileSim({ seed }).run()),
  },
} satisfies Record<string, Simulator>;

function log(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function sweep(
  { faults }: Simulator,
  [from, to]: readonly [number, number],
  size?: number,
): Promise<void> {
  let failed = 0;
  for (let seed = from; seed <= to; seed++) {
    const found = await faults(seed, size);
    if (found.length > 0) failed++;
    for (const fault of found) log(`seed ${seed}: ${fault}`);
  }
  log(`${to - from + 1} seeds, ${failed} failed`);
  if (failed > 0) Deno.exit(1);
}

/** `7` or `1-1000`. */
function readSeeds(given: string): readonly [from: number, to?: number] {
  const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(given) ?? [];
  if (from === undefined || Number(to ?? from) < Number(from)) {
    throw new Error(`"${given}" is no seed and no range: try 7 or 1-1000`);
  }
  return to === undefined ? [Number(from)] : [Number(from), Number(to)];
}

/** Members of the mesh at the start. */
function readSize(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (/^[1-9]\d{0,4}$/.test(given)) return Number(given);
  throw new Error(`"${given}" is no size of a mesh: try 2000`);
}

async function main([first = "1", ...rest]: string[]): Promise<void> {
  const isNamed = first === "mesh" || first === "files";
  const simulator: Simulator = SIMULATORS[isNamed ? first : "sync"];
  const [seeds = "1", ...more] = isNamed ? rest : [first];
  const size = readSize(first === "mesh" ? more[0] : undefined);
  const [from, to] = readSeeds(seeds);
  if (to === undefined) await simulator.trace(from, log, size);
  else await sweep(simulator, [from, to], size);
}

await main(Deno.args);
