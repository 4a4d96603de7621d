import assert from "node:assert/strict";
import {
  Broadcast,
  GRAFT_DELAY_MS,
  SHORTCUT_MS,
} from "../../lib/mesh/broadcast.ts";
import { seededRandom } from "../../lib/random.ts";

const ROOM = "general";

/** In a channel too large for a full mesh, with these neighbours. */
function inTree(...neighbours: string[]): Broadcast {
  const broadcast = new Broadcast();
  broadcast.setFullMesh(ROOM, false);
  for (const peer of neighbours) broadcast.neighbourUp(ROOM, peer);
  return broadcast;
}

Deno.test("Broadcast.route() pushes what is new to everyone but its source", () => {
  const broadcast = inTree("bob", "carol", "dave");
  assert.deepEqual(broadcast.route(ROOM).push, ["bob", "carol", "dave"]);
  assert.deepEqual(broadcast.route(ROOM, "carol"), {
    push: ["bob", "dave"],
    tell: ["carol"],
  });
});

Deno.test("Broadcast.route() reaches everyone from the author alone in a full mesh", () => {
  const broadcast = inTree("bob", "carol");
  broadcast.setFullMesh(ROOM, true);
  broadcast.pruned(ROOM, "carol");
  assert.deepEqual(broadcast.route(ROOM), { push: ["bob", "carol"], tell: [] });
  assert.deepEqual(broadcast.route(ROOM, "bob"), {
    push: [],
    tell: ["bob", "carol"],
  });
});

Deno.test("Broadcast.route() knows nobody in a channel that was left", () => {
  const broadcast = inTree("bob");
  broadcast.forget(ROOM);
  assert.deepEqual(broadcast.route(ROOM), { push: [], tell: [] });
  assert.deepEqual(inTree("bob").route("other"), { push: [], tell: [] });
});

Deno.test("Broadcast.duplicate() prunes the link, and it is told of news only", () => {
  const broadcast = inTree("bob", "carol");
  assert.equal(broadcast.duplicate(ROOM, "carol"), true);
  assert.deepEqual(broadcast.route(ROOM), { push: ["bob"], tell: ["carol"] });
  // It may have missed the first one, or made us eager again since.
  assert.equal(broadcast.duplicate(ROOM, "carol"), true);
});

Deno.test("Broadcast.duplicate() prunes nobody in a full mesh, and no stranger", () => {
  const broadcast = inTree("bob");
  assert.equal(broadcast.duplicate(ROOM, "mallory"), false);
  broadcast.setFullMesh(ROOM, true);
  assert.equal(broadcast.duplicate(ROOM, "bob"), false);
  broadcast.setFullMesh(ROOM, false);
  assert.deepEqual(broadcast.route(ROOM), { push: ["bob"], tell: [] });
});

Deno.test("Broadcast makes a neighbour eager again that brings or asks for what is new", () => {
  const back: [string, (broadcast: Broadcast) => void][] = [
    ["first receipt", (broadcast) => broadcast.firstReceipt(ROOM, "bob")],
    ["our graft", (broadcast) => void broadcast.graft(ROOM, "bob")],
    ["its graft", (broadcast) => broadcast.grafted(ROOM, "bob")],
  ];
  for (const [name, act] of back) {
    const broadcast = inTree("bob", "carol");
    broadcast.pruned(ROOM, "bob");
    assert.deepEqual(broadcast.route(ROOM).push, ["carol"], name);
    act(broadcast);
    assert.deepEqual(broadcast.route(ROOM).push, ["carol", "bob"], name);
  }
});

Deno.test("Broadcast adds no neighbour because of what a stranger says", () => {
  const broadcast = inTree("bob");
  broadcast.firstReceipt(ROOM, "mallory");
  broadcast.grafted(ROOM, "mallory");
  broadcast.pruned(ROOM, "mallory");
  assert.equal(broadcast.graft(ROOM, "mallory"), false);
  assert.deepEqual(broadcast.route(ROOM), { push: ["bob"], tell: [] });
});

Deno.test("Broadcast.neighbourDown() forgets the link, and it comes back eager", () => {
  const broadcast = inTree("bob", "carol");
  broadcast.duplicate(ROOM, "bob");
  broadcast.neighbourDown(ROOM, "bob");
  assert.deepEqual(broadcast.route(ROOM), { push: ["carol"], tell: [] });
  broadcast.neighbourUp(ROOM, "bob");
  assert.deepEqual(broadcast.route(ROOM), { push: ["carol", "bob"], tell: [] });
});

Deno.test("Broadcast.patienceMs() waits where a push may still be under way", () => {
  const patience = (broadcast: Broadcast, authorIsLinked: boolean) =>
    broadcast.patienceMs(ROOM, "bob", { authorIsLinked });
  const tree = inTree("bob");
  assert.equal(patience(tree, false), 0, "its push would have come first");
  tree.duplicate(ROOM, "bob");
  assert.equal(patience(tree, false), GRAFT_DELAY_MS);
  tree.setFullMesh(ROOM, true);
  assert.equal(patience(tree, true), GRAFT_DELAY_MS);
  assert.equal(patience(tree, false), 0, "nobody forwards in a full mesh");
});

Deno.test("Broadcast.overtaken() moves the tree to a much shorter way", () => {
  const broadcast = inTree("far", "near");
  broadcast.duplicate(ROOM, "near");
  const late = { announcer: "near", pusher: "far" };
  const hardly = { ...late, byMs: SHORTCUT_MS - 1 };
  assert.equal(broadcast.overtaken(ROOM, hardly), false);
  assert.equal(broadcast.overtaken(ROOM, { ...late, byMs: SHORTCUT_MS }), true);
  assert.deepEqual(broadcast.route(ROOM), { push: ["near"], tell: ["far"] });
});

/** Peers in a ring with chords, each with a Broadcast of its own. */
class Net {
  readonly links = new Map<number, Set<number>>();
  readonly cores: Broadcast[] = [];

  constructor(size: number) {
    const random = seededRandom(5);
    for (let peer = 0; peer < size; peer++) {
      this.links.set(peer, new Set());
      this.cores.push(inTree());
    }
    for (let peer = 0; peer < size; peer++) {
      this.link(peer, (peer + 1) % size);
      this.link(peer, Math.floor(random() * size));
      this.link(peer, Math.floor(random() * size));
    }
  }

  link(a: number, b: number): void {
    if (a === b) return;
    this.links.get(a)?.add(b);
    this.links.get(b)?.add(a);
    this.cores[a]?.neighbourUp(ROOM, `${b}`);
    this.cores[b]?.neighbourUp(ROOM, `${a}`);
  }

  remove(peer: number): void {
    for (const other of this.links.get(peer) ?? []) {
      this.links.get(other)?.delete(peer);
      this.cores[other]?.neighbourDown(ROOM, `${peer}`);
    }
    this.links.delete(peer);
  }

  /** Copies received of one entry of `author`, for each of the others. */
  say(author: number): Map<number, number> {
    const copies = new Map<number, number>();
    const told: [from: number, to: number][] = [];
    const pushes: [from: number, to: number][] = [];
    const spread = (from: number, source?: string) => {
      const { push, tell } = this.cores[from]!.route(ROOM, source);
      pushes.push(...push.map((to): [number, number] => [from, Number(to)]));
      told.push(...tell.map((to): [number, number] => [from, Number(to)]));
    };
    spread(author);
    while (pushes.length > 0 || told.length > 0) {
      const pushed = pushes.shift();
      const [from, to] = pushed ?? told.shift()!;
      const known = to === author || copies.has(to);
      if (pushed === undefined) {
        // Only an announcement: whoever lacks the entry grafts.
        if (known || !this.cores[to]!.graft(ROOM, `${from}`)) continue;
        this.cores[from]!.grafted(ROOM, `${to}`);
      } else if (known && this.cores[to]!.duplicate(ROOM, `${from}`)) {
        this.cores[from]!.pruned(ROOM, `${to}`);
      }
      copies.set(to, (copies.get(to) ?? 0) + 1);
      if (known) continue;
      this.cores[to]!.firstReceipt(ROOM, `${from}`);
      spread(to, `${from}`);
    }
    return copies;
  }
}

function mean(copies: Map<number, number>): number {
  const sum = [...copies.values()].reduce((total, count) => total + count, 0);
  return sum / copies.size;
}

Deno.test("Broadcast brings every entry to everyone, soon in one copy, from any author", () => {
  const net = new Net(300);
  const flood = net.say(0);
  assert.equal(flood.size, 299);
  assert.ok(mean(flood) > 3, "the first entry builds the tree");
  for (const author of [0, 1, 150, 299]) {
    const copies = net.say(author);
    copies.delete(author);
    assert.equal(copies.size, 299, `author ${author}`);
    assert.ok(mean(copies) < 1.05, `${mean(copies)} copies of ${author}`);
  }
});

Deno.test("Broadcast mends the tree with grafts when a third of the peers is gone", () => {
  const net = new Net(300);
  net.say(0);
  for (let peer = 1; peer < 300; peer += 3) net.remove(peer);
  const first = net.say(0);
  assert.equal(first.size, 199);
  const after = net.say(299);
  after.delete(299);
  assert.equal(after.size, 199);
  assert.ok(mean(after) < 1.05, `${mean(after)} copies`);
});
