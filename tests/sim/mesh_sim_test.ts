import assert from "node:assert/strict";
import { Happenings } from "./happenings.ts";
import { chaosFaultsOf, MESH_HAPPENINGS, MeshChaos } from "./mesh_chaos.ts";
import { MeshSim } from "./mesh_sim.ts";

const SEEDS = 100;

Deno.test(`every member holds the same after ${SEEDS} seeds of partitions, departures, signals lost and twice, and lies`, () => {
  const happenings = new Happenings();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const replay = `replay with: deno task sim mesh ${seed}`;
    const result = new MeshChaos(seed).run();
    assert.deepEqual(chaosFaultsOf(result), [], replay);
    assert.ok(result.held.length > 0, replay);
    happenings.add(result.happenings);
  }
  assert.deepEqual(happenings.missing(MESH_HAPPENINGS), []);
});

Deno.test("MeshChaos gives the same run for the same seed", () => {
  assert.deepEqual(new MeshChaos(9).run(), new MeshChaos(9).run());
});

Deno.test("authors in a channel of 60 learn that every member has what they wrote, and never of more", () => {
  const sim = new MeshSim({ seed: 3, latencyMs: [20, 80] });
  for (let at = 0; at < 60; at++) {
    sim.join();
    sim.clock.advance(300);
  }
  sim.clock.advance(60_000);
  const authors = [sim.pick(), sim.pick(), sim.pick()];
  for (const author of [...authors, ...authors]) {
    sim.write(author);
    sim.clock.advance(100);
  }
  sim.clock.advance(60_000);
  for (const author of authors) {
    assert.deepEqual(new Set(author.talk.receipts()), new Set([59]));
  }
});
