import assert from "node:assert/strict";
import {
  PEERS_MAX,
  PEERS_PER_SESSION_MAX,
  Registry,
  RESUME_GRACE_MS,
} from "../../lib/tracker/registry.ts";
import { GONE_AFTER_MS, idOf, PERIODS } from "./_peers.ts";

const ANN = { user: "ann", session: "s1" };

Deno.test("Registry.due() names a peer after two heartbeats and a half, and no sooner", () => {
  const registry = new Registry(PERIODS);
  const peer = registry.add(idOf("ann"), ANN, 1_000);
  assert.deepEqual(registry.due(1_000 + GONE_AFTER_MS - 1), []);
  assert.deepEqual(registry.due(1_000 + GONE_AFTER_MS), [peer]);
});

Deno.test("Registry.heard() puts the expiry off", () => {
  const registry = new Registry(PERIODS);
  const peer = registry.add(idOf("ann"), ANN, 0);
  registry.heard(peer, 50_000);
  assert.deepEqual(registry.due(GONE_AFTER_MS), []);
  assert.deepEqual(registry.due(50_000 + GONE_AFTER_MS), [peer]);
});

Deno.test("Registry.expireSoon() gives a broken peer the grace, and never more than it had", () => {
  const registry = new Registry(PERIODS);
  const peer = registry.add(idOf("ann"), ANN, 0);
  registry.expireSoon(peer, 1_000);
  assert.deepEqual(registry.due(1_000 + RESUME_GRACE_MS - 1), []);
  assert.deepEqual(registry.due(1_000 + RESUME_GRACE_MS), [peer]);
  registry.heard(peer, 0);
  registry.expireSoon(peer, GONE_AFTER_MS - 1);
  assert.deepEqual(registry.due(GONE_AFTER_MS), [peer]);
});

Deno.test("Registry.add() refuses a 65th peer of one session, not of another", () => {
  const registry = new Registry(PERIODS);
  for (let at = 0; at < PEERS_PER_SESSION_MAX; at++) {
    registry.add(idOf(`p${at}`), ANN, 0);
  }
  assert.throws(() => registry.add(idOf("more"), ANN, 0), {
    code: "peer-limit",
  });
  registry.add(idOf("ben"), { user: "ben", session: "s2" }, 0);
  assert.equal(registry.size, PEERS_PER_SESSION_MAX + 1);
});

Deno.test("Registry.add() refuses more than PEERS_MAX", () => {
  const registry = new Registry(PERIODS);
  for (let at = 0; at < PEERS_MAX; at++) {
    registry.add(idOf(`p${at}`), { user: "u", session: `s${at}` }, 0);
  }
  const last = { user: "u", session: "last" };
  assert.throws(() => registry.add(idOf("more"), last, 0), {
    code: "peer-limit",
  });
  assert.deepEqual(registry.ofSession("last"), []);
});

Deno.test("Registry.remove() leaves nothing of a session behind", () => {
  const registry = new Registry(PERIODS);
  const peer = registry.add(idOf("ann"), ANN, 0);
  registry.remove(peer);
  registry.remove(peer);
  assert.equal(registry.get(peer.id), undefined);
  assert.deepEqual([...registry.sessions()], []);
});
