/**
 * A hostile tracker: it changes the certificates' fingerprints in what it
 * passes on, so that links lead to itself.
 * @module
 */
import assert from "node:assert/strict";
import type { Change, LinkRefusal } from "../../lib/mesh/chat.ts";
import type { MiddleMan } from "../../lib/mesh/memory_link.ts";
import type { Peer } from "../../lib/mesh/peer.ts";
import { MeshLab, people, texts } from "../tools/mesh_lab.ts";

const FINGERPRINT = Array(32).fill("66").join(":");
const LINE = /a=fingerprint:sha-256 [0-9A-F:]+/g;

/** A lab whose tracker names its own certificate to both sides. */
function hostileLab(pass?: MiddleMan["pass"]): MeshLab {
  const lab = new MeshLab();
  lab.tamper = (request) =>
    request.replaceAll(LINE, `a=fingerprint:sha-256 ${FINGERPRINT}`);
  if (pass !== undefined) {
    lab.network.middleMan = { fingerprint: FINGERPRINT, pass };
  }
  return lab;
}

type Refused = Extract<Change, { type: "link-refused" }>;

function refusals(peer: Peer): Refused[] {
  const told: Refused[] = [];
  peer.listen((change) => {
    if (change.type === "link-refused") told.push(change);
  });
  return told;
}

interface Meeting {
  alice: Peer;
  bob: Peer;
  refused: Refused[];
}

async function meet(lab: MeshLab): Promise<Meeting> {
  const alice = await lab.open("alice");
  const refused = refusals(alice);
  void alice.send("general", "a secret");
  const bob = await lab.open("bob");
  await lab.run(20_000);
  return { alice, bob, refused };
}

/** What alice and bob each say about the other. */
function assertApart(
  { alice, bob }: Meeting,
  problems: (LinkRefusal | undefined)[],
): void {
  assert.deepEqual(texts(bob), []);
  assert.deepEqual(people(alice), ["bob connecting"]);
  assert.deepEqual(people(bob), ["alice connecting"]);
  const said = [alice, bob].map((peer) => peer.people("general")[0]?.problem);
  assert.deepEqual(said, problems);
}

Deno.test("A tracker that only changes fingerprints keeps two apart, and hears nothing", async () => {
  const lab = hostileLab();
  const { bob, alice, refused } = await meet(lab);
  assert.deepEqual(texts(bob), []);
  assert.deepEqual(people(alice), ["bob connecting"]);
  assert.equal(alice.people("general")[0]?.problem, "no-route");
  assert.deepEqual(refused, []);
  lab.stop();
});

Deno.test("A tracker in the middle that passes everything on is found by both, and hears two hellos", async () => {
  const heard: string[] = [];
  const lab = hostileLab((text) => {
    heard.push(JSON.parse(text).type);
    return [text];
  });
  const meeting = await meet(lab);
  assertApart(meeting, ["bad-proof", "bad-proof"]);
  const told = meeting.refused.map(({ user, refusal }) => [user, refusal]);
  assert.deepEqual(told, [["bob", "bad-proof"]]);
  assert.deepEqual([...new Set(heard)], ["hello"]);
  assert.equal(meeting.alice.trouble, "none");
  lab.stop();
});

Deno.test("A tracker in the middle is named on both sides, however late one of them hears the other's hello", async () => {
  const lab = hostileLab((text) => [text]);
  const alice = await lab.open("alice");
  lab.network.latencyMs = (to) => to === alice.self.peer ? 5 : 500;
  const bob = await lab.open("bob");
  await lab.run(5_000);
  const said = [alice, bob].map((peer) => peer.people("general")[0]?.problem);
  assert.deepEqual(said, ["bad-proof", "bad-proof"]);
  lab.stop();
});

Deno.test("A tracker in the middle is not tried again at every turn", async () => {
  let hellos = 0;
  const lab = hostileLab((text) => {
    hellos++;
    return [text];
  });
  await meet(lab);
  const before = hellos;
  await lab.run(120_000);
  assert.ok(hellos - before <= 24, `${hellos - before} hellos`);
  assert.ok(hellos > before, "It is tried again");
  lab.stop();
});

Deno.test("Two who were kept apart talk once nobody is in the middle", async () => {
  const lab = hostileLab((text) => [text]);
  const meeting = await meet(lab);
  lab.tamper = (request) => request;
  lab.network.middleMan = undefined;
  await lab.run(60_000);
  assert.deepEqual(people(meeting.alice), ["bob direct"]);
  assert.deepEqual(texts(meeting.bob), ["a secret"]);
  assert.equal(meeting.alice.people("general")[0]?.problem, undefined);
  lab.stop();
});

Deno.test("A tracker that gives a peer another user's name is found, and named", async () => {
  const lab = new MeshLab();
  const alice = await lab.open("alice");
  const refused = refusals(alice);
  void alice.send("general", "for bob");
  const mallory = await lab.openAs("mallory", { trackerSays: "bob" });
  await lab.run(20_000);
  assert.deepEqual(texts(mallory), []);
  assert.deepEqual(people(alice), ["bob connecting"]);
  const [first] = refused;
  assert.deepEqual(first, {
    type: "link-refused",
    user: "bob",
    refusal: "other-user",
    answered: "mallory",
  });
  lab.stop();
});

Deno.test("A tracker in the middle that says nothing, or nonsense, gets nothing", async () => {
  for (const say of [[], ["nonsense"], [`{"type":"prune","channel":"x"}`]]) {
    const lab = hostileLab(() => say);
    // Whoever finds it out first hangs up, and the other one only sees that.
    const { alice, bob } = await meet(lab);
    assert.deepEqual(texts(bob), []);
    assert.deepEqual(people(alice), ["bob connecting"]);
    const said = [alice, bob].map((peer) => peer.people("general")[0]?.problem);
    assert.ok(said.includes("no-hello"), said.join());
    lab.stop();
  }
});

Deno.test("A tracker in the middle can't use the hello of an earlier link", async () => {
  const earlier = new Map<string, string>();
  const lab = hostileLab((text, { from }) => {
    const replayed = earlier.get(from) ?? text;
    earlier.set(from, replayed);
    return [replayed];
  });
  const meeting = await meet(lab);
  // Some tries later what it replays is of a link that is over.
  await lab.run(180_000);
  assert.ok(meeting.refused.length > 1);
  assertApart(meeting, ["bad-proof", "bad-proof"]);
  lab.stop();
});
