import assert from "node:assert/strict";
import { LINKS_MAX } from "../../lib/mesh/link_budget.ts";
import { STRIKES_MAX } from "../../lib/mesh/link_guard.ts";
import type { Peer } from "../../lib/mesh/peer.ts";
import { RELAY_RATE } from "../../lib/mesh/signal_relay.ts";
import { MemoryStore } from "../../lib/mesh/store.ts";
import { encodeLinkMessage, type LinkMessage } from "../../lib/wire/link.ts";
import { peerId } from "../tools/ids.ts";
import { MeshLab, people, texts } from "../tools/mesh_lab.ts";

/** Long enough for every back-off. */
const WHILE_MS = 60_000;

/** A newcomer that has met bob only, and then the tracker died. */
async function introduction(lab: MeshLab): Promise<Peer[]> {
  const bob = await lab.open("bob");
  const carol = await lab.open("carol");
  lab.network.blockedPeers.add(carol.self.peer);
  const dave = await lab.open("dave");
  assert.deepEqual(people(dave), ["bob direct", "carol relayed"]);
  lab.killTracker();
  await lab.run(1_000);
  lab.network.blockedPeers.clear();
  return [bob, carol, dave];
}

function injects(lab: MeshLab, from: Peer, to: Peer, said: LinkMessage): void {
  const text = encodeLinkMessage(said);
  lab.network.inject(from.self.peer, to.self.peer, [text]);
}

Deno.test("A newcomer is introduced by a peer when the tracker is dead", async () => {
  const lab = new MeshLab();
  const [, carol, dave] = await introduction(lab) as [Peer, Peer, Peer];
  await lab.run(WHILE_MS);
  assert.deepEqual(people(dave), ["bob direct", "carol direct"]);
  assert.deepEqual(people(carol), ["bob direct", "dave direct"]);
  carol.send("general", "welcome");
  await lab.run(500);
  assert.deepEqual(texts(dave), ["welcome"]);
  lab.stop();
});

Deno.test("A link that broke comes back through a neighbour when the tracker is dead", async () => {
  const lab = new MeshLab();
  const bob = await lab.open("bob");
  const carol = await lab.open("carol");
  const dave = await lab.open("dave");
  lab.killTracker();
  await lab.run(1_000);
  lab.network.cutBetween(carol.self.peer, dave.self.peer);
  await lab.run(WHILE_MS);
  assert.deepEqual(people(carol), ["bob direct", "dave direct"]);
  assert.deepEqual(people(bob), ["carol direct", "dave direct"]);
  lab.stop();
});

Deno.test("A running mesh closes up when members leave and the tracker is dead", async () => {
  const lab = new MeshLab();
  const peers: Peer[] = [];
  for (let at = 0; at < 6; at++) peers.push(await lab.open(`user${at}`));
  lab.killTracker();
  await lab.run(1_000);
  const [first, second] = peers.splice(0, 2) as [Peer, Peer];
  first.stop();
  second.stop();
  await lab.run(WHILE_MS);
  for (const peer of peers) {
    const others = peers.filter((other) => other !== peer)
      .map(({ self }) => `${self.user} direct`);
    assert.deepEqual(people(peer), others, "no ghost of those that left");
  }
  lab.stop();
});

Deno.test("A page that is reloaded while the tracker is dead leaves no ghost, and is met when it is back", async () => {
  const lab = new MeshLab();
  const bob = await lab.open("bob");
  const store = new MemoryStore();
  const before = await lab.open("alice", store);
  lab.killTracker();
  await lab.run(1_000);
  before.stop();
  const after = await lab.open("alice", store);
  await lab.run(WHILE_MS);
  assert.deepEqual(people(bob), []);
  lab.startTracker();
  await lab.run(20_000);
  assert.deepEqual(people(bob), ["alice direct"]);
  assert.deepEqual(people(after), ["bob direct"]);
  lab.stop();
});

Deno.test("A channel is joined and left fifty times, and everyone is there at the end", async () => {
  const lab = new MeshLab();
  const alice = await lab.open("alice");
  const bob = await lab.open("bob");
  bob.join("tea");
  for (let round = 0; round < 50; round++) {
    alice.join("tea");
    await lab.run(200);
    alice.leave("tea");
    await lab.run(100);
  }
  assert.deepEqual(people(bob, "tea"), []);
  alice.join("tea");
  await lab.run(1_000);
  assert.deepEqual(people(bob, "tea"), ["alice direct"]);
  assert.deepEqual(people(alice, "tea"), ["bob direct"]);
  lab.stop();
});

Deno.test("Both sides dial at once, again and again, and one link comes of it", async () => {
  const lab = new MeshLab();
  const alice = await lab.open("alice");
  const bob = await lab.open("bob");
  for (let round = 0; round < 20; round++) {
    lab.network.cut(() => true);
    alice.retryNow();
    bob.retryNow();
    await lab.run(3_000);
    assert.deepEqual(people(alice), ["bob direct"], `round ${round}`);
    assert.deepEqual(people(bob), ["alice direct"], `round ${round}`);
  }
  alice.send("general", "one link");
  await lab.run(500);
  assert.deepEqual(texts(bob), ["one link"]);
  lab.stop();
});

Deno.test("A laptop that slept for an hour is back in the talk within seconds", async () => {
  const lab = new MeshLab();
  const alice = await lab.open("alice");
  const bob = await lab.open("bob");
  // Its timers did not run; the others gave it up long ago.
  lab.network.cut(() => true);
  lab.network.blockedPeers.add(alice.self.peer);
  await lab.run(120_000);
  bob.send("general", "while you slept");
  lab.clock.advance(3_600_000);
  await lab.run(50);
  lab.network.blockedPeers.clear();
  // The page becomes visible.
  alice.retryNow();
  await lab.run(5_000);
  assert.deepEqual(people(alice), ["bob direct"]);
  assert.deepEqual(texts(alice), ["while you slept"]);
  lab.stop();
});

Deno.test("A channel of sixty keeps about six links each, and shows how many there are", async () => {
  const lab = new MeshLab();
  const peers: Peer[] = [];
  for (let at = 0; at < 60; at++) peers.push(await lab.open(`user${at}`));
  await lab.run(120_000);
  const links = peers.map((peer) =>
    people(peer).filter((person) => person.endsWith("direct")).length
  ).toSorted((a, b) => a - b);
  const median = links[links.length / 2] ?? 0;
  assert.ok(median >= 5 && median <= 8, `${median}`);
  assert.ok(Math.max(...links) <= LINKS_MAX);
  for (const peer of peers) {
    const [general] = peer.channels();
    assert.equal(general?.peers, 60);
    const connecting = people(peer).filter((one) =>
      /connecting|away/.test(one)
    );
    assert.deepEqual(connecting, []);
  }
  lab.stop();
});

Deno.test("A peer that has others flooded with signals is let go", async () => {
  const lab = new MeshLab();
  const alice = await lab.open("alice");
  const mallory = await lab.open("mallory");
  const bob = await lab.open("bob");
  const hangUp = { type: "hang-up", link: peerId("x") } as const;
  const asked = RELAY_RATE.burst + STRIKES_MAX + 10;
  for (let at = 0; at < asked; at++) {
    const to = bob.self.peer;
    injects(lab, mallory, alice, { type: "relay-signal", to, signal: hangUp });
  }
  await lab.run(1_000);
  const reached = people(alice).filter((one) => one.endsWith("direct"));
  assert.deepEqual(reached, ["bob direct"]);
  assert.ok(people(bob).includes("alice direct"), "it only passed them on");
  lab.stop();
});

Deno.test("A neighbour can't end or take over a link that works", async () => {
  const lab = new MeshLab();
  const alice = await lab.open("alice");
  const mallory = await lab.open("mallory");
  const bob = await lab.open("bob");
  const offer = { type: "offer", link: peerId("mine"), sdp: "" } as const;
  const from = bob.self;
  for (let at = 0; at < 5; at++) {
    injects(lab, mallory, alice, {
      type: "signal-relayed",
      from: { peer: from.peer, user: from.user },
      signal: offer,
    });
  }
  await lab.run(1_000);
  assert.deepEqual(people(alice), ["bob direct", "mallory direct"]);
  bob.send("general", "still here");
  await lab.run(500);
  assert.deepEqual(texts(alice), ["still here"]);
  lab.stop();
});

Deno.test("A neighbour that calls people by other names, or speaks for us, is let go", async () => {
  const lies = (alice: Peer, bob: Peer) => [
    { peer: bob.self.peer, user: "admin" },
    { peer: alice.self.peer, user: "alice" },
  ];
  for (const which of [0, 1]) {
    const lab = new MeshLab();
    const alice = await lab.open("alice");
    const mallory = await lab.open("mallory");
    const bob = await lab.open("bob");
    const from = lies(alice, bob)[which] ?? bob.self;
    const signal = { type: "offer", link: peerId("x"), sdp: "" } as const;
    for (let at = 0; at < STRIKES_MAX; at++) {
      injects(lab, mallory, alice, { type: "signal-relayed", from, signal });
    }
    await lab.run(1_000);
    const reached = people(alice).filter((one) => one.endsWith("direct"));
    assert.deepEqual(reached, ["bob direct"]);
    lab.stop();
  }
});
