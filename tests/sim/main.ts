/**
 * `deno task sim SEED` replays one seed of the sync simulator with its trace,
 * `deno task sim 1-1000` runs many, `deno task sim mesh SEED` replays one of the
 * mesh simulator.
 * @module
 */
import { MeshChaos } from "./mesh_chaos.ts";
import { sweepSync, traceSync } from "./sync_sim.ts";

function log(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function traceMesh(seed: number): void {
  const { held, written, connectionsMost } = new MeshChaos(seed, log).run();
  log(`seed ${seed}: ${written} written, at most ${connectionsMost} links`);
  log(`held by each: ${held.map((entries) => entries.length).join(" ")}`);
}

const [first = "1", second = "1"] = Deno.args;
const [from = 1, to] = first.split("-").map(Number);
if (first === "mesh") traceMesh(Number(second));
else if (to === undefined) await traceSync(from, log);
else await sweepSync([from, to], log);
