import assert from "node:assert/strict";
import { DEFAULT_RETENTION } from "../../lib/mesh/channel_log.ts";
import { COUNT_MS } from "../../lib/mesh/counting.ts";
import type { SyncAction, VerifiedMessage } from "../../lib/mesh/sync_state.ts";
import { PAGES_PER_ANSWER_MAX } from "../../lib/mesh/sync_messages.ts";
import { DIGEST_MS, HAVE_DELAY_MS } from "../../lib/mesh/telling.ts";
import type { VerifiedEntry } from "../../lib/mesh/verified_entry.ts";
import { TEXT_BYTES_MAX } from "../../lib/wire/entry.ts";
import {
  encodeLinkMessage,
  LINK_FRAME_BYTES_MAX,
  type Want,
} from "../../lib/wire/link.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import { CHANNELS_PER_PEER_MAX } from "../../lib/wire/tracker_api.ts";
import { deviceKey } from "../tools/cheap_keys.ts";
import { chain, signedBy } from "../tools/entries.ts";
import { peerId } from "../tools/ids.ts";
import {
  alice,
  aliceWithTwo,
  bob,
  carol,
  entries,
  have,
  kept,
  newSync,
  NOW,
  nth,
  old,
  pushed,
  sent,
  want,
  write,
} from "../tools/sync_lab.ts";

Deno.test("Sync.commit() sends an own entry to every linked member, with the certificate the first time", () => {
  const sync = aliceWithTwo();
  const told = (actions: SyncAction[]) =>
    sent(actions, "entry-written").map(({ to, message }) =>
      `${to.replaceAll("_", "")} ${message.certificates.length}`
    );
  assert.deepEqual(told(write(sync).actions), ["bob 1", "carol 1"]);
  assert.deepEqual(told(write(sync).actions), ["bob 0", "carol 0"]);
  assert.deepEqual(sync.view("general").map((it) => it.entry.seq), [1, 2]);
});

Deno.test("Sync.nextHead() goes on from the last own entry, and refuses a channel not joined", () => {
  const sync = aliceWithTwo();
  const { own } = write(sync);
  const { seq, prev } = sync.nextHead("general", NOW);
  assert.deepEqual([seq, prev], [2, own.hash]);
  assert.throws(() => sync.nextHead("other", NOW), /join it first/);
});

Deno.test("Sync.nextHead() goes on from where the store says, whatever is left of the entries", () => {
  const sync = aliceWithTwo();
  const head = { seq: 7, hash: "h".repeat(43) };
  const heads = new Map([[alice, head], [old, { seq: 99, hash: "x" }]]);
  sync.restore("general", { entries: [], heads, forks: [] }, NOW);
  sync.leave("general");
  sync.join("general", NOW);
  const { seq, prev } = sync.nextHead("general", NOW);
  assert.deepEqual([seq, prev], [8, head.hash]);
});

Deno.test("Sync takes up its own log from others where the store has lost it", () => {
  const sync = aliceWithTwo();
  const log = chain(alice, 3);
  const [asked] = sent(sync.receive(bob, have(log), NOW), "want");
  assert.equal(asked?.to, bob);
  sync.receive(bob, entries(...log.toReversed()), NOW);
  const { seq, prev } = sync.nextHead("general", NOW);
  assert.deepEqual([seq, prev], [4, nth(log, 3).hash]);
});

Deno.test("Sync dates an own entry after everything seen, by the server's time, not after a clock that runs ahead", () => {
  const sync = aliceWithTwo();
  const soon = signedBy(old, { seq: 1, time: NOW + 10_000 });
  sync.receive(bob, entries(soon), NOW);
  assert.equal(sync.nextHead("general", NOW).time, NOW + 10_001);
  const far = signedBy(deviceKey("far"), { seq: 1, time: NOW + 1e10 });
  sync.receive(bob, entries(far), NOW);
  assert.equal(sync.nextHead("general", NOW).time, NOW + 10_002);
  const ahead = newSync();
  ahead.join("general", NOW + 1e10);
  ahead.setServerTime(NOW, NOW + 1e10);
  assert.equal(ahead.nextHead("general", NOW + 1e10).time, NOW);
});

Deno.test("Sync dates an own entry after what the store told, though the server told the time later", () => {
  const sync = newSync();
  const wrong = NOW - 120 * 86_400_000;
  sync.join("general", wrong);
  const [first] = chain(alice, 1);
  assert.ok(first);
  const stored = { ...first, at: NOW + 5_000 };
  const heads = new Map([[alice, { seq: 1, hash: first.hash }]]);
  sync.restore("general", { entries: [stored], heads, forks: [] }, wrong);
  sync.setServerTime(NOW, wrong);
  assert.equal(sync.nextHead("general", wrong).time, NOW + 5_001);
});

Deno.test("Sync shows a push of a clock far behind when it came, and its history where it was", () => {
  const sync = aliceWithTwo();
  sync.receive(bob, pushed(signedBy(old, { seq: 1, time: 5 })), NOW);
  sync.receive(
    bob,
    entries(signedBy(deviceKey("x"), { seq: 1, time: 5 })),
    NOW,
  );
  const at = sync.view("general").map((it) => [it.user, it.at]);
  assert.deepEqual(at, [["x", 5], ["old", NOW]]);
});

Deno.test("Sync.linkUp() tells a member what we hold, and a stranger to the channel nothing", () => {
  const sync = newSync();
  sync.join("general", NOW);
  const { own } = write(sync);
  const member = sync.linkUp({ peer: bob, user: "bob" }, ["general"], NOW);
  const [told] = sent(member, "have");
  assert.deepEqual(told?.message.vector, have([own]).vector);
  const stranger = sync.linkUp({ peer: carol, user: "carol" }, ["x"], NOW);
  assert.deepEqual(stranger, []);
});

Deno.test("Sync.receive() answers a want from the newest down, in messages that fit, and no more than it may", () => {
  const sync = aliceWithTwo();
  const text = "\u0001".repeat(TEXT_BYTES_MAX);
  const body = { kind: "text" as const, text };
  for (let count = 0; count < PAGES_PER_ANSWER_MAX + 2; count++) {
    write(sync, { body });
  }
  const answer = sent(sync.receive(bob, want(alice, 0, 99), NOW), "entries");
  assert.equal(answer.length, PAGES_PER_ANSWER_MAX);
  const seqs = answer.flatMap(({ message }) =>
    message.entries.map(({ signed }) => JSON.parse(signed).seq)
  );
  assert.deepEqual(seqs, [10, 9, 8, 7, 6, 5, 4, 3]);
  for (const { message } of answer) {
    const bytes = new TextEncoder().encode(encodeLinkMessage(message)).length;
    assert.ok(bytes <= LINK_FRAME_BYTES_MAX, `${bytes}`);
  }
  const more = answer.map(({ message }) => message.more === true);
  assert.deepEqual(more, [true, true, true, true, true, true, true, false]);
});

Deno.test("Sync.receive() answers over several authors by time, with each certificate once", () => {
  const sync = aliceWithTwo();
  const one = deviceKey("one");
  for (const key of [old, one]) {
    const time = (seq: number) => ({ time: seq * 10 + (key === one ? 1 : 0) });
    sync.receive(carol, entries(...chain(key, 2, time)), NOW);
  }
  const ranges = [old, one].map((author) => ({ author, after: 0, upTo: 2 }));
  const question: Want = { type: "want", channel: "general", ranges };
  const [answer] = sent(sync.receive(bob, question, NOW), "entries");
  const times = answer?.message.entries.map((it) => JSON.parse(it.signed).time);
  assert.deepEqual(times, [21, 20, 11, 10]);
  assert.equal(answer?.message.certificates.length, 2);
  const [again] = sent(sync.receive(bob, question, NOW), "entries");
  assert.equal(again?.message.certificates.length, 0);
  const asked = { ...question, certificates: true as const };
  const [all] = sent(sync.receive(bob, asked, NOW), "entries");
  assert.equal(all?.message.certificates.length, 2);
});

Deno.test("Sync.receive() answers nobody outside the channel", () => {
  const sync = newSync();
  sync.join("general", NOW);
  write(sync);
  sync.linkUp({ peer: bob, user: "bob" }, [], NOW);
  assert.deepEqual(sync.receive(bob, want(alice, 0, 1), NOW), []);
  assert.deepEqual(sync.receive(bob, entries(...chain(old, 1)), NOW), []);
  assert.deepEqual(sync.receive(peerId("x"), have(chain(old, 1)), NOW), []);
});

Deno.test("Sync tells what came in within HAVE_DELAY_MS, once", () => {
  const sync = aliceWithTwo();
  const log = chain(old, 2);
  sync.receive(bob, entries(nth(log, 1)), NOW);
  sync.receive(bob, entries(nth(log, 2)), NOW + 1);
  assert.equal(sync.dueAt, NOW + HAVE_DELAY_MS);
  const told = sent(sync.tick(NOW + HAVE_DELAY_MS), "have");
  assert.deepEqual(told.map(({ to }) => to), [bob, carol]);
  assert.deepEqual(told[0]?.message.vector, have(log).vector);
  assert.deepEqual(sent(sync.tick(NOW + 2 * HAVE_DELAY_MS), "have"), []);
});

Deno.test("Sync passes a push on along the eager tree, and prunes whoever sends what is here", () => {
  const sync = aliceWithTwo();
  sync.broadcast.setFullMesh("general", false);
  const [entry] = chain(old, 1) as [VerifiedEntry];
  const first = sync.receive(bob, pushed(entry), NOW);
  assert.deepEqual(sent(first, "entry-written").map(({ to }) => to), [carol]);
  const second = sync.receive(carol, pushed(entry), NOW);
  assert.deepEqual(sent(second, "prune").map(({ to }) => to), [carol]);
  assert.deepEqual(kept(second), []);
});

Deno.test("Sync in a full mesh passes no push on: its author reaches everyone", () => {
  const sync = aliceWithTwo();
  const [entry] = chain(old, 1) as [VerifiedEntry];
  const actions = sync.receive(bob, pushed(entry), NOW);
  assert.deepEqual(sent(actions, "entry-written"), []);
});

Deno.test("Sync shows a push at once, and fetches what lies below it from whoever has that", () => {
  const sync = aliceWithTwo();
  const log = chain(old, 3);
  const actions = sync.receive(bob, pushed(nth(log, 3)), NOW);
  assert.deepEqual(kept(actions), ["old 3"]);
  assert.deepEqual(sent(actions, "want"), []);
  const [asked] = sent(sync.receive(carol, have(log), NOW), "want");
  assert.deepEqual([asked?.to, asked?.message], [carol, want(old, 0, 2)]);
});

Deno.test("Sync compares digests, and tells all where they differ, not too often", () => {
  const sync = aliceWithTwo();
  write(sync);
  const later = NOW + DIGEST_MS;
  sync.receive(
    bob,
    { type: "have", channel: "general", vector: new Map() },
    NOW,
  );
  const [mine] = sent(sync.tick(later), "digest");
  assert.ok(mine);
  assert.deepEqual(sent(sync.receive(bob, mine.message, later), "have"), []);
  const other = { ...mine.message, digest: "0" };
  const [told] = sent(sync.receive(bob, other, later), "have");
  assert.ok(told?.message.vector.has(alice));
  assert.deepEqual(sent(sync.receive(bob, other, later), "have"), []);
});

Deno.test("Sync counts who holds an own entry, those who left included, and no device twice", () => {
  const sync = aliceWithTwo();
  const { own } = write(sync);
  const held = () => sync.holders("general", own.entry).size;
  assert.equal(held(), 0);
  sync.receive(bob, have([own]), NOW);
  const actions = sync.receive(carol, have([own]), NOW);
  const [update] = actions.filter(({ type }) => type === "update");
  assert.equal(update?.type === "update" && update.kept[0]?.held, 2);
  sync.linkDown(bob, NOW);
  assert.equal(held(), 2);
  const device = deviceKey("dave");
  for (const peer of ["dave1", "dave2"]) {
    const info = { peer: peerId(peer), user: "dave", device };
    sync.linkUp(info, ["general"], NOW);
    sync.receive(info.peer, have([own]), NOW);
    assert.equal(held(), 3);
    sync.linkDown(info.peer, NOW);
  }
  assert.equal(held(), 3);
});

Deno.test("Sync in a large channel counts those whom neighbours have counted, and never more than are in it", () => {
  const sync = aliceWithTwo();
  sync.setShape("general", { size: 40, isFullMesh: false });
  const [first, second] = [write(sync).own, write(sync).own];
  const tell = (from: PeerId, count: number) =>
    sync.receive(from, {
      type: "counted",
      channel: "general",
      counts: [{ author: alice, floor: 1, last: 2, count }],
    }, NOW);
  const most = ({ entry }: VerifiedEntry) => sync.mostHolders("general", entry);
  tell(bob, 20);
  assert.deepEqual([most(first), most(second)], [0, 20]);
  tell(carol, 5);
  assert.equal(most(second), 25);
  const actions = tell(carol, 1_000_000);
  assert.equal(most(second), 39);
  const [update] = actions.filter(({ type }) => type === "update");
  assert.equal(update?.type === "update" && update.kept[0]?.held, 39);
});

Deno.test("Sync knows who has it also where it hears later how many there are", () => {
  const sync = aliceWithTwo();
  sync.setShape("general", { size: 40, isFullMesh: false });
  const { entry } = write(sync).own;
  const counts = [{ author: alice, floor: 0, last: 1, count: 45 }];
  sync.receive(bob, { type: "counted", channel: "general", counts }, NOW);
  assert.equal(sync.mostHolders("general", entry), 39);
  const shape = { size: 60, isFullMesh: false };
  const types = sync.setShape("general", shape).map(({ type }) => type);
  assert.deepEqual(types, ["update", "delivery-changed"]);
  assert.equal(sync.mostHolders("general", entry), 45);
  assert.deepEqual(sync.setShape("general", shape), []);
});

Deno.test("Sync in a large channel tells of many authors a message a second, until all are told of", () => {
  const sync = aliceWithTwo();
  sync.setShape("general", { size: 100, isFullMesh: false });
  const authors = Array.from({ length: 70 }, (_, at) => deviceKey(`a${at}`));
  for (const author of authors) {
    const [entry] = chain(author, 1) as [VerifiedEntry];
    sync.receive(bob, entries(entry), NOW);
  }
  const lengths: number[] = [];
  for (let now = NOW; now < NOW + 10 * COUNT_MS; now += COUNT_MS) {
    const told = sent(sync.tick(now), "counted");
    lengths.push(...told.map(({ message }) => message.counts.length));
  }
  assert.deepEqual(lengths, [32, 32, 6]);
});

Deno.test("Sync in a large channel tells whoever brought an entry of those behind itself, and in a full mesh nobody", () => {
  for (const isFullMesh of [false, true]) {
    const sync = aliceWithTwo();
    sync.setShape("general", { size: 40, isFullMesh });
    const [entry] = chain(old, 1) as [VerifiedEntry];
    sync.receive(bob, entries(entry), NOW);
    const counts = [{ author: old, floor: 0, last: 1, count: 6 }];
    sync.receive(carol, { type: "counted", channel: "general", counts }, NOW);
    const told = sent(sync.tick(NOW + COUNT_MS), "counted")
      .map(({ to, message }) => [to, message.counts[0]?.count]);
    assert.deepEqual(told, isFullMesh ? [] : [[bob, 7]]);
  }
});

Deno.test("Sync says of a fork once, passes the proof on, and takes nothing more from there", () => {
  const sync = aliceWithTwo();
  const log = chain(old, 3);
  sync.receive(bob, entries(nth(log, 1), nth(log, 2)), NOW);
  const rival = signedBy(old, { seq: 2, prev: nth(log, 1).hash, time: 9 });
  const actions = sync.receive(carol, entries(rival), NOW);
  const found = actions.filter(({ type }) => type === "fork-found");
  assert.equal(found.length, 1);
  assert.deepEqual(sent(actions, "fork-found").map(({ to }) => to), [
    bob,
    carol,
  ]);
  assert.deepEqual(kept(sync.receive(bob, entries(nth(log, 3)), NOW)), []);
  const again = sync.receive(carol, entries(rival), NOW);
  assert.deepEqual(again.filter(({ type }) => type === "fork-found"), []);
  const newcomer = { peer: peerId("dave"), user: "dave" };
  const up = sync.linkUp(newcomer, ["general"], NOW);
  assert.equal(sent(up, "fork-found").length, 1);
});

Deno.test("Sync has another log of equal length shown to it, and so finds the fork", () => {
  const sync = aliceWithTwo();
  sync.receive(bob, entries(...chain(old, 2)), NOW);
  const rival = chain(old, 2, () => ({ time: 7 }));
  const [asked] = sent(sync.receive(carol, have(rival), NOW), "want");
  assert.deepEqual([asked?.to, asked?.message], [carol, want(old, 1, 2)]);
  const actions = sync.receive(carol, entries(nth(rival, 2)), NOW);
  assert.ok(actions.some(({ type }) => type === "fork-found"));
});

Deno.test("Sync believes a proof of a fork, and strikes for a proof of none", () => {
  const sync = aliceWithTwo();
  const [a, b] = [1, 2].map((time) => signedBy(old, { seq: 1, time })) as [
    VerifiedEntry,
    VerifiedEntry,
  ];
  const message = (proof: [VerifiedEntry, VerifiedEntry]): VerifiedMessage => ({
    type: "fork-found",
    channel: "general",
    proof,
    certificates: [],
  });
  const wrong = sync.receive(bob, message([a, a]), NOW);
  assert.deepEqual(wrong.map(({ type }) => type), ["strike"]);
  const right = sync.receive(bob, message([a, b]), NOW);
  assert.ok(right.some(({ type }) => type === "fork-found"));
  assert.deepEqual(kept(sync.receive(bob, entries(a), NOW)), []);
});

Deno.test("Sync writes nothing more where its own log was seen to fork", () => {
  const sync = aliceWithTwo();
  write(sync);
  sync.receive(bob, entries(signedBy(alice, { seq: 1, time: 3 })), NOW);
  assert.throws(() => sync.nextHead("general", NOW), /closed, reload/);
});

Deno.test("Sync keeps no more of a flood than the channel may hold, and says what it drops", () => {
  const sync = aliceWithTwo({ ...DEFAULT_RETENTION, entriesMax: 20 });
  let dropped = 0;
  for (const entry of chain(old, 200)) {
    for (const action of sync.receive(bob, pushed(entry), NOW)) {
      if (action.type === "forget") dropped += action.dropped.length;
    }
  }
  assert.equal(sync.view("general").length, 20);
  assert.equal(dropped, 180);
});

Deno.test("Sync strikes a peer that is in more channels than it may", () => {
  const sync = aliceWithTwo();
  const outcomes = Array.from(
    { length: CHANNELS_PER_PEER_MAX },
    (_, at) =>
      sync.receive(bob, { type: "channel-joined", channel: `c${at}` }, NOW)
        .some(({ type }) => type === "strike"),
  );
  assert.equal(outcomes.at(-1), true);
  assert.equal(outcomes.at(-2), false);
});

Deno.test("Sync keeps nothing older than the channel does, and asks for it once at most", () => {
  const sync = aliceWithTwo({ ...DEFAULT_RETENTION, ageMaxMs: 1_000 });
  const log = chain(old, 3, (seq) => ({ time: NOW - 9_000 + 2_000 * seq }));
  sync.receive(bob, have(log), NOW);
  sync.receive(bob, entries(...log.toReversed()), NOW);
  assert.deepEqual(sync.view("general").map(({ entry }) => entry.seq), []);
  const later = have([...log, ...chain(old, 4).slice(3)]);
  const [asked] = sent(sync.receive(carol, later, NOW), "want");
  assert.deepEqual(asked?.message, want(old, 3, 4));
});
