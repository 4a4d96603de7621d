/**
 * Who is logged out, or whose certificates are revoked, and who is not.
 * @module
 */
import assert from "node:assert/strict";
import { ACTIVE_SOUGHT } from "../../lib/mesh/rooms.ts";
import { MemoryStore } from "../../lib/mesh/store.ts";
import { REVOCATION_NEWS_MS, SESSION_CHECK_MS } from "../../lib/tracker/hub.ts";
import { MeshLab, people, texts } from "../tools/mesh_lab.ts";

Deno.test("Peer takes no part in the talk any more once it is logged out, and loses nothing", async () => {
  const lab = new MeshLab();
  const alice = await lab.open("alice");
  const bob = await lab.open("bob");
  const carol = await lab.open("carol");
  void alice.send("general", "before");
  await lab.run(500);
  lab.loggedOut.add("alice");
  await lab.run(10_000);
  assert.equal(alice.trouble, "signed-out");
  assert.deepEqual(people(alice), []);
  assert.deepEqual(people(bob), ["carol direct"]);
  void alice.send("general", "from outside");
  void bob.send("general", "among us");
  await lab.run(500);
  assert.deepEqual(texts(alice), ["before", "from outside"]);
  assert.deepEqual(texts(bob), ["before", "among us"]);
  lab.killTracker();
  // Without the tracker neighbours introduce each other: not those outside.
  alice.retryNow();
  await lab.run(60_000);
  assert.deepEqual(people(alice), []);
  assert.deepEqual(texts(carol), ["before", "among us"]);
  lab.stop();
});

Deno.test("Peer lets go of one whose certificate was taken back, and of nobody else, without a warning", async () => {
  const lab = new MeshLab();
  const alice = await lab.open("alice");
  const bob = await lab.open("bob");
  const mallory = await lab.open("mallory");
  const warnings: string[] = [];
  for (const chat of [alice, bob]) {
    chat.listen(({ type }) => {
      if (type === "link-refused") warnings.push(type);
    });
  }
  // Its page does not do what it is told: it stays, as if it knew of nothing.
  lab.revoke("mallory");
  await lab.run(10_000);
  void mallory.send("general", "still here?");
  void bob.send("general", "among us");
  await lab.run(60_000);
  assert.deepEqual(texts(alice), ["among us"]);
  assert.deepEqual(texts(mallory), ["still here?"]);
  assert.equal(people(alice)[0], "bob direct");
  // Nor is it said of its name, under which others may be logged in.
  assert.doesNotMatch(JSON.stringify(alice.people("general")), /revoked/);
  assert.deepEqual(warnings, []);
  // Nor does somebody who comes later talk to it.
  const carol = await lab.open("carol");
  await lab.run(10_000);
  assert.deepEqual(texts(carol), ["among us"]);
  assert.deepEqual(texts(mallory), ["still here?"]);
  lab.stop();
});

for (const renewalMs of [300, 3_000]) {
  Deno.test(`Peer is back among the others within seconds after another password, its certificate after ${renewalMs} ms`, async () => {
    const lab = new MeshLab();
    lab.renewalMs = renewalMs;
    const alice = await lab.open("alice");
    const bob = await lab.open("bob");
    const carol = await lab.open("carol");
    const met: string[] = [];
    alice.listen((change) => {
      if (change.type === "device-met") met.push(change.user);
    });
    lab.changePassword("bob");
    await lab.run(SESSION_CHECK_MS + renewalMs + 5_000);
    assert.deepEqual(met, ["bob"]);
    for (const chat of [alice, carol]) {
      assert.ok(people(chat).includes("bob direct"), people(chat).join());
    }
    void bob.send("general", "still me");
    await lab.run(500);
    assert.deepEqual(texts(alice), ["still me"]);
    lab.stop();
  });
}

Deno.test("Peer lets nobody in whose certificate was taken back after its own store has failed either", async () => {
  const lab = new MeshLab();
  const store = new MemoryStore();
  const alice = await lab.open("alice", store);
  lab.revoke("mallory");
  await lab.run(SESSION_CHECK_MS + REVOCATION_NEWS_MS);
  store.append = () => Promise.reject(new Error("quota exceeded"));
  void alice.send("general", "under another key");
  await lab.run(500);
  assert.equal(alice.storageWorks, false);
  const mallory = await lab.open("mallory");
  assert.deepEqual(people(alice), ["mallory connecting"]);
  assert.deepEqual(texts(mallory), []);
  lab.stop();
});

Deno.test("Peer gets another certificate before the others of a large channel hear that its first is revoked", async () => {
  const lab = new MeshLab();
  const peers = [];
  for (let count = 0; count < 30; count++) {
    peers.push(await lab.open(`user${count}`));
  }
  await lab.run(30_000);
  const [bob] = peers;
  assert.ok(bob);
  lab.changePassword("user0");
  let apartMs = 0;
  for (let ms = 0; ms < SESSION_CHECK_MS + 10_000; ms += 250) {
    await lab.run(250);
    const links = people(bob).filter((person) => person.endsWith("direct"));
    if (links.length < ACTIVE_SOUGHT) apartMs += 250;
  }
  assert.ok(apartMs <= 1_000, `${apartMs} ms`);
  lab.stop();
});
