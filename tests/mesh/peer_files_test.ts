import assert from "node:assert/strict";
import type { Message } from "../../lib/mesh/chat.ts";
import type { Peer } from "../../lib/mesh/peer.ts";
import { MemoryStore } from "../../lib/mesh/store.ts";
import { PIECE_BYTES } from "../../lib/wire/file.ts";
import { bytesOf, sourceOf } from "../tools/file_bytes.ts";
import { MeshLab } from "../tools/mesh_lab.ts";

/** The message that shares a file, as that peer sees it. */
function shared(peer: Peer, channel = "general"): Message & {
  file: NonNullable<Message["file"]>;
} {
  const message = peer.messages(channel).findLast(({ file }) => file);
  assert.ok(message?.file);
  return { ...message, file: message.file };
}

function fetchIt(peer: Peer, channel = "general"): string {
  const { ref, file } = shared(peer, channel);
  peer.files.fetch(channel, ref);
  return file.hash;
}

Deno.test("Peer fetches a file from its author, and shows how far it is", async () => {
  const lab = new MeshLab();
  const [alice, bob] = [await lab.open("alice"), await lab.open("bob")];
  const bytes = bytesOf(5 * PIECE_BYTES + 77);
  await alice.files.send("general", sourceOf(bytes, { name: "trip.mov" }));
  await lab.run(500);
  const { file } = shared(bob);
  assert.deepEqual([file.name, file.size], ["trip.mov", bytes.length]);
  const absent = { state: "absent", holders: 0 };
  assert.deepEqual(bob.files.state(file.hash), absent);
  const states = new Set<string>();
  bob.listen((change) => {
    if (change.type !== "file-changed") return;
    states.add(bob.files.state(change.hash).state);
  });
  fetchIt(bob);
  await lab.run(1_000);
  assert.deepEqual(bob.files.state(file.hash), { state: "held" });
  assert.deepEqual(await bob.files.read(file.hash, 0, bytes.length), bytes);
  assert.equal(states.has("held"), true);
  for (const peer of [alice, bob]) peer.stop();
  lab.stop();
});

Deno.test("Peer learns who has fetched what it sent, those who come later as well", async () => {
  const lab = new MeshLab();
  const [alice, bob] = [await lab.open("alice"), await lab.open("bob")];
  await alice.files.send("general", sourceOf(bytesOf(2 * PIECE_BYTES)));
  await lab.run(500);
  const counts: number[] = [];
  const hash = fetchIt(bob);
  assert.equal(alice.files.holders(hash), 0);
  alice.listen((change) => {
    if (change.type === "file-changed") counts.push(alice.files.holders(hash));
  });
  await lab.run(1_000);
  assert.equal(alice.files.holders(hash), 1);
  assert.equal(counts.at(-1), 1);
  // She has it from bob: alice is asked for it, and told when it is there.
  const carol = await lab.open("carol");
  await lab.run(60_000);
  fetchIt(carol);
  await lab.run(1_000);
  assert.equal(alice.files.holders(hash), 2);
  bob.stop();
  await lab.run(20_000);
  assert.equal(alice.files.holders(hash), 1);
  for (const peer of [alice, carol]) peer.stop();
  lab.stop();
});

Deno.test("Peer learns that others hold what both of them send", async () => {
  const lab = new MeshLab();
  const [alice, bob] = [await lab.open("alice"), await lab.open("bob")];
  const bytes = bytesOf(PIECE_BYTES);
  await alice.files.send("general", sourceOf(bytes));
  await bob.files.send("general", sourceOf(bytes));
  await lab.run(10_000);
  const { file: { hash } } = shared(bob);
  for (const peer of [alice, bob]) assert.equal(peer.files.holders(hash), 1);
  for (const peer of [alice, bob]) peer.stop();
  lab.stop();
});

Deno.test("Peer gives a file on when its author is gone", async () => {
  const lab = new MeshLab();
  const [alice, bob] = [await lab.open("alice"), await lab.open("bob")];
  const bytes = bytesOf(2 * PIECE_BYTES);
  await alice.files.send("general", sourceOf(bytes));
  await lab.run(500);
  fetchIt(bob);
  await lab.run(1_000);
  alice.stop();
  const carol = await lab.open("carol");
  const hash = fetchIt(carol);
  await lab.run(1_000);
  assert.deepEqual(await carol.files.read(hash, 0, bytes.length), bytes);
  for (const peer of [bob, carol]) peer.stop();
  lab.stop();
});

Deno.test("Peer fetches from all holders at once", async () => {
  const lab = new MeshLab();
  const names = ["alice", "bob", "carol", "dave"];
  const peers: Peer[] = [];
  for (const name of names) peers.push(await lab.open(name));
  const [alice, bob, carol, dave] = peers as [Peer, Peer, Peer, Peer];
  const bytes = bytesOf(24 * PIECE_BYTES);
  await alice.files.send("general", sourceOf(bytes));
  await lab.run(500);
  fetchIt(bob);
  await lab.run(2_000);
  const sent = new Map<string, number>();
  lab.network.spy = ({ from, to, bytes = 0 }) => {
    const who = peers.filter(({ self }) => [from, to].includes(self.peer));
    if (!who.includes(carol) && !who.includes(dave)) return;
    const by = peers.find(({ self }) => self.peer === from)?.self.user ?? "";
    sent.set(by, (sent.get(by) ?? 0) + bytes);
  };
  fetchIt(carol);
  const hash = fetchIt(dave);
  await lab.run(3_000);
  for (const peer of peers) {
    assert.equal(peer.files.state(hash).state, "held");
    peer.stop();
  }
  for (const name of ["alice", "bob"]) {
    assert.ok((sent.get(name) ?? 0) > PIECE_BYTES, `${name} gave hardly any`);
  }
  lab.stop();
});

Deno.test("Peer fetches a file from a member whom it is not linked to, in a channel larger than its links", async () => {
  const lab = new MeshLab();
  const peers: Peer[] = [];
  for (let at = 0; at < 30; at++) {
    const peer = lab.page(`p${at}`);
    peers.push(peer);
    await peer.start();
    await lab.run(100);
  }
  await lab.run(20_000);
  const isLinked = (a: Peer, b: Peer) =>
    lab.network.isOpen(a.self.peer, b.self.peer);
  const author = peers[3] as Peer;
  const bytes = bytesOf(3 * PIECE_BYTES);
  await author.files.send("general", sourceOf(bytes));
  await lab.run(2_000);
  const seeker = peers.find((peer) =>
    peer !== author && !isLinked(peer, author)
  );
  assert.ok(seeker);
  const hash = fetchIt(seeker);
  for (let waited = 0; waited < 60_000; waited += 1_000) {
    if (seeker.files.state(hash).state === "held") break;
    await lab.run(1_000);
  }
  assert.deepEqual(await seeker.files.read(hash, 0, bytes.length), bytes);
  for (const peer of peers) {
    if (peer === seeker || peer === author) continue;
    // Nobody in between was made to keep it.
    assert.equal(peer.files.state(hash).state, "absent");
  }
  for (const peer of peers) peer.stop();
  lab.stop();
});

Deno.test("Peer waits for a holder, over a restart of its own, and goes on by itself", async () => {
  const lab = new MeshLab();
  const aliceStore = new MemoryStore();
  const bobStore = new MemoryStore();
  const alice = await lab.open("alice", aliceStore);
  const bob = await lab.open("bob", bobStore);
  const bytes = bytesOf(3 * PIECE_BYTES);
  await alice.files.send("general", sourceOf(bytes));
  await lab.run(500);
  alice.stop();
  await lab.run(500);
  const hash = fetchIt(bob);
  await lab.run(3_000);
  assert.deepEqual(bob.files.state(hash), { state: "waiting", bytes: 0 });
  bob.stop();
  const again = await lab.open("bob", bobStore);
  assert.equal(again.files.state(hash).state, "waiting");
  const back = await lab.open("alice", aliceStore);
  await lab.run(2_000);
  assert.deepEqual(again.files.state(hash), { state: "held" });
  for (const peer of [again, back]) peer.stop();
  lab.stop();
});

Deno.test("Peer no longer serves nor keeps a file whose message was taken back", async () => {
  const lab = new MeshLab();
  const [alice, bob] = [await lab.open("alice"), await lab.open("bob")];
  const bytes = bytesOf(2 * PIECE_BYTES);
  const ref = await alice.files.send("general", sourceOf(bytes));
  await lab.run(500);
  const hash = fetchIt(bob);
  await lab.run(1_000);
  assert.equal(bob.files.state(hash).state, "held");
  await alice.remove("general", ref);
  await lab.run(1_000);
  for (const peer of [alice, bob]) {
    assert.equal(peer.files.state(hash).state, "absent");
    peer.stop();
  }
  lab.stop();
});

Deno.test("Peer gives a file to nobody outside of the channels that share it", async () => {
  const lab = new MeshLab();
  const [alice, bob, eve] = [
    await lab.open("alice"),
    await lab.open("bob"),
    await lab.open("eve"),
  ];
  for (const peer of [alice, bob]) peer.join("secret");
  await lab.run(500);
  const bytes = bytesOf(PIECE_BYTES);
  await alice.files.send("secret", sourceOf(bytes));
  await lab.run(500);
  const { file: { hash, size } } = shared(bob, "secret");
  const want = { type: "want-pieces", stream: 0, hash, size, pieces: [0] };
  const seek = {
    ...{ type: "seek-files", channel: "general", ttl: 1 },
    files: [{ hash, size }],
  };
  const heard: string[] = [];
  lab.network.spy = ({ to, text, bytes }) => {
    if (to !== eve.self.peer) return;
    if (bytes !== undefined) heard.push(`${bytes} bytes`);
    else if (text?.includes(hash)) heard.push(text);
  };
  lab.network.inject(
    eve.self.peer,
    alice.self.peer,
    [seek, want].map((message) => JSON.stringify(message)),
  );
  await lab.run(1_000);
  // One frame that says no, which her own page takes for unwanted.
  assert.deepEqual(heard, ["13 bytes"]);
  fetchIt(bob, "secret");
  await lab.run(1_000);
  assert.equal(bob.files.state(hash).state, "held");
  for (const peer of [alice, bob, eve]) peer.stop();
  lab.stop();
});

Deno.test("Peer says nothing about files to one that does not understand it", async () => {
  const lab = new MeshLab();
  const [alice, bob] = [await lab.open("alice"), await lab.open("bob")];
  assert.equal(alice.people("general")[0]?.state, "direct");
  const said: string[] = [];
  lab.network.spy = ({ text }) => {
    if (text !== undefined) said.push(JSON.parse(text).type);
  };
  lab.network.alter = (text) => text.replace(`,"files":1`, "");
  alice.stop();
  const carol = await lab.open("carol");
  await bob.files.send("general", sourceOf(bytesOf(10)));
  await lab.run(500);
  fetchIt(carol);
  await lab.run(30_000);
  assert.deepEqual(said.filter((type) => type.includes("files")), []);
  assert.equal(carol.people("general")[0]?.state, "direct");
  for (const peer of [bob, carol]) peer.stop();
  lab.stop();
});
