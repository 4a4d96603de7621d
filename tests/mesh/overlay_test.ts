import assert from "node:assert/strict";
import { BAN_MS, RETRY_MAX_MS } from "../../lib/mesh/contacts.ts";
import {
  ASLEEP_MS,
  AWAY_MS,
  DIAL_TIMEOUT_MS,
  REST_MS,
} from "../../lib/mesh/deadlines.ts";
import { PASSIVE_MAX } from "../../lib/mesh/directory.ts";
import {
  CONNECTIONS_MAX,
  ENDED_COUNTED_MS,
  LINKS_DIALED_MAX,
  LINKS_MAX,
} from "../../lib/mesh/link_budget.ts";
import {
  DIAL_GRACE_MS,
  DROP_TIMEOUT_MS,
  Overlay,
  REFUSED_REST_MS,
} from "../../lib/mesh/overlay.ts";
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
import { deviceKey } from "../tools/cheap_keys.ts";
import { peerId } from "../tools/ids.ts";

const self = peerId("self");
const bob = { peer: peerId("bob"), user: "bob" };
const carol = { peer: peerId("carol"), user: "carol" };
const NOW = 1_000_000;
const GENERAL = { channel: "general", urgent: false };

function newOverlay(random = () => 0.5): Overlay {
  const overlay = new Overlay({ self, random });
  overlay.join("general");
  overlay.setSignaling(true, NOW);
  return overlay;
}

/** The tracker names `peers`, all that are in the channel besides us. */
function roster(
  overlay: Overlay,
  peers: PeerInfo[],
  { now = NOW, channel = "general", size = peers.length + 1 } = {},
): OverlayAction[] {
  return overlay.roster({ channel, size, peers }, now);
}

function crowd(count: number, name = "peer"): PeerInfo[] {
  return Array.from({ length: count }, (_, at) => {
    const user = `${name}${at}`;
    return { peer: peerId(user), user };
  });
}

/** A link to it is verified; each peer is a device of its own unless said. */
function open(
  overlay: Overlay,
  { peer }: { peer: PeerId },
  { now = NOW, device = deviceKey(peer) } = {},
): void {
  const user = overlay.contact(peer)?.user ?? "nobody";
  overlay.opened({ peer, user, device }, now);
}

/** Its link opens, and it says where it is. */
function link(
  overlay: Overlay,
  { peer }: { peer: PeerId },
  { now = NOW, channels = ["general"] } = {},
): OverlayAction[] {
  open(overlay, { peer }, { now });
  return overlay.greeted(peer, channels, now);
}

function dialed(actions: OverlayAction[]): PeerId[] {
  return actions.flatMap((action) =>
    action.type === "dial" ? [action.peer] : []
  );
}

function hungUp(actions: OverlayAction[]): PeerId[] {
  return actions.flatMap((action) =>
    action.type === "hang-up" ? [action.peer] : []
  );
}

/** The types of the messages to `peer`. */
function saidTo(actions: OverlayAction[], peer: PeerId): string[] {
  return actions.flatMap((action) =>
    action.type === "send" && action.to === peer ? [action.message.type] : []
  );
}

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
