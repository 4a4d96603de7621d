/**
 * Every policy on a pool of three.
 * @module
 */
import assert from "node:assert/strict";
import {
  type Candidate,
  chooseBackend,
  noteAnswer,
  POLICIES,
  type Policy,
} from "../../lib/proxy/balance.ts";
import { Health } from "../../lib/proxy/health.ts";
import { seededRandom } from "../../lib/random.ts";

const NOW = 1_000_000;

function backend(address: string, own: Partial<Candidate> = {}): Candidate {
  const health = new Health({ maxFails: 1, failTimeoutMs: 10_000 });
  return {
    address,
    weight: 1,
    backup: false,
    health,
    active: 0,
    responseMs: 0,
    answeredAt: NOW,
    owed: 0,
    ...own,
  };
}

function three(...own: Partial<Candidate>[]): Candidate[] {
  return ["a", "b", "c"].map((name, at) => backend(name, own[at]));
}

function seeker(clientAddress = "192.0.2.1", seed = 1) {
  return { clientAddress, random: seededRandom(seed), now: NOW };
}

/** The addresses that `count` requests go to. */
function picks(backends: Candidate[], policy: Policy, count: number): string {
  const from = seeker();
  return Array.from(
    { length: count },
    () => chooseBackend(backends, from, { policy })?.address,
  ).join("");
}

const { "round-robin": roundRobin } = POLICIES;

Deno.test("round-robin takes turns", () => {
  assert.equal(picks(three(), roundRobin, 7), "abcabca");
});

Deno.test("round-robin spreads a heavy backend's turns", () => {
  assert.equal(picks(three({ weight: 5 }), roundRobin, 14), "aabacaaaabacaa");
});

Deno.test("least-conn picks the least busy for its weight, in turn among equals", () => {
  const policy = POLICIES["least-conn"];
  assert.equal(
    picks(three({ active: 2 }, { active: 1 }, { active: 3 }), policy, 3),
    "bbb",
  );
  const weighted = three({ active: 3, weight: 4 }, { active: 1 }, {
    active: 1,
  });
  assert.equal(picks(weighted, policy, 2), "aa");
  assert.equal(picks(three({ active: 1 }), policy, 4), "bcbc");
});

Deno.test("least-time picks the shortest wait, and tries whom it does not know", () => {
  const policy = POLICIES["least-time"];
  const known = [{ responseMs: 10 }, { responseMs: 4, active: 2 }, {
    responseMs: 30,
  }];
  assert.equal(picks(three(...known), policy, 2), "aa");
  assert.equal(picks(three(...known.slice(0, 2)), policy, 1), "c");
});

Deno.test("least-time does not pile up on a backend that has not answered yet", () => {
  const backends = three({ responseMs: 5 }, { responseMs: 5 });
  const counts = new Map<string, number>();
  for (let at = 0; at < 60; at++) {
    const picked = chooseBackend(backends, seeker(), {
      policy: POLICIES["least-time"],
    })!;
    picked.active++;
    counts.set(picked.address, (counts.get(picked.address) ?? 0) + 1);
  }
  assert.ok(counts.get("a")! >= 5 && counts.get("b")! >= 5, `${[...counts]}`);
  assert.ok(counts.get("c")! > counts.get("a")!);
});

/** What each of three gets where they take so long for an answer. */
function timed(tookMs: (name: string, now: number) => number): string[] {
  const backends = three();
  const order: string[] = [];
  const random = seededRandom(1);
  for (let now = NOW; order.length < 2000; now += 50) {
    const from = { clientAddress: "", random, now };
    const picked = chooseBackend(backends, from, {
      policy: POLICIES["least-time"],
    })!;
    order.push(picked.address);
    noteAnswer(picked, { tookMs: tookMs(picked.address, now), now });
  }
  return order;
}

Deno.test("least-time asks a slow backend now and then, and comes back to one that recovered", () => {
  const slow = timed((name) => name === "c" ? 400 : 10);
  const rare = slow.filter((name) => name === "c").length;
  assert.ok(rare >= 2 && rare < 60, String(rare));
  const half = NOW + 50_000;
  const healed = timed((name, now) => name === "c" && now < half ? 400 : 10);
  const late = healed.slice(1500).filter((name) => name === "c").length;
  assert.ok(late > 100, String(late));
});

Deno.test("noteAnswer() averages, and takes the first answer whole", () => {
  const one = backend("a");
  noteAnswer(one, { tookMs: 100, now: NOW });
  assert.equal(one.responseMs, 100);
  noteAnswer(one, { tookMs: 200, now: NOW });
  assert.equal(one.responseMs, 120);
});

Deno.test("random spreads by weight and leans to the less busy", () => {
  const count = (backends: Candidate[], name: string) =>
    picks(backends, POLICIES.random, 3000).split(name).length - 1;
  for (const name of ["a", "b", "c"]) {
    const times = count(three(), name);
    assert.ok(times > 850 && times < 1150, `${name}: ${times}`);
  }
  assert.ok(count(three({ weight: 4 }), "a") > 1700);
  assert.ok(count(three({ active: 9 }), "a") < 500);
});

Deno.test("ip-hash keeps an address with its backend while another leaves", () => {
  const policy = POLICIES["ip-hash"];
  const backends = three();
  const moved = { kept: 0, lost: 0 };
  const shares = new Map<string, number>();
  for (let at = 0; at < 600; at++) {
    const from = seeker(`10.0.${at >> 8}.${at & 255}`);
    const before = policy(backends, from)!.address;
    assert.equal(policy([...backends].reverse(), from)!.address, before);
    shares.set(before, (shares.get(before) ?? 0) + 1);
    const after = policy(backends.slice(0, 2), from)!.address;
    if (before === "c") moved.lost++;
    else if (before === after) moved.kept++;
  }
  assert.equal(moved.kept + moved.lost, 600);
  for (const [name, share] of shares) {
    assert.ok(share > 140 && share < 260, `${name}: ${share}`);
  }
});

Deno.test("ip-hash gives a heavy backend its share", () => {
  const backends = three({ weight: 4 });
  let heavy = 0;
  for (let at = 0; at < 600; at++) {
    const from = seeker(`10.1.${at >> 8}.${at & 255}`);
    if (POLICIES["ip-hash"](backends, from)!.address === "a") heavy++;
  }
  assert.ok(heavy > 340 && heavy < 460, String(heavy));
});

Deno.test("every policy picks nobody from an empty pool", () => {
  for (const policy of Object.values(POLICIES)) {
    assert.equal(chooseBackend([], seeker(), { policy }), undefined);
  }
});

for (const [name, policy] of Object.entries(POLICIES)) {
  Deno.test(`chooseBackend() with ${name} skips a backend that is down`, () => {
    const backends = three();
    backends[1]!.health.failed(NOW);
    const found = new Set(picks(backends, policy, 40));
    assert.ok(!found.has("b"));
  });

  Deno.test(`chooseBackend() with ${name} leaves out whom it has tried`, () => {
    const backends = three();
    const tried = new Set([backends[0]!, backends[2]!]);
    const found = chooseBackend(backends, seeker(), { policy, tried });
    assert.equal(found?.address, "b");
    tried.add(backends[1]!);
    const none = chooseBackend(backends, seeker(), { policy, tried });
    assert.equal(none, undefined);
  });
}

Deno.test("chooseBackend() lets one request through to a backend on trial", () => {
  const backends = three();
  backends[1]!.health.failed(NOW);
  const from = { ...seeker(), now: NOW + 10_000 };
  const order = Array.from(
    { length: 9 },
    () => chooseBackend(backends, from, { policy: roundRobin })?.address,
  );
  assert.equal(order.filter((name) => name === "b").length, 1);
  backends[1]!.health.succeeded();
  const healed = Array.from(
    { length: 9 },
    () => chooseBackend(backends, from, { policy: roundRobin })?.address,
  );
  assert.equal(healed.filter((name) => name === "b").length, 3);
});

Deno.test("chooseBackend() keeps backups for when all others are down", () => {
  const backends = three({}, {}, { backup: true });
  assert.equal(picks(backends, roundRobin, 4), "abab");
  backends[0]!.health.failed(NOW);
  backends[1]!.health.failed(NOW);
  assert.equal(picks(backends, roundRobin, 2), "cc");
});

Deno.test("chooseBackend() asks the ones that are down where all are", () => {
  const backends = three({}, {}, { backup: true });
  for (const { health } of backends) health.failed(NOW);
  assert.equal(picks(backends, roundRobin, 3), "abc");
});

Deno.test("chooseBackend() never ejects the only backend", () => {
  const only = backend("a");
  only.health.failed(NOW);
  assert.equal(picks([only], roundRobin, 2), "aa");
});
