/**
 * `deno task sim SEED` replays one seed of the sync simulator with its trace,
 * `deno task sim mesh SEED` one of the mesh simulator.
 * @module
 */
import { MeshChaos } from "./mesh_chaos.ts";
import { traceSync } from "./sync_sim.ts";

function log(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function traceMesh(seed: number): void {
  const { held, written, connectionsMost } = new MeshChaos(seed, log).run();
  log(`seed ${seed}: ${written} written, at most ${connectionsMost} links`);
  log(`held by each: ${held.map((entries) => entries.length).join(" ")}`);
}

const [first = "1", second = "1"] = Deno.args;
if (first === "mesh") traceMesh(Number(second));
else traceSync(Number(first), log);
