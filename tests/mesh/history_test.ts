import assert from "node:assert/strict";
import { ManualClock } from "../../lib/clock.ts";
import { CATCH_UP_MS } from "../../lib/mesh/catching_up.ts";
import { History, PENDING_MAX } from "../../lib/mesh/history.ts";
import type { Signer } from "../../lib/mesh/keys.ts";
import { MemoryStore, type Store } from "../../lib/mesh/store.ts";
import type {
  KeptEntry,
  VerifiedEntry,
} from "../../lib/mesh/verified_entry.ts";
import { HEAD_CHARS, type LinkMessage } from "../../lib/wire/link.ts";
import { certificateOf, cheapKeys, deviceKey } from "../tools/cheap_keys.ts";
import { chain } from "../tools/entries.ts";
import { peerId } from "../tools/ids.ts";

const bob = peerId("bob");

/** A page's history, with bob linked to it. */
class Page {
  readonly sent: LinkMessage[] = [];
  readonly clock = new ManualClock(1_800_000_000_000);
  readonly history: History;
  storageFailures = 0;
  forks: boolean[] = [];

  isAlone = false;

  constructor(store: Store) {
    this.history = new History({
      user: "alice",
      isAlone: () => this.isAlone,
      keys: cheapKeys,
      store,
      clock: this.clock,
      isGenuine: () => Promise.resolve(true),
      events: {
        send: (_to, message) => this.sent.push(message),
        strike: () => {},
        messagesChanged: () => {},
        entriesKept: () => {},
        entriesDropped: () => {},
        deliveryChanged: () => {},
        storageFailed: () => this.storageFailures++,
        forkFound: (_channel, { own }) => this.forks.push(own),
      },
    });
  }

  async open(device: Signer = cheapKeys.signer(deviceKey("alice"))) {
    await this.history.start();
    await this.history.join("general");
    await this.identify(device);
    this.linkUp();
    this.tell([]);
    return this;
  }

  linkUp(): void {
    this.history.linkUp({ peer: bob, user: "bob" }, ["general"]);
  }

  /** Bob says that he holds these entries of ours, the first ones of the log. */
  tell(held: VerifiedEntry[]): void {
    const runs = held.slice(-1).map(({ entry, hash }) => {
      return { held: [0, entry.seq] as const, head: hash.slice(0, HEAD_CHARS) };
    });
    const author = deviceKey("alice");
    const vector = new Map(runs.length > 0 ? [[author, runs]] : []);
    this.history.receive(bob, { type: "have", channel: "general", vector });
  }

  /** Bob answers with these. */
  async give(entries: VerifiedEntry[]): Promise<void> {
    this.history.receive(bob, {
      type: "entries",
      channel: "general",
      entries: entries.map(({ signed, signature, entry }) => {
        return { signed, signature, entry };
      }),
      certificates: [],
    });
    await settle();
  }

  async identify(signer: Signer): Promise<void> {
    const certificate = certificateOf("alice", signer.key);
    await this.history.identified({ certificate, signer });
  }

  texts(): string[] {
    return this.history.messages("general").map(({ text }) => text);
  }

  /** Seq of each entry that was pushed to bob. */
  pushed(): number[] {
    return this.sent.flatMap((message) =>
      message.type === "entry-written"
        ? [JSON.parse(message.entry.signed).seq]
        : []
    );
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

Deno.test("History shows a message at once, and sends it when it is signed and stored", async () => {
  const store = new MemoryStore();
  const page = await new Page(store).open();
  const sending = page.history.say("general", "hi");
  const [pending] = page.history.messages("general");
  assert.deepEqual([pending?.text, pending?.pending], ["hi", true]);
  assert.deepEqual(page.pushed(), []);
  const ref = await sending;
  const [message] = page.history.messages("general");
  assert.deepEqual(message?.ref, ref);
  assert.equal(message?.pending, undefined);
  assert.deepEqual(page.pushed(), [1]);
});

Deno.test("History sends nothing that the store does not have yet: a crash before that costs what nobody saw", async () => {
  const store = new MemoryStore();
  const stored = Promise.withResolvers<void>();
  const append = store.append.bind(store);
  store.append = async (own: KeptEntry) => {
    await stored.promise;
    await append(own);
  };
  const page = await new Page(store).open();
  void page.history.say("general", "first");
  await settle();
  assert.deepEqual(page.pushed(), []);
  stored.resolve();
  await settle();
  assert.deepEqual(page.pushed(), [1]);
});

Deno.test("History goes on with its log after a crash between storing and sending, without a fork", async () => {
  const store = new MemoryStore();
  const before = await new Page(store).open();
  await before.history.say("general", "stored, and then the page died");
  const after = await new Page(store).open();
  await after.history.say("general", "after the reload");
  assert.deepEqual(after.texts(), [
    "stored, and then the page died",
    "after the reload",
  ]);
  assert.deepEqual(after.pushed(), [2]);
  const told = after.sent.find(({ type }) => type === "have");
  const runs = told?.type === "have" ? [...told.vector.values()][0] : [];
  assert.deepEqual(runs?.map(({ held }) => held), [[0, 1]]);
});

/** Three entries that were sent, and a store that a power cut left with one. */
async function afterAPowerCut() {
  const sent = chain(deviceKey("alice"), 3);
  const store = new MemoryStore();
  const [first] = sent as [VerifiedEntry];
  await store.append({ ...first, at: first.entry.time });
  const page = new Page(store);
  await page.history.start();
  await page.history.join("general");
  await page.identify(cheapKeys.signer(deviceKey("alice")));
  return { sent, store, page };
}

Deno.test("History whose store lost the end of its log goes on behind what others give back", async () => {
  const { sent, store, page } = await afterAPowerCut();
  page.linkUp();
  page.tell(sent);
  await page.give(sent.slice(1).toReversed());
  assert.equal((await page.history.say("general", "on")).seq, 4);
  assert.deepEqual(page.forks, []);
  const { entries, heads } = await store.load("general");
  assert.equal(heads.get(deviceKey("alice"))?.seq, 4);
  const last = entries.find(({ entry }) => entry.seq === 4);
  assert.equal(last?.entry.prev, sent[2]?.hash);
});

Deno.test("History that is written in at once after a power cut waits for what others hold of its log", async () => {
  const { sent, page } = await afterAPowerCut();
  const saying = page.history.say("general", "at once");
  await settle();
  page.linkUp();
  await settle();
  page.tell(sent);
  await settle();
  assert.deepEqual(page.pushed(), []);
  await page.give(sent.slice(1).toReversed());
  assert.equal((await saying).seq, 4);
  assert.deepEqual(page.forks, []);
});

Deno.test("History waits no longer than it takes those who are linked to say that they hold nothing more", async () => {
  const { sent, page } = await afterAPowerCut();
  const saying = page.history.say("general", "at once");
  page.linkUp();
  page.tell(sent.slice(0, 1));
  assert.equal((await saying).seq, 2);
});

Deno.test("History does not wait for others where nobody else is there", async () => {
  const { page } = await afterAPowerCut();
  const saying = page.history.say("general", "at once");
  await settle();
  page.isAlone = true;
  page.history.setShape("general", { size: 1, isFullMesh: true });
  assert.equal((await saying).seq, 2);
});

Deno.test("History goes on with what it has where nobody comes, or holds what it says", async () => {
  for (const isLinked of [false, true]) {
    const { sent, page } = await afterAPowerCut();
    const saying = page.history.say("general", "at once");
    if (isLinked) {
      page.linkUp();
      page.tell(sent);
    }
    await settle();
    page.clock.advance(CATCH_UP_MS - 1);
    await settle();
    assert.equal(page.history.messages("general").at(-1)?.pending, true);
    page.clock.advance(1);
    assert.equal((await saying).seq, 2);
  }
});

Deno.test("History of two tabs with one key writes one log, in turns and at the same time", async () => {
  const store = new MemoryStore();
  const [one, two] = await Promise.all([
    new Page(store).open(),
    new Page(store).open(),
  ]);
  await one.history.say("general", "one");
  await two.history.say("general", "two");
  await Promise.all([
    ...["a", "b", "c"].map((text) => one.history.say("general", text)),
    ...["d", "e", "f"].map((text) => two.history.say("general", text)),
  ]);
  const { entries, heads } = await store.load("general");
  const seqs = entries.map(({ entry }) => entry.seq).sort();
  assert.deepEqual(seqs, [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.equal(heads.size, 1);
  const all = [...one.pushed(), ...two.pushed()].toSorted();
  assert.deepEqual(all, seqs);
});

Deno.test("History whose store fails writes nothing more with a key that a later load would use", async () => {
  const store = new MemoryStore();
  const page = await new Page(store).open();
  await page.history.say("general", "kept");
  store.append = () => Promise.reject(new Error("quota exceeded"));
  const sending = page.history.say("general", "not kept");
  await settle();
  assert.equal(page.storageFailures, 1);
  assert.deepEqual(page.pushed(), [1]);
  assert.equal(page.history.storage.works, false);
  const passing = deviceKey("passing");
  await page.identify(cheapKeys.signer(passing));
  assert.deepEqual(await sending, { author: passing, seq: 1 });
  assert.deepEqual(page.texts(), ["kept", "not kept"]);
  await page.history.say("general", "and on");
  assert.deepEqual(page.pushed(), [1, 1, 2]);
});

Deno.test("History waits with what is written until the device has a key", async () => {
  const page = new Page(new MemoryStore());
  await page.history.start();
  await page.history.join("general");
  const sending = page.history.say("general", "early");
  await settle();
  assert.deepEqual(page.texts(), ["early"]);
  page.isAlone = true;
  await page.identify(cheapKeys.signer(deviceKey("alice")));
  assert.equal((await sending).seq, 1);
});

Deno.test("History leaves out a row that changed on the disk, and asks others for it", async () => {
  const store = new MemoryStore();
  const carol = deviceKey("carol");
  const rows = chain(carol, 3).map((entry) => ({ ...entry, at: 5 }));
  const [, second] = rows as [KeptEntry, KeptEntry, KeptEntry];
  second.signed = second.signed.replace("carol 2", "carol X");
  await store.keep(rows);
  const page = await new Page(store).open();
  assert.deepEqual(page.texts(), ["carol 1", "carol 3"]);
  const head = chain(carol, 3)[2]?.hash.slice(0, 8) ?? "";
  const vector = new Map([[carol, [{ held: [0, 3] as const, head }]]]);
  page.history.receive(bob, { type: "have", channel: "general", vector });
  const asked = page.sent.find(({ type }) => type === "want");
  assert.deepEqual(asked?.type === "want" && asked.ranges, [
    { author: carol, after: 1, upTo: 2 },
  ]);
});

Deno.test("History edits, deletes and reacts, and refuses to change what another device wrote", async () => {
  const page = await new Page(new MemoryStore()).open();
  const ref = await page.history.say("general", "helo");
  await page.history.edit("general", ref, "hello");
  await page.history.react("general", ref, { emoji: "👍", on: true });
  const [edited] = page.history.messages("general");
  assert.deepEqual([edited?.text, edited?.edited], ["hello", true]);
  assert.deepEqual(edited?.reactions, [
    { emoji: "👍", users: ["alice"], own: true },
  ]);
  await page.history.remove("general", ref);
  assert.equal(page.history.messages("general")[0]?.deleted, true);
  const other = { author: deviceKey("bob"), seq: 1 };
  await assert.rejects(page.history.edit("general", other, "x"), RangeError);
  await assert.rejects(page.history.remove("general", other), RangeError);
  const reaction = { emoji: "ok", on: true };
  await assert.rejects(page.history.react("general", ref, reaction), /"ok"/);
});

Deno.test("History refuses what can't be a message, and more than may wait", async () => {
  const page = new Page(new MemoryStore());
  await page.history.join("general");
  await assert.rejects(page.history.say("general", " \n"), /empty/);
  for (let count = 0; count < PENDING_MAX; count++) {
    page.history.say("general", "waits").catch(() => {});
  }
  await assert.rejects(page.history.say("general", "x"), /wait to be stored/);
});

Deno.test("History takes half a letter as the mark for what can't be read, as it will travel", async () => {
  const page = await new Page(new MemoryStore()).open();
  await page.history.say("general", "a\ud800b");
  assert.deepEqual(page.texts(), ["a\ufffdb"]);
});

Deno.test("History says that its own log has two ends, and writes there no more", async () => {
  const alice = deviceKey("alice");
  const page = await new Page(new MemoryStore()).open();
  await page.history.say("general", "from the copy that was put back");
  const [lost] = chain(alice, 1);
  assert.ok(lost);
  const { signed, signature, entry } = lost;
  page.history.receive(bob, {
    type: "entries",
    channel: "general",
    entries: [{ signed, signature, entry }],
    certificates: [],
  });
  await settle();
  assert.deepEqual(page.forks, [true]);
  assert.deepEqual(page.texts(), ["from the copy that was put back"]);
  await assert.rejects(page.history.say("general", "more"), /closed, reload/);
});
