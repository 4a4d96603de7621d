import assert from "node:assert/strict";
import { AUDIENCE_MAX } from "../../lib/tracker/channels.ts";
import { HEARTBEATS_PER_LIST } from "../../lib/mesh/peer.ts";
import { MemoryStore } from "../../lib/mesh/store.ts";
import {
  encodeLinkMessage,
  ENTRIES_PER_PAGE_MAX,
} from "../../lib/wire/link.ts";
import type { Chat, EntryRef } from "../../lib/mesh/chat.ts";
import { certificateOf, deviceKey } from "../tools/cheap_keys.ts";
import { signedBy } from "../tools/entries.ts";
import { peerId } from "../tools/ids.ts";
import { MeshLab, people, texts } from "../tools/mesh_lab.ts";

/** Sends and waits until it is signed and stored. */
async function sent(
  lab: MeshLab,
  chat: Chat,
  text: string,
): Promise<EntryRef> {
  const ref = chat.send("general", text);
  await lab.run(50);
  return await ref;
}

Deno.test("Peer finds who is there, links to them and talks both ways", async () => {
  const lab = new MeshLab();
  const alice = await lab.open("alice");
  const bob = await lab.open("bob");
  assert.deepEqual(people(alice), ["bob direct"]);
  assert.deepEqual(people(bob), ["alice direct"]);
  void alice.send("general", "xin chào");
  void bob.send("general", "hello");
  await lab.run(500);
  assert.deepEqual(texts(alice), ["xin chào", "hello"]);
  assert.deepEqual(texts(bob), texts(alice));
  lab.stop();
});

Deno.test("Peer sees other windows of its own account as separate people", async () => {
  const lab = new MeshLab();
  const first = await lab.open("admin");
  const second = await lab.open("admin");
  void first.send("general", "from the first window");
  await lab.run(500);
  assert.deepEqual(people(first), ["admin direct"]);
  assert.deepEqual(texts(second), ["from the first window"]);
  lab.stop();
});

Deno.test("Peer gives a newcomer the history, also of people who have left", async () => {
  const lab = new MeshLab();
  const alice = await lab.open("alice");
  const bob = await lab.open("bob");
  void alice.send("general", "one");
  await lab.run(500);
  alice.stop();
  await lab.run(500);
  const carol = await lab.open("carol");
  assert.deepEqual(people(carol), ["bob direct"]);
  assert.deepEqual(texts(carol), ["one"]);
  assert.equal(carol.messages("general")[0]?.via, "bob");
  bob.stop();
  lab.stop();
});

Deno.test("Peer tells what it had to ask for from what is pushed to it, and whether more is to come", async () => {
  const lab = new MeshLab();
  const alice = await lab.open("alice");
  const count = 3 * ENTRIES_PER_PAGE_MAX;
  for (let at = 0; at < count; at++) await sent(lab, alice, `said ${at}`);
  const bob = lab.page("bob");
  const fetched: string[] = [];
  const pushed: string[] = [];
  const isMoreToCome: boolean[] = [];
  bob.listen((change) => {
    if (change.type !== "messages-changed" || change.added.length === 0) return;
    const kind = change.fetched ? fetched : pushed;
    kind.push(...change.added.map(({ text }) => text));
    isMoreToCome.push(bob.isFetching("general"));
  });
  await bob.start();
  await lab.run(1_000);
  void alice.send("general", "news");
  await lab.run(1_000);
  assert.deepEqual([fetched.length, pushed], [count, ["news"]]);
  assert.deepEqual(isMoreToCome.slice(0, 2), [true, true]);
  assert.equal(isMoreToCome.at(-1), false);
  lab.stop();
});

Deno.test("Peer knows how many have its message, and keeps knowing when they leave", async () => {
  const lab = new MeshLab();
  const alice = await lab.open("alice");
  const ref = await sent(lab, alice, "anyone?");
  assert.deepEqual(alice.delivery("general", ref), { held: 0, of: 0 });
  const bob = await lab.open("bob");
  await lab.open("carol");
  assert.deepEqual(alice.delivery("general", ref), { held: 2, of: 2 });
  bob.stop();
  await lab.run(1_000);
  assert.deepEqual(alice.delivery("general", ref), { held: 2, of: 2 });
  lab.stop();
});

Deno.test("Peer goes on talking when the tracker is dead, and meets newcomers when it is back", async () => {
  const lab = new MeshLab();
  const alice = await lab.open("alice");
  const bob = await lab.open("bob");
  lab.killTracker();
  await lab.run(2_000);
  assert.equal(alice.trouble, "no-server");
  void alice.send("general", "still here");
  await lab.run(500);
  assert.deepEqual(texts(bob), ["still here"]);
  assert.deepEqual(people(alice), ["bob direct"]);
  lab.startTracker();
  await lab.run(20_000);
  const carol = await lab.open("carol");
  assert.deepEqual(people(carol), ["alice direct", "bob direct"]);
  assert.deepEqual(texts(carol), ["still here"]);
  assert.equal(alice.trouble, "none");
  lab.stop();
});

Deno.test("Peer delivers after a reload what it could not deliver before", async () => {
  const lab = new MeshLab();
  const store = new MemoryStore();
  const before = await lab.open("alice", store);
  void before.send("general", "written alone");
  await lab.run(100);
  before.stop();
  const after = await lab.open("alice", store);
  assert.deepEqual(texts(after), ["written alone"]);
  assert.equal(after.messages("general")[0]?.own, true);
  const bob = await lab.open("bob");
  assert.deepEqual(texts(bob), ["written alone"]);
  lab.stop();
});

Deno.test("Peer shows a channel that somebody creates, and only its members hear it", async () => {
  const lab = new MeshLab();
  const alice = await lab.open("alice");
  const bob = await lab.open("bob");
  alice.join("lớp-12");
  await lab.run(500);
  const seen = bob.channels().map(({ channel, joined }) => [channel, joined]);
  assert.deepEqual(seen, [["general", true], ["lớp-12", false]]);
  void alice.send("lớp-12", "for members");
  await lab.run(500);
  assert.deepEqual(texts(bob, "lớp-12"), []);
  bob.join("lớp-12");
  await lab.run(1_000);
  assert.deepEqual(texts(bob, "lớp-12"), ["for members"]);
  assert.deepEqual(people(bob, "lớp-12"), ["alice direct"]);
  bob.leave("lớp-12");
  await lab.run(500);
  assert.deepEqual(people(alice, "lớp-12"), []);
  lab.stop();
});

Deno.test("Peer still knows after a reload that its message had arrived", async () => {
  const lab = new MeshLab();
  const store = new MemoryStore();
  const before = await lab.open("alice", store);
  const bob = await lab.open("bob");
  const ref = await sent(lab, before, "there?");
  await lab.run(500);
  bob.stop();
  before.stop();
  const after = await lab.open("alice", store);
  assert.deepEqual(after.delivery("general", ref), { held: 1, of: 1 });
  await lab.open("carol");
  assert.deepEqual(after.delivery("general", ref), { held: 1, of: 1 });
  await lab.open("dave");
  assert.deepEqual(after.delivery("general", ref), { held: 2, of: 2 });
  lab.stop();
});

Deno.test("Peer is in a channel that it joined while its registration was under way", async () => {
  const lab = new MeshLab();
  const alice = await lab.open("alice");
  alice.join("tea");
  const bob = lab.page("bob");
  await bob.start();
  // The register has left, its welcome has not come.
  lab.clock.advance(7);
  bob.join("tea");
  await lab.run(1_000);
  const known = lab.channels().find(({ channel }) => channel === "tea");
  assert.equal(known?.peers, 2);
  lab.stop();
});

Deno.test("Peer keeps its place in a channel that it leaves and joins again, many times", async () => {
  const lab = new MeshLab();
  const failing = new MemoryStore();
  failing.load = () => Promise.reject(new Error("no storage"));
  const alice = await lab.open("alice", failing);
  const bob = await lab.open("bob");
  bob.join("tea");
  for (let round = 1; round <= 14; round++) {
    alice.join("tea");
    void alice.send("tea", `round ${round}`);
    await lab.run(500);
    alice.leave("tea");
    await lab.run(500);
  }
  alice.join("tea");
  await lab.run(500);
  const said = Array.from({ length: 14 }, (_, at) => `round ${at + 1}`);
  assert.deepEqual(texts(bob, "tea"), said);
  assert.deepEqual(texts(alice, "tea"), said);
  assert.deepEqual(people(alice, "tea"), ["bob direct"]);
  lab.stop();
});

Deno.test("Peer reaches everyone in a channel larger than its links", async () => {
  const lab = new MeshLab();
  const peers = [];
  for (let count = 0; count < 60; count++) {
    peers.push(await lab.open(`user${count}`));
  }
  await lab.run(60_000);
  void peers[0]?.send("general", "from the first");
  void peers[59]?.send("general", "from the last");
  await lab.run(10_000);
  for (const peer of peers) {
    assert.deepEqual(texts(peer).toSorted(), [
      "from the first",
      "from the last",
    ]);
    assert.equal(peer.trouble, "none");
    const direct = people(peer).filter((person) => person.endsWith("direct"));
    assert.ok(direct.length <= 48, `${direct.length} links`);
  }
  lab.stop();
});

Deno.test("Peer keeps the channels that another tab of its browser has joined", async () => {
  const lab = new MeshLab();
  const store = new MemoryStore();
  const first = await lab.open("alice", store);
  const second = await lab.open("alice", store);
  first.join("one");
  await lab.run(100);
  second.join("two");
  await lab.run(100);
  second.leave("two");
  await lab.run(100);
  assert.deepEqual(await store.channels(), ["one"]);
  lab.stop();
});

Deno.test("Peer can write in a channel the moment it has joined", async () => {
  const lab = new MeshLab();
  const alice = await lab.open("alice");
  alice.join("tea");
  void alice.send("tea", "first");
  await lab.run(100);
  assert.deepEqual(texts(alice, "tea"), ["first"]);
  lab.stop();
});

Deno.test("Peer is back in its channels after a reload", async () => {
  const lab = new MeshLab();
  const store = new MemoryStore();
  const before = await lab.open("alice", store);
  before.join("ops");
  await lab.run(100);
  before.stop();
  const after = await lab.open("alice", store);
  const joined = after.channels().filter(({ joined }) => joined);
  assert.deepEqual(joined.map(({ channel }) => channel), ["general", "ops"]);
  lab.stop();
});

Deno.test("Peer links again after the network broke all its links", async () => {
  const lab = new MeshLab();
  const alice = await lab.open("alice");
  const bob = await lab.open("bob");
  lab.network.cut(() => true);
  void alice.send("general", "into the void");
  await lab.run(5_000);
  assert.deepEqual(people(alice), ["bob direct"]);
  assert.deepEqual(texts(bob), ["into the void"]);
  lab.stop();
});

Deno.test("Peer leaves no ghost when it is reloaded within a second, fifty times", async () => {
  const lab = new MeshLab();
  const bob = await lab.open("bob");
  const store = new MemoryStore();
  for (let load = 0; load < 50; load++) {
    const page = await lab.open("alice", store);
    assert.deepEqual(people(bob), ["alice direct"]);
    page.stop();
  }
  await lab.run(1_000);
  assert.deepEqual(people(bob), []);
  lab.stop();
});

Deno.test("Peer lets go of one that forges, and shows nothing of what it sent", async () => {
  const lab = new MeshLab();
  const alice = await lab.open("alice");
  const mallory = await lab.open("mallory");
  const bob = await lab.open("bob");
  const ref = await sent(lab, alice, "what I said");
  const { signature } = signedBy(deviceKey("mallory"), { seq: 1 });
  const { signed } = signedBy(ref.author, { seq: 2, prev: "x".repeat(43) });
  const forged = encodeLinkMessage({
    type: "entry-written",
    channel: "general",
    entry: { signed, signature },
    certificates: [certificateOf("alice", ref.author)],
  });
  lab.network.inject(mallory.self.peer, alice.self.peer, [
    "hello",
    "x".repeat(70_000),
    ...Array.from({ length: 10 }, () => forged),
  ]);
  await lab.run(1_000);
  assert.deepEqual(texts(alice), ["what I said"]);
  assert.deepEqual(
    alice.people("general").filter(({ state }) => state === "direct")
      .map(({ user }) => user),
    ["bob"],
  );
  void alice.send("general", "still fine");
  await lab.run(500);
  assert.deepEqual(texts(bob), ["what I said", "still fine"]);
  lab.stop();
});

Deno.test("Peer says that no link to anyone can be built, once it has tried", async () => {
  const lab = new MeshLab();
  lab.network.blocked = true;
  const alice = await lab.open("alice");
  await lab.open("bob");
  assert.deepEqual(people(alice), ["bob connecting"]);
  await lab.run(60_000);
  assert.equal(alice.trouble, "no-peer");
  lab.network.blocked = false;
  alice.retryNow();
  await lab.run(60_000);
  assert.equal(alice.trouble, "none");
  assert.deepEqual(people(alice), ["bob direct"]);
  lab.stop();
});

Deno.test("Peer goes on without a store that fails, and says so once", async () => {
  const lab = new MeshLab();
  const failing = new MemoryStore();
  const full = () => Promise.reject(new Error("quota exceeded"));
  failing.keep = full;
  failing.append = full;
  const alice = await lab.open("alice", failing);
  const told: string[] = [];
  alice.listen(({ type }) => told.push(type));
  const bob = await lab.open("bob");
  void alice.send("general", "one");
  void alice.send("general", "two");
  await lab.run(500);
  assert.deepEqual(texts(bob), ["one", "two"]);
  assert.equal(alice.storageWorks, false);
  assert.equal(told.filter((type) => type === "storage-failed").length, 1);
  lab.stop();
});

Deno.test("Peer asks for the whole list of channels at one heartbeat in HEARTBEATS_PER_LIST, and so learns of changes elsewhere", async () => {
  const lab = new MeshLab();
  const heard: string[] = [];
  lab.tamper = (request) => {
    heard.push(JSON.parse(request).type);
    return request;
  };
  const ann = await lab.open("ann");
  const ben = await lab.open("ben");
  ben.join("deck");
  await lab.run(1_000);
  ben.leave("deck");
  ben.stop();
  heard.length = 0;
  await lab.run(2 * HEARTBEATS_PER_LIST * 30_000);
  const count = (type: string) => heard.filter((one) => one === type).length;
  assert.equal(count("list-channels"), 2);
  assert.equal(count("heartbeat"), 2 * HEARTBEATS_PER_LIST);
  const deck = ann.channels().find(({ channel }) => channel === "deck");
  assert.equal(deck?.peers ?? 0, 0);
  lab.stop();
});

Deno.test("Peer asks at once whether the tracker is still there when a link breaks: its socket may have gone the same way", async () => {
  const lab = new MeshLab();
  const asked = new Map<string, number>();
  lab.tamper = (request) => {
    const { type } = JSON.parse(request);
    asked.set(type, (asked.get(type) ?? 0) + 1);
    return request;
  };
  const alice = await lab.open("alice");
  await lab.open("bob");
  assert.equal(asked.get("heartbeat"), undefined);
  lab.network.cut((link) => link.options.remote !== alice.self.peer);
  await lab.run(1_000);
  assert.equal(asked.get("heartbeat"), 1);
  lab.stop();
});

Deno.test("Peer knows with its next heartbeat how many are in a large channel", async () => {
  const lab = new MeshLab();
  const alice = await lab.open("alice");
  const size = () => alice.channels()[0]?.peers;
  let members = 1;
  const come = () => {
    const user = `visitor${members++}`;
    const peer = peerId(user);
    lab.hub?.ask(
      { session: user, user, peer },
      { type: "register", version: 1, peer, channels: ["general"] },
    );
  };
  while (members < 2 * AUDIENCE_MAX) come();
  // Each coming is told to half of them.
  for (let more = 0; more === 0 || size() === members; more++) {
    assert.ok(more < 50);
    come();
    await lab.run(50);
  }
  await lab.run(30_000);
  assert.equal(size(), members);
  lab.stop();
});

Deno.test("Peer whose store fails while the backend is away says so until that is back", async () => {
  const lab = new MeshLab();
  const store = new MemoryStore();
  const alice = await lab.open("alice", store);
  const bob = await lab.open("bob");
  store.append = () => Promise.reject(new Error("quota exceeded"));
  lab.isCertifying = false;
  void alice.send("general", "once I have a key");
  await lab.run(1_000);
  assert.equal(alice.trouble, "no-server");
  lab.isCertifying = true;
  await lab.run(2_000);
  assert.deepEqual(texts(bob), ["once I have a key"]);
  assert.equal(alice.trouble, "none");
  lab.stop();
});
