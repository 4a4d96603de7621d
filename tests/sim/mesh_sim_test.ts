import assert from "node:assert/strict";
import { chaosFaultsOf, MeshChaos } from "./mesh_chaos.ts";

const SEEDS = 100;

Deno.test(`every member holds the same after ${SEEDS} seeds of partitions, departures, lost signals and lies`, () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const replay = `replay with: deno task sim mesh ${seed}`;
    const result = new MeshChaos(seed).run();
    assert.deepEqual(chaosFaultsOf(result), [], replay);
    assert.ok(result.held.length > 0, replay);
  }
});

Deno.test("MeshChaos gives the same run for the same seed", () => {
  assert.deepEqual(new MeshChaos(9).run(), new MeshChaos(9).run());
});
