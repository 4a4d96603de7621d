import assert from "node:assert/strict";
import {
  BAN_MS,
  REFUSED_REST_MS,
  RETRY_MAX_MS,
  RETRY_MIN_MS,
} from "../../lib/mesh/contacts.ts";
import {
  ASLEEP_MS,
  AWAY_MS,
  DIAL_TIMEOUT_MS,
} from "../../lib/mesh/deadlines.ts";
import { DIAL_GRACE_MS } from "../../lib/mesh/overlay.ts";
import { seededRandom } from "../../lib/random.ts";
import { deviceKey } from "../tools/cheap_keys.ts";
import { peerId } from "../tools/ids.ts";
import {
  bob,
  carol,
  crowd,
  dialed,
  GENERAL,
  hungUp,
  link,
  newOverlay,
  NOW,
  open,
  roster,
  self,
} from "../tools/overlay_lab.ts";

Deno.test("Overlay.roster() dials everyone but ourselves at once", () => {
  const overlay = newOverlay();
  const us = { peer: self, user: "self" };
  const actions = overlay.roster(
    { channel: "general", size: 3, peers: [us, bob, carol] },
    NOW,
  );
  assert.deepEqual(dialed(actions).toSorted(), [bob.peer, carol.peer]);
});

Deno.test("Overlay.joined() leaves a newcomer time to dial us first", () => {
  const overlay = newOverlay();
  assert.deepEqual(overlay.joined("general", { ...bob, size: 2 }, NOW), []);
  assert.equal(overlay.dueAt, NOW + DIAL_GRACE_MS);
  assert.deepEqual(dialed(overlay.tick(NOW + DIAL_GRACE_MS)), [bob.peer]);
});

Deno.test("Overlay.called() keeps us from dialling a peer that dials us", () => {
  const overlay = newOverlay();
  overlay.joined("general", { ...bob, size: 2 }, NOW);
  assert.equal(overlay.called(bob, GENERAL, NOW + 10), true);
  open(overlay, bob);
  assert.deepEqual(overlay.tick(NOW + DIAL_GRACE_MS), []);
});

Deno.test("Overlay.tick() gives up a dial that never opens and waits longer each time", () => {
  const overlay = newOverlay();
  roster(overlay, [bob]);
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
  roster(overlay, [bob]);
  open(overlay, bob);
  overlay.closed(bob.peer, "broken", NOW + 60_000);
  assert.ok(overlay.dueAt - (NOW + 60_000) <= 1_000);
});

Deno.test("Overlay.setSignaling() holds all dials while the tracker is away, then makes them", () => {
  const overlay = newOverlay();
  overlay.setSignaling(false, NOW);
  assert.deepEqual(roster(overlay, [bob]), []);
  const back = overlay.setSignaling(true, NOW + 5);
  assert.deepEqual(dialed(back), [bob.peer]);
});

Deno.test("Overlay.left() keeps a link that lives, whatever the tracker says", () => {
  const overlay = newOverlay();
  roster(overlay, [bob]);
  open(overlay, bob);
  assert.deepEqual(overlay.left("general", { ...bob, size: 1 }, NOW), []);
  assert.equal(overlay.contact(bob.peer)?.state, "linked");
});

Deno.test("Overlay.left() forgets at once who is not linked: a refresh leaves no ghost", () => {
  const overlay = newOverlay();
  roster(overlay, [bob]);
  assert.deepEqual(hungUp(overlay.left("general", { ...bob, size: 1 }, NOW)), [
    bob.peer,
  ]);
  assert.equal(overlay.contact(bob.peer), undefined);
});

Deno.test("Overlay.closed() forgets who has left the tracker and then hung up", () => {
  const overlay = newOverlay();
  roster(overlay, [bob]);
  open(overlay, bob);
  overlay.left("general", { ...bob, size: 1 }, NOW);
  overlay.closed(bob.peer, undefined, NOW);
  assert.equal(overlay.contact(bob.peer), undefined);
});

Deno.test("Overlay.closed() shows who broke off without a word as lost for a while", () => {
  const overlay = newOverlay();
  roster(overlay, [bob]);
  open(overlay, bob);
  overlay.left("general", { ...bob, size: 1 }, NOW);
  overlay.closed(bob.peer, "broken", NOW);
  assert.equal(overlay.contact(bob.peer)?.state, "lost");
  overlay.tick(NOW + AWAY_MS);
  assert.equal(overlay.contact(bob.peer), undefined);
});

Deno.test("Overlay.ban() hangs up and neither dials nor answers for its time", () => {
  const overlay = newOverlay();
  roster(overlay, [bob]);
  assert.deepEqual(hungUp(overlay.ban(bob.peer, NOW)), [bob.peer]);
  assert.equal(overlay.called(bob, GENERAL, NOW + 1), false);
  assert.deepEqual(roster(overlay, [bob], { now: NOW + 1 }), []);
  assert.equal(overlay.called(bob, GENERAL, NOW + BAN_MS), true);
});

Deno.test("Overlay.ban() holds the device off under any other name as well, for its time", () => {
  const overlay = newOverlay();
  const device = deviceKey("bob");
  const second = { peer: peerId("bob2"), user: "bob" };
  roster(overlay, [bob, second, carol]);
  open(overlay, bob, { device });
  open(overlay, second, { device });
  open(overlay, carol);
  assert.deepEqual(hungUp(overlay.ban(bob.peer, NOW)), [bob.peer, second.peer]);
  assert.equal(overlay.isBanned(device, NOW + BAN_MS - 1), true);
  assert.equal(overlay.isBanned(device, NOW + BAN_MS), false);
  assert.equal(overlay.isBanned(deviceKey(carol.peer), NOW), false);
});

Deno.test("Overlay.retryNow() forgets the back-off", () => {
  const overlay = newOverlay();
  roster(overlay, [bob]);
  overlay.closed(bob.peer, "no-route", NOW);
  overlay.retryNow(NOW + 1);
  assert.deepEqual(dialed(overlay.tick(NOW + 1)), [bob.peer]);
});

Deno.test("Overlay.tick() an hour late gives a dial its whole time, and dials no storm", () => {
  const overlay = newOverlay();
  const hour = 3_600_000;
  roster(overlay, [bob]);
  assert.deepEqual(overlay.tick(NOW + hour), [], "slept through");
  assert.equal(overlay.dueAt, NOW + hour + DIAL_TIMEOUT_MS);
  link(overlay, bob, { now: NOW + hour + 100 });
  const later = overlay.tick(NOW + hour + DIAL_TIMEOUT_MS);
  assert.deepEqual(hungUp(later), [], "a fresh link lives");
  const large = newOverlay(seededRandom(5));
  for (const peer of dialed(roster(large, crowd(50), { size: 900 }))) {
    link(large, { peer });
  }
  assert.deepEqual(dialed(large.tick(NOW + hour)), []);
});

Deno.test("Overlay does not wait for an hour when the clock is set back by one", () => {
  const overlay = newOverlay();
  roster(overlay, [bob]);
  overlay.closed(bob.peer, "no-route", NOW);
  const back = NOW - 3_600_000;
  overlay.tick(back);
  assert.ok(overlay.dueAt <= back + ASLEEP_MS, `${overlay.dueAt - back}`);
  assert.deepEqual(dialed(overlay.tick(overlay.dueAt)), [bob.peer]);
});

Deno.test("Overlay.refused() keeps apart for a while, says why, and forgets it once linked", () => {
  const overlay = newOverlay();
  assert.deepEqual(dialed(roster(overlay, [bob])), [bob.peer]);
  const actions = overlay.refused(bob.peer, "bad-proof", NOW);
  assert.deepEqual(hungUp(actions), [bob.peer]);
  assert.deepEqual(dialed(actions), []);
  assert.equal(overlay.contact(bob.peer)?.problem, "bad-proof");
  const later = NOW + REFUSED_REST_MS;
  assert.equal(overlay.called(bob, GENERAL, later - 1), false);
  assert.deepEqual(dialed(overlay.tick(later - 1)), []);
  assert.deepEqual(dialed(overlay.tick(later)), [bob.peer]);
  link(overlay, bob, { now: later });
  assert.equal(overlay.contact(bob.peer)?.problem, undefined);
});

Deno.test("Overlay.refused() tries one soon whose certificate was taken back, and less often each time", () => {
  const overlay = newOverlay();
  roster(overlay, [bob]);
  let now = NOW;
  for (let waitMs = 2 * RETRY_MIN_MS; waitMs < RETRY_MAX_MS; waitMs *= 2) {
    overlay.refused(bob.peer, "revoked", now);
    assert.equal(overlay.called(bob, GENERAL, now + waitMs - 1), false);
    assert.deepEqual(dialed(overlay.tick(now + waitMs - 1)), []);
    now += waitMs;
    assert.deepEqual(dialed(overlay.tick(now)), [bob.peer]);
  }
});

Deno.test("Overlay.retryNow() lets one in again whose hello did not hold", () => {
  const overlay = newOverlay();
  roster(overlay, [bob]);
  overlay.refused(bob.peer, "expired", NOW);
  overlay.retryNow(NOW + 1);
  assert.equal(overlay.called(bob, GENERAL, NOW + 1), true);
});

Deno.test("Overlay.opened() names a user whom the tracker can't rename", () => {
  const overlay = newOverlay();
  roster(overlay, [bob]);
  open(overlay, bob);
  roster(overlay, [{ ...bob, user: "carol" }]);
  assert.equal(overlay.contact(bob.peer)?.user, "bob");
});
