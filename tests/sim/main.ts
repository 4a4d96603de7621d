/**
 * `deno task sim SEED` replays one seed of the sync simulator with its trace,
 * `deno task sim mesh SEED` one of the mesh simulator, `deno task sim files SEED`
 * one of the file simulator. With a range, as in
 * `deno task sim mesh 1-1000`, many run, and those that fail are named.
 * @module
 */
import { chaosFaultsOf, MeshChaos, traceChaos } from "./mesh_chaos.ts";
import { fileFaultsOf, FileSim, traceFiles } from "./file_sim.ts";
import { faultsOf } from "./sync_faults.ts";
import { SyncSim, traceSync } from "./sync_sim.ts";

interface Simulator {
  trace(seed: number, log: (line: string) => void): void | Promise<void>;
  /** What is wrong at the end of a run; empty where all is well. */
  faults(seed: number): string[] | Promise<string[]>;
}

const SIMULATORS = {
  sync: {
    trace: traceSync,
    faults: async (seed) => faultsOf(await new SyncSim({ seed }).run()),
  },
  mesh: {
    trace: traceChaos,
    faults: (seed) => chaosFaultsOf(new MeshChaos(seed).run()),
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
): Promise<void> {
  let failed = 0;
  for (let seed = from; seed <= to; seed++) {
    const found = await faults(seed);
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

async function main([first = "1", second = "1"]: string[]): Promise<void> {
  const isNamed = first === "mesh" || first === "files";
  const simulator = SIMULATORS[isNamed ? first : "sync"];
  const [from, to] = readSeeds(isNamed ? second : first);
  if (to === undefined) await simulator.trace(from, log);
  else await sweep(simulator, [from, to]);
}

await main(Deno.args);
