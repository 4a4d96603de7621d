import assert from "node:assert/strict";
import {
  CLOCK_WRONG_MS,
  HAVE_DELAY_MS,
  Sync,
  type SyncAction,
  WANT_TIMEOUT_MS,
} from "../../lib/mesh/sync.ts";
import {
  type Entries,
  type Entry,
  type Have,
  type LinkMessage,
  TEXT_BYTES_MAX,
} from "../../lib/wire/link.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import { entryOf, peerId } from "../tools/ids.ts";

const alice = peerId("alice");
const bob = peerId("bob");
const carol = peerId("carol");
const NOW = 1_000_000;

function newSync(peer: PeerId, known: Record<PeerId, string> = {}): Sync {
  const user = peer.replaceAll("_", "");
  return new Sync({ self: { peer, user }, userOf: (id) => known[id] });
}

/** Alice in #general, linked to bob and carol, who are there too. */
function aliceWithTwo(known: Record<PeerId, string> = {}): Sync {
  const sync = newSync(alice, known);
  sync.join("general");
  sync.linkUp({ peer: bob, user: "bob" }, ["general"]);
  sync.linkUp({ peer: carol, user: "carol" }, ["general"]);
  return sync;
}

function sent<T extends LinkMessage["type"]>(
  actions: SyncAction[],
  type: T,
): { to: PeerId; message: Extract<LinkMessage, { type: T }> }[] {
  return actions.flatMap((action) =>
    action.type === "send" && action.message.type === type
      ? [{
        to: action.to,
        message: action.message as Extract<LinkMessage, { type: T }>,
      }]
      : []
  );
}

function kept(actions: SyncAction[]): string[] {
  return actions.flatMap((action) =>
    action.type === "keep" ? action.kept.map(({ entry }) => entry.text) : []
  );
}

function strikes(actions: SyncAction[]): PeerId[] {
  return actions.flatMap((action) =>
    action.type === "strike" ? [action.peer] : []
  );
}

function entries(...list: Entry[]): Entries {
  return { type: "entries", channel: "general", entries: list };
}

function have(author: PeerId, last: number, floor = 0): Have {
  const vector = new Map([[author, [floor, last] as const]]);
  return { type: "have", channel: "general", vector };
}

Deno.test("Sync.write() sends the entry to every linked member and keeps it", () => {
  const sync = aliceWithTwo();
  const { actions } = sync.write("general", "hi", NOW);
  const told = sent(actions, "entry-written").map(({ to }) => to);
  assert.deepEqual(told, [bob, carol]);
  assert.deepEqual(kept(actions), ["hi"]);
});

Deno.test("Sync.write() refuses an empty text, one too long, and a channel not joined", () => {
  const sync = aliceWithTwo();
  assert.throws(() => sync.write("general", " \n", NOW), RangeError);
  const long = "ă".repeat(TEXT_BYTES_MAX / 2 + 1);
  assert.throws(() => sync.write("general", long, NOW), /a message may have/);
  assert.throws(() => sync.write("other", "hi", NOW), /join it first/);
});

Deno.test("Sync.write() dates an entry after everything seen, but not after a clock that runs ahead", () => {
  const sync = aliceWithTwo();
  const soon = NOW + 10_000;
  sync.receive(bob, entries(entryOf({ author: bob, seq: 1, time: soon })), NOW);
  assert.equal(sync.write("general", "a", NOW).kept.entry.time, soon + 1);
  const far = NOW + CLOCK_WRONG_MS * 1_000;
  sync.receive(bob, entries(entryOf({ author: bob, seq: 2, time: far })), NOW);
  assert.equal(sync.write("general", "b", NOW).kept.entry.time, soon + 2);
});

Deno.test("Sync.linkUp() tells a member what we hold, and a stranger to the channel nothing", () => {
  const sync = newSync(alice);
  sync.join("general");
  sync.write("general", "hi", NOW);
  const member = sync.linkUp({ peer: bob, user: "bob" }, ["general"]);
  assert.deepEqual(sent(member, "have")[0]?.message.vector.get(alice), [0, 1]);
  const stranger = sync.linkUp({ peer: carol, user: "carol" }, ["other"]);
  assert.deepEqual(stranger, []);
});

Deno.test("Sync.receive() asks for what a have names and we lack", () => {
  const sync = aliceWithTwo();
  const [want] = sent(sync.receive(bob, have(bob, 3), NOW), "want");
  assert.equal(want?.to, bob);
  assert.deepEqual(want?.message.ranges, [{ author: bob, after: 0, upTo: 3 }]);
});

Deno.test("Sync.receive() asks two holders for different authors, each once", () => {
  const sync = aliceWithTwo();
  const old1 = peerId("old1");
  const old2 = peerId("old2");
  const both = new Map([[old1, [0, 1] as const], [old2, [0, 1] as const]]);
  const message: Have = { type: "have", channel: "general", vector: both };
  const first = sent(sync.receive(bob, message, NOW), "want");
  assert.deepEqual(first.map(({ to }) => to), [bob]);
  assert.deepEqual(sent(sync.receive(carol, message, NOW), "want"), []);
});

Deno.test("Sync.tick() puts a question that nobody answered to another holder", () => {
  const sync = aliceWithTwo();
  const old = peerId("old");
  sync.receive(bob, have(old, 1), NOW);
  sync.receive(carol, have(old, 1), NOW);
  const again = sent(sync.tick(NOW + WANT_TIMEOUT_MS), "want");
  assert.deepEqual(again.map(({ to }) => to), [carol]);
});

Deno.test("Sync.linkDown() puts the lost peer's question to another holder", () => {
  const sync = aliceWithTwo();
  const old = peerId("old");
  sync.receive(bob, have(old, 1), NOW);
  sync.receive(carol, have(old, 1), NOW);
  const again = sent(sync.linkDown(bob, NOW), "want");
  assert.deepEqual(again.map(({ to }) => to), [carol]);
});

Deno.test("Sync.receive() answers a want with a page that fits one message", () => {
  const sync = aliceWithTwo();
  const text = "\u0001".repeat(TEXT_BYTES_MAX);
  for (let count = 0; count < 3; count++) sync.write("general", text, NOW);
  const ranges = [{ author: alice, after: 0, upTo: 3 }];
  const want = { type: "want" as const, channel: "general", ranges };
  const [answer] = sent(sync.receive(bob, want, NOW), "entries");
  assert.deepEqual(answer?.message.entries.map(({ seq }) => seq), [1]);
});

Deno.test("Sync.receive() answers a want of somebody outside the channel with nothing", () => {
  const sync = newSync(alice);
  sync.join("general");
  sync.write("general", "secret", NOW);
  sync.linkUp({ peer: bob, user: "bob" }, []);
  const ranges = [{ author: alice, after: 0, upTo: 1 }];
  const want = { type: "want" as const, channel: "general", ranges };
  assert.deepEqual(sync.receive(bob, want, NOW), []);
});

Deno.test("Sync.receive() goes on asking until it has all, a page at a time", () => {
  const sync = aliceWithTwo();
  sync.receive(bob, have(bob, 2), NOW);
  const first = entries(entryOf({ author: bob, seq: 1 }));
  const [want] = sent(sync.receive(bob, first, NOW), "want");
  assert.deepEqual(want?.message.ranges, [{ author: bob, after: 1, upTo: 2 }]);
});

Deno.test("Sync.receive() does not take news of its author for the answer to a question", () => {
  const sync = aliceWithTwo();
  sync.receive(bob, have(bob, 1), NOW);
  const entry = entryOf({ author: bob, seq: 2 });
  const news = { type: "entry-written" as const, channel: "general", entry };
  assert.deepEqual(kept(sync.receive(bob, news, NOW)), []);
  const answer = entries(entryOf({ author: bob, seq: 1 }));
  const [want] = sent(sync.receive(bob, answer, NOW), "want");
  assert.deepEqual(want?.message.ranges, [{ author: bob, after: 1, upTo: 2 }]);
});

Deno.test("Sync.receive() stops asking a peer whose answer is empty", () => {
  const sync = aliceWithTwo();
  sync.receive(bob, have(peerId("old"), 5), NOW);
  const actions = sync.receive(bob, entries(), NOW);
  assert.deepEqual(sent(actions, "want"), []);
  assert.equal(sync.dueAt, Infinity);
});

Deno.test("Sync.receive() stops asking for entries that it cannot accept", () => {
  const sync = aliceWithTwo();
  const old = peerId("old");
  sync.receive(carol, entries(entryOf({ author: old, seq: 1 })), NOW);
  sync.receive(bob, have(old, 2), NOW);
  const impostor = entryOf({ author: old, seq: 2, user: "somebody" });
  const actions = sync.receive(bob, entries(impostor), NOW);
  assert.deepEqual(sent(actions, "want"), []);
});

Deno.test("Sync.receive() takes up above a floor that everyone has let go of", () => {
  const sync = aliceWithTwo();
  const old = peerId("old");
  const [want] = sent(sync.receive(bob, have(old, 9, 7), NOW), "want");
  assert.deepEqual(want?.message.ranges, [{ author: old, after: 7, upTo: 9 }]);
  const page = entries(
    entryOf({ author: old, seq: 8 }),
    entryOf({ author: old, seq: 9 }),
  );
  assert.deepEqual(kept(sync.receive(bob, page, NOW)), ["old 8", "old 9"]);
});

Deno.test("Sync.receive() never lets one peer speak for another that is present", () => {
  const sync = aliceWithTwo();
  const forged = entries(entryOf({ author: carol, seq: 1, text: "I quit" }));
  assert.deepEqual(kept(sync.receive(bob, forged, NOW)), []);
  const real = entries(entryOf({ author: carol, seq: 1 }));
  assert.deepEqual(kept(sync.receive(carol, real, NOW)), ["carol 1"]);
});

Deno.test("Sync.receive() strikes who writes in our name, or under another user's", () => {
  const sync = aliceWithTwo({ [peerId("dave")]: "dave" });
  const ours = entries(entryOf({ author: alice, seq: 1 }));
  assert.deepEqual(strikes(sync.receive(bob, ours, NOW)), [bob]);
  const renamed = entries(entryOf({ author: bob, seq: 1, user: "alice" }));
  assert.deepEqual(strikes(sync.receive(bob, renamed, NOW)), [bob]);
  const absent = entryOf({ author: peerId("dave"), seq: 1, user: "bob" });
  assert.deepEqual(strikes(sync.receive(bob, entries(absent), NOW)), [bob]);
  assert.deepEqual(sync.view("general"), []);
});

Deno.test("Sync.receive() strikes who claims entries of ours that we never wrote", () => {
  const sync = aliceWithTwo();
  assert.deepEqual(strikes(sync.receive(bob, have(alice, 4), NOW)), [bob]);
});

Deno.test("Sync.receive() says who handed on an entry that did not come from its author", () => {
  const sync = aliceWithTwo();
  sync.receive(bob, entries(entryOf({ author: peerId("old"), seq: 1 })), NOW);
  sync.receive(carol, entries(entryOf({ author: carol, seq: 1 })), NOW);
  const vias = sync.view("general").map(({ entry, via }) => [entry.user, via]);
  assert.deepEqual(vias.toSorted(), [["carol", undefined], ["old", "bob"]]);
});

Deno.test("Sync.tick() tells all members together what came in: the receipt", () => {
  const sync = aliceWithTwo();
  sync.receive(bob, entries(entryOf({ author: bob, seq: 1 })), NOW);
  sync.receive(carol, entries(entryOf({ author: carol, seq: 1 })), NOW);
  assert.equal(sync.dueAt, NOW + HAVE_DELAY_MS);
  const told = sent(sync.tick(NOW + HAVE_DELAY_MS), "have");
  assert.deepEqual(told.map(({ to }) => to), [bob, carol]);
  assert.deepEqual([...told[0]?.message.vector.keys() ?? []], [bob, carol]);
});

Deno.test("Sync.holders() counts receipts, also of peers that have left since", () => {
  const sync = aliceWithTwo();
  const { kept: { entry } } = sync.write("general", "hi", NOW);
  assert.equal(sync.holders("general", entry).size, 0);
  sync.receive(bob, have(alice, 1), NOW);
  sync.linkDown(bob, NOW);
  assert.deepEqual([...sync.holders("general", entry)], [bob]);
});

Deno.test("Sync.receive() puts what comes live from a slow clock after what it answers", () => {
  const sync = aliceWithTwo();
  sync.write("general", "question", NOW);
  const slow = entryOf({ author: bob, seq: 1, time: NOW - 120_000 });
  const news = {
    type: "entry-written" as const,
    channel: "general",
    entry: slow,
  };
  sync.receive(bob, news, NOW + 1_000);
  const seen = sync.view("general").map(({ entry }) => entry.text);
  assert.deepEqual(seen, ["question", "bob 1"]);
});

Deno.test("Sync.restore() brings back what was kept, beside what was written meanwhile", () => {
  const sync = aliceWithTwo();
  const { kept: before } = sync.write("general", "quick", NOW);
  const entry = entryOf({ author: peerId("old"), seq: 1 });
  const stored = [{ channel: "general", entry, at: entry.time }];
  const told = sent(sync.restore("general", stored, NOW), "have");
  assert.deepEqual(sync.view("general"), [stored[0], before]);
  assert.deepEqual(told.map(({ to }) => to), [bob, carol]);
});

Deno.test("Sync.leave() tells the others, and what comes for the channel afterwards is nothing", () => {
  const sync = aliceWithTwo();
  assert.equal(sent(sync.leave("general"), "channel-left").length, 2);
  const late = entries(entryOf({ author: bob, seq: 1 }));
  assert.deepEqual(sync.receive(bob, late, NOW), []);
});

Deno.test("Sync.receive() strikes who joins more channels than anyone may", () => {
  const sync = newSync(alice);
  sync.linkUp({ peer: bob, user: "bob" }, []);
  const struck = Array.from({ length: 65 }, (_, index) => {
    const channel = `c${index}`;
    return strikes(sync.receive(bob, { type: "channel-joined", channel }, NOW));
  });
  assert.deepEqual(struck.flat(), [bob]);
});
