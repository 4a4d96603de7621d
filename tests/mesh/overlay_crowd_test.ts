import assert from "node:assert/strict";
import { REST_MS } from "../../lib/mesh/deadlines.ts";
import { PASSIVE_MAX } from "../../lib/mesh/directory.ts";
import {
  CONNECTIONS_MAX,
  ENDED_COUNTED_MS,
  LINKS_DIALED_MAX,
  LINKS_MAX,
} from "../../lib/mesh/link_budget.ts";
import { DROP_TIMEOUT_MS } from "../../lib/mesh/overlay.ts";
import type { OverlayAction } from "../../lib/mesh/overlay_action.ts";
import {
  ACTIVE_FILE_MAX,
  ACTIVE_KEPT,
  ACTIVE_MAX,
  ACTIVE_SOUGHT,
  ACTIVE_URGENT_MAX,
  FULL_MESH_MAX,
} from "../../lib/mesh/rooms.ts";
import { IN_USE_MS, SETTLE_MS } from "../../lib/mesh/spare_links.ts";
import { seededRandom } from "../../lib/random.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import type { NeighboursChanged } from "../../lib/wire/overlay.ts";
import type { PeerInfo } from "../../lib/wire/tracker_api.ts";
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
  saidTo,
} from "../tools/overlay_lab.ts";

Deno.test("Overlay links everyone to everyone up to FULL_MESH_MAX members, and not beyond", () => {
  const small = newOverlay();
  assert.equal(dialed(roster(small, crowd(FULL_MESH_MAX - 1))).length, 11);
  assert.equal(small.isFullMesh("general"), true);
  const large = newOverlay();
  const dials = dialed(roster(large, crowd(FULL_MESH_MAX)));
  assert.equal(dials.length, ACTIVE_SOUGHT);
  assert.equal(large.isFullMesh("general"), false);
});

Deno.test("Overlay knows how large a channel is of which it sees a sample", () => {
  const overlay = newOverlay();
  roster(overlay, crowd(50), { size: 4_000 });
  assert.equal(overlay.sizeOf("general"), 4_000);
  overlay.left("general", { peer: peerId("x"), size: 3_999 }, NOW);
  assert.equal(overlay.sizeOf("general"), 3_999);
  // A later sample does not mean that those whom it leaves out have left.
  roster(overlay, crowd(50, "other"), { size: 4_000 });
  assert.ok([...overlay.contacts()].some(({ user }) => /^peer/.test(user)));
});

Deno.test("Overlay remembers a bounded number of a large channel, and all that are linked", () => {
  const overlay = newOverlay(seededRandom(1));
  const linked = dialed(roster(overlay, crowd(50), { size: 1_000 }));
  for (const peer of linked) link(overlay, { peer });
  for (let round = 0; round < 20; round++) {
    roster(overlay, crowd(50, `round${round}-`), { size: 1_000 });
  }
  const known = [...overlay.contacts()];
  assert.ok(known.length <= PASSIVE_MAX + ACTIVE_SOUGHT, `${known.length}`);
  for (const peer of linked) assert.ok(overlay.contact(peer));
});

Deno.test("Overlay replaces a link of a large channel that breaks, from those it knows", () => {
  const overlay = newOverlay(seededRandom(1));
  const linked = dialed(roster(overlay, crowd(50), { size: 1_000 }));
  for (const peer of linked) link(overlay, { peer });
  const [lost = ""] = linked;
  const [next, ...more] = dialed(overlay.closed(lost, "broken", NOW + 1));
  assert.ok(next !== undefined && !linked.includes(next));
  assert.deepEqual(more, []);
});

Deno.test("Overlay dials again to whom a link broke, though it has links enough, until that one has left", () => {
  const overlay = newOverlay();
  const [lost = bob, ...others] = crowd(2 * FULL_MESH_MAX);
  roster(overlay, [lost, ...others]);
  for (const peer of [lost, ...others.slice(0, ACTIVE_SOUGHT)]) {
    overlay.called(peer, GENERAL, NOW);
    link(overlay, peer);
  }
  // The network has parted: there is nobody at the other end, for a while.
  let now = NOW;
  overlay.closed(lost.peer, "broken", now);
  let dials = 0;
  for (let step = 0; step < 200 && dials < 5; step++) {
    now = overlay.dueAt;
    if (!dialed(overlay.tick(now)).includes(lost.peer)) continue;
    dials++;
    overlay.closed(lost.peer, "no-answer", now);
  }
  assert.equal(dials, 5);
  assert.ok(now > NOW + 10_000, "less and less often");
  overlay.unreachable(lost.peer, now);
  assert.equal(overlay.contact(lost.peer), undefined);
});

Deno.test("Overlay asks the tracker for others when all it knows of fail, and not all the time", () => {
  const overlay = newOverlay();
  let now = NOW;
  const lists: number[] = [];
  const note = (actions: OverlayAction[]) => {
    for (const { type } of actions) if (type === "list-peers") lists.push(now);
    for (const peer of dialed(actions)) {
      note(overlay.closed(peer, "no-route", now));
    }
  };
  note(roster(overlay, crowd(3), { size: 1_000 }));
  for (; now < NOW + 60_000; now += 1_000) note(overlay.tick(now));
  assert.ok(lists.length >= 3 && lists.length <= 12, `${lists}`);
});

Deno.test("Overlay takes callers of a large channel up to ACTIVE_MAX, urgent ones beyond", () => {
  const overlay = newOverlay();
  const [first, ...others] = crowd(40) as [PeerInfo, ...PeerInfo[]];
  overlay.resized("general", 1_000, NOW);
  let taken = 0;
  for (const caller of others) {
    if (overlay.called(caller, GENERAL, NOW)) taken++;
  }
  assert.equal(taken, ACTIVE_MAX);
  const urgent = { channel: "general", urgent: true };
  for (const caller of crowd(10, "urgent")) {
    if (overlay.called(caller, urgent, NOW)) taken++;
  }
  assert.equal(taken, ACTIVE_URGENT_MAX);
  const elsewhere = { channel: "not-ours", urgent: true };
  assert.equal(overlay.called(first, elsewhere, NOW), false);
});

Deno.test("Overlay calls urgently while it has hardly a link", () => {
  const overlay = newOverlay();
  const urgencies = (actions: OverlayAction[]) =>
    actions.flatMap((action) =>
      action.type === "dial" ? [action.seeks.urgent] : []
    );
  const first = roster(overlay, crowd(50), { size: 1_000 });
  assert.ok(urgencies(first).every((urgent) => urgent));
  const linked = dialed(first);
  for (const peer of linked) link(overlay, { peer });
  const [lost = ""] = linked;
  assert.deepEqual(urgencies(overlay.closed(lost, "broken", NOW)), [false]);
});

Deno.test("Overlay lets a link go where both sides have links to spare", () => {
  const overlay = newOverlay(seededRandom(2));
  overlay.resized("general", 1_000, NOW);
  const callers = crowd(ACTIVE_MAX);
  for (const caller of callers) {
    overlay.called(caller, GENERAL, NOW);
    link(overlay, caller);
  }
  const rich = callers.slice(0, 3);
  for (const { peer } of rich) {
    const message: NeighboursChanged = {
      type: "neighbours-changed",
      channel: "general",
      peers: [],
      spare: true,
    };
    overlay.receive(peer, message, NOW);
  }
  const dropped: PeerId[] = [];
  for (let now = NOW; now < NOW + 60_000; now += 500) {
    const actions = overlay.tick(now);
    for (const { peer } of callers) {
      if (!saidTo(actions, peer).includes("link-dropped")) continue;
      dropped.push(peer);
      // The other side closes it.
      assert.deepEqual(dialed(overlay.closed(peer, undefined, now)), []);
    }
  }
  assert.equal(dropped.length, ACTIVE_MAX - ACTIVE_KEPT);
  for (const peer of dropped) {
    assert.ok(rich.some((info) => info.peer === peer));
    assert.ok(overlay.contact(peer), "still known");
  }
});

Deno.test("Overlay closes what the other side lets go, and does not dial it soon", () => {
  const overlay = newOverlay();
  const linked = dialed(roster(overlay, crowd(5), { size: 1_000 }));
  for (const peer of linked) link(overlay, { peer });
  const [peer = ""] = linked;
  const actions = overlay.receive(peer, { type: "link-dropped" }, NOW);
  assert.deepEqual(hungUp(actions), [peer]);
  assert.ok(!dialed(overlay.tick(NOW + REST_MS - 1)).includes(peer));
  assert.ok(dialed(overlay.tick(NOW + REST_MS)).includes(peer));
});

Deno.test("Overlay meets who holds a file beyond what the channel seeks, even if it was let go a moment ago", () => {
  const overlay = newOverlay();
  const linked = dialed(roster(overlay, crowd(5), { size: 1_000 }));
  for (const peer of linked) link(overlay, { peer });
  const [met] = overlay.meet(bob, "general", NOW);
  const seeks = { ...GENERAL, file: true };
  assert.deepEqual(met, { type: "dial", peer: bob.peer, seeks });
  assert.deepEqual(overlay.meet(bob, "general", NOW), []);
  const [dropped = ""] = linked;
  overlay.receive(dropped, { type: "link-dropped" }, NOW);
  const again = overlay.meet({ peer: dropped, user: "x" }, "general", NOW + 1);
  assert.deepEqual(dialed(again), [dropped]);
  assert.deepEqual(overlay.meet(carol, "elsewhere", NOW), []);
});

Deno.test("Overlay does not meet at once who could not be reached, nor anybody beyond LINKS_DIALED_MAX", () => {
  const overlay = newOverlay();
  overlay.resized("general", 1_000, NOW);
  overlay.meet(bob, "general", NOW);
  overlay.closed(bob.peer, "no-route", NOW);
  assert.deepEqual(dialed(overlay.meet(bob, "general", NOW)), []);
  for (const caller of crowd(LINKS_DIALED_MAX)) {
    overlay.meet(caller, "general", NOW);
    link(overlay, caller);
  }
  assert.deepEqual(dialed(overlay.meet(carol, "general", NOW)), []);
});

Deno.test("Overlay takes callers who want a file up to ACTIVE_FILE_MAX", () => {
  const overlay = newOverlay();
  overlay.resized("general", 1_000, NOW);
  const callers = crowd(ACTIVE_FILE_MAX + 1);
  const last = callers.pop() as PeerInfo;
  const seeks = { ...GENERAL, file: true as const };
  for (const [at, caller] of callers.entries()) {
    assert.equal(overlay.called(caller, GENERAL, NOW), at < ACTIVE_MAX);
    assert.equal(overlay.called(caller, seeks, NOW), true);
    link(overlay, caller);
  }
  assert.equal(overlay.called(last, seeks, NOW), false);
});

Deno.test("Overlay lets no link go over which pieces were just wanted", () => {
  const overlay = newOverlay(seededRandom(3));
  overlay.resized("general", 1_000, NOW);
  const callers = crowd(ACTIVE_MAX + 1);
  for (const caller of callers) {
    overlay.called(caller, { channel: "general", urgent: true }, NOW);
    link(overlay, caller);
  }
  let now = NOW;
  const drops = (ms: number) => {
    const actions: OverlayAction[] = [];
    for (const end = now + ms; now < end; now += 500) {
      actions.push(...overlay.tick(now));
    }
    return callers.filter(({ peer }) =>
      saidTo(actions, peer).includes("link-dropped")
    );
  };
  for (const { peer } of callers) overlay.inUse(peer, NOW);
  assert.deepEqual(drops(IN_USE_MS - SETTLE_MS), []);
  assert.ok(drops(IN_USE_MS).length > 0);
});

Deno.test("Overlay closes itself what the other side does not", () => {
  const overlay = newOverlay(seededRandom(3));
  overlay.resized("general", 1_000, NOW);
  for (const caller of crowd(ACTIVE_MAX + 1)) {
    overlay.called(caller, { channel: "general", urgent: true }, NOW);
    link(overlay, caller);
  }
  let dropped = "";
  let now = NOW;
  for (; dropped === ""; now += 500) {
    for (const action of overlay.tick(now)) {
      if (action.type !== "send") continue;
      if (action.message.type === "link-dropped") dropped = action.to;
    }
  }
  assert.deepEqual(hungUp(overlay.tick(now + DROP_TIMEOUT_MS)), [dropped]);
});

Deno.test("Overlay prefers whom several channels want, and shares the link", () => {
  const overlay = newOverlay(seededRandom(4));
  overlay.join("tea");
  overlay.setSignaling(false, NOW);
  const both = crowd(5, "both");
  roster(overlay, [...crowd(40, "general"), ...both], { size: 500 });
  const tea = { channel: "tea", size: 500 };
  roster(overlay, [...crowd(40, "tea"), ...both], tea);
  const dials = dialed(overlay.setSignaling(true, NOW));
  assert.deepEqual(
    dials.toSorted(),
    both.map(({ peer }) => peer).toSorted(),
  );
});

Deno.test("Overlay never has more links than LINKS_MAX, however many small channels it is in", () => {
  const overlay = newOverlay();
  let dials = 0;
  for (let room = 0; room < 12; room++) {
    const channel = `room${room}`;
    overlay.join(channel);
    const actions = roster(overlay, crowd(10, `r${room}-`), { channel });
    for (const peer of dialed(actions)) {
      dials++;
      link(overlay, { peer }, { channels: [channel] });
    }
  }
  for (let now = NOW; now < NOW + 5_000; now += 100) {
    for (const peer of dialed(overlay.tick(now))) {
      dials++;
      open(overlay, { peer }, { now });
    }
  }
  assert.equal(dials, LINKS_DIALED_MAX);
  let taken = 0;
  for (const caller of crowd(60, "caller")) {
    const seeks = { channel: "room0", urgent: true };
    if (!overlay.called(caller, seeks, NOW)) continue;
    taken++;
    open(overlay, caller);
  }
  assert.equal(dials + taken, LINKS_MAX);
});

Deno.test("Overlay counts connections that have ended until the browser has collected them", () => {
  const overlay = newOverlay();
  for (let ended = 0; ended < CONNECTIONS_MAX; ended++) {
    overlay.connectionEnded(NOW);
  }
  assert.deepEqual(dialed(roster(overlay, [bob])), []);
  assert.equal(overlay.called(carol, GENERAL, NOW), false);
  assert.equal(overlay.dueAt, NOW + ENDED_COUNTED_MS);
  const later = overlay.tick(NOW + ENDED_COUNTED_MS);
  assert.deepEqual(dialed(later), [bob.peer]);
});

Deno.test("Overlay counts the connections of one that calls again and again, and none of its channels that we are not in", () => {
  const overlay = newOverlay();
  const calls = (now: number) => {
    let taken = 0;
    for (let call = 0; call <= CONNECTIONS_MAX; call++) {
      const seeks = { channel: `room${call}`, urgent: true };
      if (!overlay.called(bob, call === 0 ? GENERAL : seeks, now)) break;
      taken++;
      // Each call takes the place of the one before it.
      overlay.connectionEnded(now);
    }
    return taken;
  };
  assert.equal(calls(NOW), CONNECTIONS_MAX);
  assert.deepEqual([...overlay.contact(bob.peer)?.channels ?? []], ["general"]);
  assert.equal(calls(NOW + ENDED_COUNTED_MS), CONNECTIONS_MAX);
});
