import assert from "node:assert/strict";
import { Happenings } from "./happenings.ts";
import { chaosFaultsOf, MESH_HAPPENINGS, MeshChaos } from "./mesh_chaos.ts";
import { CHANNEL, MeshSim } from "./mesh_sim.ts";

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

/** Links to spare are still let go while all speak, within three seconds. */
function allSpeak(count: number, seed: number): MeshSim {
  const sim = new MeshSim({ seed, latencyMs: [20, 80] });
  for (let at = 0; at < count; at++) {
    sim.join();
    sim.clock.advance(100);
  }
  for (const member of [...sim.members]) {
    sim.write(member);
    sim.clock.advance(3_000 / count);
  }
  for (const member of sim.members) member.listChannels();
  sim.clock.advance(60_000);
  return sim;
}

for (const count of [60, 200]) {
  Deno.test(`all ${count} of a channel speak at once, and each author learns that every member has it`, () => {
    const { members } = allSpeak(count, 1);
    const others = new Set([count - 1]);
    const held = members.map(({ talk }) => talk.receipts());
    assert.deepEqual(new Set(held.flat()), others);
    assert.equal(held.flat().length, count);
    const sizes = members.map(({ connections }) => connections.sizeOf(CHANNEL));
    assert.deepEqual(new Set(sizes), new Set([count]));
  });
}

Deno.test("newcomers are counted also where the links have changed that counts went over", () => {
  const sim = allSpeak(40, 2);
  const authors = [...sim.members];
  for (const { peer } of sim.members.slice(0, 8)) {
    sim.network.reaches = (from, to) => from !== peer && to !== peer;
    sim.network.breakUnreachable();
    sim.clock.advance(20_000);
    sim.network.reaches = () => true;
    sim.clock.advance(20_000);
  }
  for (let at = 0; at < 6; at++) {
    sim.join();
    sim.clock.advance(1_000);
  }
  for (const member of sim.members) member.listChannels();
  sim.clock.advance(120_000);
  const held = authors.map(({ talk }) => talk.receipts());
  assert.deepEqual(new Set(held.flat()), new Set([45]));
});
