import assert from "node:assert/strict";
import { WANT_TIMEOUT_MS } from "../../lib/mesh/asking.ts";
import { AUTHORS_PER_VECTOR_MAX } from "../../lib/mesh/linked_peers.ts";
import { DIGEST_MS, HAVE_DELAY_MS } from "../../lib/mesh/telling.ts";
import type { Have } from "../../lib/wire/link.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import { deviceKey } from "../tools/cheap_keys.ts";
import { chain } from "../tools/entries.ts";
import {
  aliceWithTwo,
  bob,
  carol,
  entries,
  have,
  kept,
  NOW,
  nth,
  old,
  pushed,
  sent,
  want,
} from "../tools/sync_lab.ts";

Deno.test("Sync.receive() asks for what a have names and we lack, and stops when it came", () => {
  const sync = aliceWithTwo();
  const log = chain(old, 3);
  const [asked] = sent(sync.receive(bob, have(log), NOW), "want");
  assert.equal(asked?.to, bob);
  assert.deepEqual(asked?.message, want(old, 0, 3));
  const answer = sync.receive(bob, entries(...log.toReversed()), NOW);
  assert.deepEqual(kept(answer), ["old 3", "old 2", "old 1"]);
  assert.deepEqual(sent(answer, "want"), []);
});

Deno.test("Sync.receive() goes on asking below what came, a page at a time, the newest first", () => {
  const sync = aliceWithTwo();
  const log = chain(old, 9);
  sync.receive(bob, have(log), NOW);
  const page = entries(nth(log, 9), nth(log, 8));
  const [asked] = sent(sync.receive(bob, page, NOW), "want");
  assert.deepEqual(asked?.message, want(old, 0, 7));
});

Deno.test("Sync.receive() takes the parts of one answer as one", () => {
  const sync = aliceWithTwo();
  const log = chain(old, 3);
  sync.receive(bob, have(log), NOW);
  const part = { ...entries(nth(log, 3)), more: true as const };
  assert.deepEqual(sent(sync.receive(bob, part, NOW), "want"), []);
  const rest = sync.receive(bob, entries(nth(log, 2)), NOW);
  assert.deepEqual(sent(rest, "want")[0]?.message, want(old, 0, 1));
});

Deno.test("Sync.receive() asks two holders for different authors, each once", () => {
  const sync = aliceWithTwo();
  const message = have(chain(old, 1), chain(deviceKey("older"), 1));
  const first = sent(sync.receive(bob, message, NOW), "want");
  assert.deepEqual(first.map(({ to }) => to), [bob]);
  assert.deepEqual(sent(sync.receive(carol, message, NOW), "want"), []);
});

Deno.test("Sync puts a question that nobody answered, or whose peer left, to another holder", () => {
  for (const lose of ["timeout", "link"] as const) {
    const sync = aliceWithTwo();
    sync.receive(bob, have(chain(old, 1)), NOW);
    sync.receive(carol, have(chain(old, 1)), NOW);
    const again = lose === "link"
      ? sync.linkDown(bob, NOW)
      : sync.tick(NOW + WANT_TIMEOUT_MS);
    assert.deepEqual(sent(again, "want").map(({ to }) => to), [carol]);
  }
});

Deno.test("Sync asks whoever answers, and not again and again whoever claims more of a log than there is", () => {
  const sync = aliceWithTwo();
  const claim = have(chain(old, 1_000));
  const [asked] = sent(sync.receive(carol, claim, NOW), "want");
  assert.equal(asked?.to, carol);
  sync.receive(bob, have(chain(old, 3)), NOW);
  const again = sent(sync.tick(NOW + WANT_TIMEOUT_MS), "want");
  assert.deepEqual(again, [{ to: bob, message: want(old, 0, 3) }]);
});

Deno.test("Sync waits for a holder that answers rather than ask one that does not", () => {
  const sync = aliceWithTwo();
  sync.receive(carol, have(chain(old, 1_000)), NOW);
  const later = NOW + WANT_TIMEOUT_MS / 2;
  const another = chain(deviceKey("another"), 1);
  sync.receive(bob, have(chain(old, 3), another), later);
  // Carol's question is given up while Bob is busy with his.
  const givenUp = sync.tick(NOW + WANT_TIMEOUT_MS);
  assert.deepEqual(sent(givenUp, "want"), []);
  const answer = sync.receive(bob, entries(...another), later);
  const [asked] = sent(answer, "want");
  assert.deepEqual(asked, { to: bob, message: want(old, 0, 3) });
});

Deno.test("Sync.receive() stops asking a peer whose answer brings nothing", () => {
  const sync = aliceWithTwo();
  sync.receive(bob, have(chain(old, 5)), NOW);
  const actions = sync.receive(bob, entries(), NOW);
  assert.deepEqual(sent(actions, "want"), []);
  assert.deepEqual(sent(sync.tick(NOW + WANT_TIMEOUT_MS), "want"), []);
});

Deno.test("Sync has told to it again what it does not believe any more, though digests are equal", () => {
  const sync = aliceWithTwo();
  const log = chain(old, 3);
  sync.receive(bob, pushed(nth(log, 3)), NOW);
  sync.receive(bob, have(log), NOW);
  // An answer that comes late, to a question that was given up before.
  sync.receive(bob, entries(nth(log, 3)), NOW);
  assert.deepEqual(sent(sync.tick(NOW + WANT_TIMEOUT_MS), "want"), []);
  const told = sync.tick(NOW + DIGEST_MS);
  const digest = (to: PeerId) =>
    sent(told, "digest").find((one) => one.to === to)?.message.digest;
  assert.equal(digest(bob), "0");
  const [asked] = sent(sync.receive(bob, have(log), NOW + DIGEST_MS), "want");
  assert.deepEqual(asked, { to: bob, message: want(old, 0, 2) });
  const again = sent(sync.tick(NOW + 2 * DIGEST_MS), "digest");
  assert.notEqual(again.find(({ to }) => to === bob)?.message.digest, "0");
});

Deno.test("Sync asks once more, certificates included, where entries came without", () => {
  const sync = aliceWithTwo();
  sync.receive(bob, have(chain(old, 2)), NOW);
  const bare = { ...entries(), uncertified: true as const };
  const [asked] = sent(sync.receive(bob, bare, NOW), "want");
  assert.equal(asked?.message.certificates, true);
  assert.deepEqual(sent(sync.receive(bob, bare, NOW), "want"), []);
});

Deno.test("Sync waits for the push of what a lazy neighbour tells of, and then asks with a graft", () => {
  const sync = aliceWithTwo();
  sync.broadcast.setFullMesh("general", false);
  sync.broadcast.pruned("general", carol);
  const log = chain(old, 2);
  sync.receive(carol, have([nth(log, 1)]), NOW);
  sync.receive(carol, entries(nth(log, 1)), NOW);
  assert.deepEqual(sent(sync.receive(carol, have(log), NOW), "want"), []);
  sync.tick(NOW + HAVE_DELAY_MS);
  const [asked] = sent(sync.tick(sync.dueAt), "want");
  assert.equal(asked?.to, carol);
  assert.equal(asked?.message.graft, true);
  assert.ok(sync.broadcast.route("general").push.includes(carol));
});

Deno.test("Sync remembers a bounded part of what a peer claims of authors that nobody has", () => {
  const sync = aliceWithTwo();
  const rounds = AUTHORS_PER_VECTOR_MAX / 200 + 5;
  let wants = 0;
  for (let round = 0; round < rounds; round++) {
    const vector = new Map(Array.from({ length: 200 }, (_, at) => {
      const run = { held: [0, 1_000_000] as const, head: "fakefake" };
      return [deviceKey(`f${round}_${at}`), [run]] as const;
    }));
    const claim: Have = { type: "have", channel: "general", vector };
    wants += sent(sync.receive(bob, claim, NOW), "want").length;
  }
  assert.equal(wants, 1);
  assert.equal(sync.view("general").length, 0);
});
