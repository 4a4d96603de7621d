import assert from "node:assert/strict";
import { AWAY_MS } from "../../lib/mesh/deadlines.ts";
import { DIAL_GRACE_MS } from "../../lib/mesh/overlay.ts";
import { seededRandom } from "../../lib/random.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import type { NeighboursChanged } from "../../lib/wire/overlay.ts";
import { peerId } from "../tools/ids.ts";
import {
  bob,
  carol,
  crowd,
  dialed,
  hungUp,
  link,
  newOverlay,
  NOW,
  roster,
  saidTo,
  self,
} from "../tools/overlay_lab.ts";

Deno.test("Overlay meets through neighbours whom the tracker can't name, and knows the way", () => {
  const overlay = newOverlay();
  roster(overlay, [bob]);
  link(overlay, bob);
  overlay.setSignaling(false, NOW);
  const dave = { peer: peerId("dave"), user: "dave" };
  overlay.receive(bob.peer, {
    type: "neighbours-changed",
    channel: "general",
    peers: [{ peer: self, user: "self" }, dave],
    spare: false,
  }, NOW);
  assert.deepEqual(dialed(overlay.tick(NOW + DIAL_GRACE_MS)), [dave.peer]);
  assert.equal(overlay.relayTo(dave.peer), bob.peer);
  assert.equal(overlay.contact(dave.peer)?.vouched, false);
});

Deno.test("Overlay learns from neighbours as soon as the tracker is away whom it had not met", () => {
  const overlay = newOverlay();
  roster(overlay, [bob]);
  link(overlay, bob);
  const said: NeighboursChanged = {
    type: "neighbours-changed",
    channel: "general",
    peers: [carol],
    spare: false,
  };
  overlay.receive(bob.peer, said, NOW);
  assert.equal(overlay.contact(carol.peer), undefined, "the tracker knows");
  overlay.setSignaling(false, NOW);
  assert.deepEqual(dialed(overlay.tick(NOW + DIAL_GRACE_MS)), [carol.peer]);
});

Deno.test("Overlay.unreachable() forgets whom nobody can reach, or goes through a neighbour", () => {
  const overlay = newOverlay();
  roster(overlay, [bob, carol]);
  link(overlay, bob);
  const gone = overlay.unreachable(carol.peer, NOW);
  assert.deepEqual(hungUp(gone), [carol.peer]);
  assert.equal(overlay.contact(carol.peer), undefined);
  roster(overlay, [bob, carol]);
  overlay.receive(bob.peer, {
    type: "neighbours-changed",
    channel: "general",
    peers: [carol],
    spare: false,
  }, NOW);
  overlay.unreachable(carol.peer, NOW);
  const again = overlay.tick(overlay.dueAt);
  assert.deepEqual(dialed(overlay.tick(NOW + 5_000)), [carol.peer]);
  assert.deepEqual(hungUp(again), []);
  // Bob lied, or lost it too.
  const refused = { type: "relay-failed", to: carol.peer } as const;
  assert.deepEqual(hungUp(overlay.receive(bob.peer, refused, NOW + 5_000)), [
    carol.peer,
  ]);
  assert.equal(overlay.contact(carol.peer), undefined);
});

Deno.test("Overlay shows whom nobody leads to as away for a while, when the tracker is too", () => {
  const overlay = newOverlay();
  roster(overlay, [bob]);
  link(overlay, bob);
  overlay.setSignaling(false, NOW);
  overlay.closed(bob.peer, undefined, NOW);
  assert.equal(overlay.contact(bob.peer)?.state, "lost");
  overlay.tick(NOW + AWAY_MS);
  assert.equal(overlay.contact(bob.peer), undefined);
});

Deno.test("Overlay tells linked members whom else it is linked to, together", () => {
  const overlay = newOverlay();
  roster(overlay, [bob, carol]);
  link(overlay, bob);
  link(overlay, carol);
  const told = overlay.tick(overlay.dueAt);
  assert.deepEqual(saidTo(told, bob.peer), ["neighbours-changed"]);
  assert.deepEqual(saidTo(told, carol.peer), ["neighbours-changed"]);
  assert.deepEqual(saidTo(overlay.tick(NOW + 5_000), bob.peer), []);
});

Deno.test("Overlay shuffles what it knows of a large channel with one neighbour at a time", () => {
  const overlay = newOverlay(seededRandom(6));
  const linked = dialed(roster(overlay, crowd(20), { size: 1_000 }));
  for (const peer of linked) link(overlay, { peer });
  const asked: PeerId[] = [];
  for (let now = NOW; asked.length === 0; now += 1_000) {
    for (const action of overlay.tick(now)) {
      if (action.type !== "send" || action.message.type !== "shuffle") continue;
      asked.push(action.to);
      assert.ok(action.message.peers.length > 0);
    }
  }
  const [peer = ""] = asked;
  const other = linked.find((one) => one !== peer) ?? "";
  const dave = { peer: peerId("dave"), user: "dave" };
  const erin = { peer: peerId("erin"), user: "erin" };
  const reply = { type: "shuffle-reply", channel: "general" } as const;
  overlay.receive(other, { ...reply, peers: [erin] }, NOW);
  assert.equal(overlay.contact(erin.peer), undefined, "nobody asked it");
  overlay.receive(peer, { ...reply, peers: [dave] }, NOW);
  assert.equal(overlay.contact(dave.peer)?.vouched, false);
});

Deno.test("Overlay answers a neighbour's shuffles, but not a flood of them", () => {
  const overlay = newOverlay(seededRandom(7));
  const linked = dialed(roster(overlay, crowd(20), { size: 1_000 }));
  for (const peer of linked) link(overlay, { peer });
  const [peer = ""] = linked;
  let answers = 0;
  for (let at = 0; at < 100; at++) {
    const shuffle = {
      type: "shuffle",
      channel: "general",
      peers: crowd(8, `fake${at}-`),
    } as const;
    const actions = overlay.receive(peer, shuffle, NOW + at);
    answers += saidTo(actions, peer)
      .filter((type) => type === "shuffle-reply").length;
  }
  assert.equal(answers, 1);
  assert.ok([...overlay.contacts()].length <= 30);
});
