import assert from "node:assert/strict";
import { PASSIVE_MAX } from "../../lib/mesh/directory.ts";
import { LINKS_MAX } from "../../lib/mesh/link_budget.ts";
import { MeshChaos } from "./mesh_chaos.ts";

const SEEDS = 100;

Deno.test(`every member holds the same after ${SEEDS} seeds of partitions, departures, lost signals and lies`, () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const replay = `replay with: deno task sim mesh ${seed}`;
    const { held, connectionsMost, contactsMost } = new MeshChaos(seed).run();
    const union = new Set(held.flat());
    for (const entries of held) {
      assert.equal(entries.length, union.size, replay);
    }
    assert.ok(connectionsMost <= LINKS_MAX, `${connectionsMost} ${replay}`);
    const contactsLimit = PASSIVE_MAX + LINKS_MAX;
    assert.ok(contactsMost <= contactsLimit, `${contactsMost} ${replay}`);
  }
});

Deno.test("MeshChaos gives the same run for the same seed", () => {
  assert.deepEqual(new MeshChaos(9).run(), new MeshChaos(9).run());
});
