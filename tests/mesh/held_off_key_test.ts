import assert from "node:assert/strict";
import { BAN_MS } from "../../lib/mesh/contacts.ts";
import { STRIKES_MAX } from "../../lib/mesh/link_guard.ts";
import { MeshSim, type SimMember } from "../sim/mesh_sim.ts";

const NONSENSE = "this is no message";

Deno.test("Connections links to no device that broke the protocol, under whatever name it comes, until its time is over", () => {
  const sim = new MeshSim({ seed: 5, latencyMs: [10, 20] });
  const [victim, liar, honest] = [1, 2, 3].map(() => {
    sim.clock.advance(5_000);
    return sim.join();
  }) as [SimMember, SimMember, SimMember];
  sim.clock.advance(60_000);
  assert.deepEqual(namesOf(victim), [liar.peer, honest.peer].toSorted());
  for (let strike = 0; strike < STRIKES_MAX; strike++) liar.sayToAll(NONSENSE);
  sim.clock.advance(1_000);
  assert.deepEqual(namesOf(victim), [honest.peer]);
  sim.leave(liar);
  const again = sim.join({ device: liar.user });
  sim.clock.advance(BAN_MS / 2);
  assert.deepEqual(namesOf(victim), [honest.peer]);
  sim.clock.advance(2 * BAN_MS);
  assert.deepEqual(namesOf(victim), [again.peer, honest.peer].toSorted());
});

Deno.test("Connections counts the breaches of a device over all its links", () => {
  const sim = new MeshSim({ seed: 6, latencyMs: [10, 20] });
  const victim = sim.join();
  sim.clock.advance(5_000);
  let liar = sim.join();
  const device = liar.user;
  sim.clock.advance(60_000);
  for (let strike = 1; strike < STRIKES_MAX; strike++) {
    liar.sayToAll(NONSENSE);
    sim.clock.advance(1_000);
    assert.deepEqual(namesOf(victim), [liar.peer], `after ${strike}`);
    sim.leave(liar);
    liar = sim.join({ device });
    sim.clock.advance(20_000);
  }
  assert.deepEqual(namesOf(victim), [liar.peer]);
  liar.sayToAll(NONSENSE);
  sim.clock.advance(1_000);
  assert.deepEqual(namesOf(victim), []);
});

function namesOf({ links }: { links: ReadonlyMap<string, unknown> }): string[] {
  return [...links.keys()].toSorted();
}
