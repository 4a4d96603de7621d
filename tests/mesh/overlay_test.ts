import assert from "node:assert/strict";
import {
  AWAY_MS,
  BAN_MS,
  DIAL_GRACE_MS,
  DIAL_TIMEOUT_MS,
  Overlay,
  type OverlayAction,
  type OverlayOptions,
  RETRY_MAX_MS,
} from "../../lib/mesh/overlay.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import { peerId } from "../tools/ids.ts";

const self = peerId("self");
const bob = { peer: peerId("bob"), user: "bob" };
const carol = { peer: peerId("carol"), user: "carol" };
const NOW = 1_000_000;

function newOverlay(limits: Partial<OverlayOptions> = {}): Overlay {
  const overlay = new Overlay({ self, random: () => 0.5, ...limits });
  overlay.setSignaling(true, NOW);
  return overlay;
}

function dialed(actions: OverlayAction[]): PeerId[] {
  return actions.flatMap(({ type, peer }) => type === "dial" ? [peer] : []);
}

function hungUp(actions: OverlayAction[]): PeerId[] {
  return actions.flatMap(({ type, peer }) => type === "hang-up" ? [peer] : []);
}

Deno.test("Overlay.roster() dials everyone but ourselves at once", () => {
  const overlay = newOverlay();
  const us = { peer: self, user: "self" };
  const actions = overlay.roster("general", [us, bob, carol], NOW);
  assert.deepEqual(dialed(actions).toSorted(), [bob.peer, carol.peer]);
});

Deno.test("Overlay.joined() leaves a newcomer time to dial us first", () => {
  const overlay = newOverlay();
  assert.deepEqual(overlay.joined("general", bob, NOW), []);
  assert.equal(overlay.dueAt, NOW + DIAL_GRACE_MS);
  assert.deepEqual(dialed(overlay.tick(NOW + DIAL_GRACE_MS)), [bob.peer]);
});

Deno.test("Overlay.called() keeps us from dialling a peer that dials us", () => {
  const overlay = newOverlay();
  overlay.joined("general", bob, NOW);
  assert.equal(overlay.called(bob, NOW + 10), true);
  overlay.opened(bob.peer);
  assert.deepEqual(overlay.tick(NOW + DIAL_GRACE_MS), []);
});

Deno.test("Overlay.tick() gives up a dial that never opens and waits longer each time", () => {
  const overlay = newOverlay();
  overlay.roster("general", [bob], NOW);
  let now = NOW;
  const waits: number[] = [];
  for (let round = 0; round < 10; round++) {
    now += DIAL_TIMEOUT_MS;
    assert.deepEqual(hungUp(overlay.tick(now)), [bob.peer]);
    waits.push(overlay.dueAt - now);
    now = overlay.dueAt;
    assert.deepEqual(dialed(overlay.tick(now)), [bob.peer]);
  }
  assert.ok(waits.every((wait, at) => at === 0 || wait >= waits[at - 1]!));
  assert.equal(waits.at(-1), RETRY_MAX_MS);
  assert.equal(overlay.contact(bob.peer)?.problem, "no-answer");
});

Deno.test("Overlay.closed() dials again soon after a link that had worked", () => {
  const overlay = newOverlay();
  overlay.roster("general", [bob], NOW);
  overlay.opened(bob.peer);
  overlay.closed(bob.peer, "broken", NOW + 60_000);
  assert.ok(overlay.dueAt - (NOW + 60_000) <= 1_000);
});

Deno.test("Overlay.setSignaling() holds all dials while the tracker is away, then makes them", () => {
  const overlay = newOverlay();
  overlay.setSignaling(false, NOW);
  assert.deepEqual(overlay.roster("general", [bob], NOW), []);
  assert.equal(overlay.dueAt, Infinity);
  const back = overlay.setSignaling(true, NOW + 5);
  assert.deepEqual(dialed(back), [bob.peer]);
});

Deno.test("Overlay.left() keeps a link that lives, whatever the tracker says", () => {
  const overlay = newOverlay();
  overlay.roster("general", [bob], NOW);
  overlay.opened(bob.peer);
  assert.deepEqual(overlay.left("general", bob.peer), []);
  assert.equal(overlay.contact(bob.peer)?.state, "linked");
});

Deno.test("Overlay.left() forgets at once who is not linked: a refresh leaves no ghost", () => {
  const overlay = newOverlay();
  overlay.roster("general", [bob], NOW);
  assert.deepEqual(hungUp(overlay.left("general", bob.peer)), [bob.peer]);
  assert.equal(overlay.contact(bob.peer), undefined);
});

Deno.test("Overlay.closed() forgets who has left the tracker and then hung up", () => {
  const overlay = newOverlay();
  overlay.roster("general", [bob], NOW);
  overlay.opened(bob.peer);
  overlay.left("general", bob.peer);
  overlay.closed(bob.peer, undefined, NOW);
  assert.equal(overlay.contact(bob.peer), undefined);
});

Deno.test("Overlay.closed() shows who broke off without a word as lost for a while", () => {
  const overlay = newOverlay();
  overlay.roster("general", [bob], NOW);
  overlay.opened(bob.peer);
  overlay.left("general", bob.peer);
  overlay.closed(bob.peer, "broken", NOW);
  assert.equal(overlay.contact(bob.peer)?.state, "lost");
  overlay.tick(NOW + AWAY_MS);
  assert.equal(overlay.contact(bob.peer), undefined);
});

Deno.test("Overlay seeks no more links than it wants, and takes callers up to its cap", () => {
  const overlay = newOverlay({ linksSought: 1, linksMax: 2 });
  const dave = { peer: peerId("dave"), user: "dave" };
  const actions = overlay.roster("general", [bob, carol, dave], NOW);
  const [first] = dialed(actions);
  assert.equal(dialed(actions).length, 1);
  const [caller, late] = [bob, carol, dave].filter(({ peer }) =>
    peer !== first
  );
  assert.ok(caller && late);
  assert.equal(overlay.called(caller, NOW), true);
  assert.equal(overlay.called(late, NOW), false);
  assert.deepEqual(dialed(overlay.tick(NOW + 1)), []);
});

Deno.test("Overlay.ban() hangs up and neither dials nor answers for its time", () => {
  const overlay = newOverlay();
  overlay.roster("general", [bob], NOW);
  assert.deepEqual(hungUp(overlay.ban(bob.peer, NOW)), [bob.peer]);
  assert.equal(overlay.called(bob, NOW + 1), false);
  assert.deepEqual(overlay.roster("general", [bob], NOW + 1), []);
  assert.equal(overlay.called(bob, NOW + BAN_MS), true);
});

Deno.test("Overlay.retryNow() forgets the back-off", () => {
  const overlay = newOverlay();
  overlay.roster("general", [bob], NOW);
  overlay.closed(bob.peer, "no-route", NOW);
  overlay.retryNow(NOW + 1);
  assert.deepEqual(dialed(overlay.tick(NOW + 1)), [bob.peer]);
});
