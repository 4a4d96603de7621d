import assert from "node:assert/strict";
import { SyncSim } from "./sync_sim.ts";

const SEEDS = 100;

Deno.test(`sync brings every entry to everyone, in one order, over ${SEEDS} seeds of breaking links and restarts`, () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { views, written, strikes } = new SyncSim(seed).run(6);
    const replay = `replay with: deno task sim ${seed}`;
    for (const view of views) {
      assert.deepEqual(view.toSorted(), written.toSorted(), replay);
      assert.deepEqual(view, views[0], replay);
    }
    assert.deepEqual(strikes, [], replay);
  }
});

Deno.test("SyncSim gives the same run for the same seed", () => {
  const first = new SyncSim(42).run(4);
  assert.deepEqual(new SyncSim(42).run(4), first);
});
