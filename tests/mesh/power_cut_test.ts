import assert from "node:assert/strict";
import { CATCH_UP_MS } from "../../lib/mesh/catching_up.ts";
import type { Peer } from "../../lib/mesh/peer.ts";
import { MemoryStore, type StoredChannel } from "../../lib/mesh/store.ts";
import type { KeptEntry } from "../../lib/mesh/verified_entry.ts";
import { MeshLab } from "../tools/mesh_lab.ts";

/** A disk that did not get to write the end of it before the power was cut. */
class LosingStore extends MemoryStore {
  #disk: MemoryStore = new MemoryStore();

  override append(own: KeptEntry): Promise<void> {
    return this.#disk.append(own);
  }

  override keep(entries: KeptEntry[]): Promise<void> {
    return this.#disk.keep(entries);
  }

  override load(channel: string): Promise<StoredChannel> {
    return this.#disk.load(channel);
  }

  override raiseHead(...head: Parameters<MemoryStore["raiseHead"]>) {
    return this.#disk.raiseHead(...head);
  }

  /** All but the first `count` entries of each log are gone. */
  async lose(count: number): Promise<void> {
    const { entries, heads } = await this.load("general");
    this.#disk = new MemoryStore();
    const left = entries.filter(({ entry }) => entry.seq <= count)
      .toSorted((a, b) => a.entry.seq - b.entry.seq);
    for (const kept of left) {
      if (heads.has(kept.entry.author)) await this.#disk.append(kept);
      else await this.#disk.keep([kept]);
    }
  }
}

function texts(peer: Peer): string[] {
  return peer.messages("general").map(({ text }) => text);
}

/** Alice has said three things to Bob, and her store has the first of them. */
async function afterAPowerCut() {
  const lab = new MeshLab();
  const store = new LosingStore();
  const [alice, bob] = [await lab.open("alice", store), await lab.open("bob")];
  const forks: string[] = [];
  for (const text of ["one", "two", "three"]) {
    void alice.send("general", text);
    await lab.run(100);
  }
  alice.stop();
  await lab.run(1_000);
  await store.lose(1);
  const again = lab.page("alice", store);
  for (const peer of [bob, again]) {
    peer.listen(({ type }) => {
      if (type === "fork-found") forks.push(peer.self.user);
    });
  }
  return { lab, store, bob, again, forks };
}

Deno.test("A page that is written in at once after a power cut forks nothing, and has back what its store lost", async () => {
  const { lab, store, bob, again, forks } = await afterAPowerCut();
  void again.start();
  await lab.run(50);
  const sending = again.send("general", "four");
  assert.equal(again.messages("general").at(-1)?.pending, true);
  await lab.run(2_000);
  assert.equal((await sending).seq, 4);
  assert.deepEqual(forks, []);
  for (const peer of [again, bob]) {
    assert.deepEqual(texts(peer), ["one", "two", "three", "four"]);
  }
  await lab.run(1_000);
  again.stop();
  const third = await lab.open("alice", store);
  await third.send("general", "five");
  await lab.run(1_000);
  assert.deepEqual(texts(bob), ["one", "two", "three", "four", "five"]);
  assert.deepEqual(forks, []);
  for (const peer of [third, bob, lab]) peer.stop();
});

Deno.test("A peer that is written with before it has started forks nothing either", async () => {
  const { lab, bob, again, forks } = await afterAPowerCut();
  const sending = again.send("general", "four");
  await lab.run(50);
  void again.start();
  await lab.run(2_000);
  assert.equal((await sending).seq, 4);
  assert.deepEqual(forks, []);
  assert.deepEqual(texts(bob), ["one", "two", "three", "four"]);
  for (const peer of [again, bob, lab]) peer.stop();
});

Deno.test("A page that is alone writes at once, and one without a tracker after a while", async () => {
  const lab = new MeshLab();
  const store = new MemoryStore();
  const alice = lab.page("alice", store);
  void alice.start();
  const sending = alice.send("general", "to whoever comes");
  await lab.run(200);
  assert.equal((await sending).seq, 1);
  alice.stop();
  lab.killTracker();
  const again = lab.page("alice", store);
  void again.start();
  const later = again.send("general", "offline");
  await lab.run(CATCH_UP_MS - 500);
  assert.equal(again.messages("general").at(-1)?.pending, true);
  await lab.run(1_000);
  assert.equal((await later).seq, 2);
  for (const one of [again, lab]) one.stop();
});
