import assert from "node:assert/strict";
import { ManualClock } from "../../lib/clock.ts";
import type { Person } from "../../lib/mesh/chat.ts";
import { Outbox } from "../../lib/ui/outbox.ts";
import {
  ChatState,
  MESSAGES_SHOWN,
  RETRY_SHOWN_MS,
} from "../../lib/ui/state.ts";
import { keyOf } from "../../lib/ui/timeline.ts";
import { TEXT_BYTES_MAX } from "../../lib/wire/entry.ts";
import { FakeChat, fakePeerId } from "../tools/fake_chat.ts";

async function startedState() {
  const chat = new FakeChat();
  const clock = new ManualClock();
  const state = new ChatState(chat, clock);
  await state.start();
  return { chat, clock, state };
}

function person(user: string, peer = fakePeerId(user)): Person {
  return { peer, user, state: "direct" };
}

function say(chat: FakeChat, count: number, channel = "general"): void {
  for (let index = 0; index < count; index++) {
    chat.say(channel, "bob", `message ${index}`);
  }
}

function textsOf(state: ChatState): string[] {
  return state.messages.value.map(({ text }) => text);
}

Deno.test("ChatState.start() goes from starting to ready", async () => {
  const chat = new FakeChat();
  const state = new ChatState(chat, new ManualClock());
  const started = state.start();
  assert.equal(state.phase.value, "starting");
  await started;
  assert.equal(state.phase.value, "ready");
  assert.equal(state.trackerState.value, "online");
});

Deno.test("ChatState.start() shows and rethrows what made it fail", async () => {
  const chat = new FakeChat();
  chat.started = Promise.reject(new Error("no store"));
  const state = new ChatState(chat, new ManualClock());
  await assert.rejects(state.start(), /no store/);
  assert.equal(state.phase.value, "failed");
});

Deno.test("ChatState.stop() listens no more", async () => {
  const { chat, state } = await startedState();
  assert.equal(chat.listenerCount, 1);
  state.stop();
  assert.equal(chat.listenerCount, 0);
});

Deno.test("ChatState follows every kind of change", async () => {
  const { chat, state } = await startedState();
  chat.setTrouble("no-tracker");
  chat.setTracker("away");
  chat.setChannel("random", false);
  chat.setPeople("general", [person("bob")]);
  chat.say("general", "bob", "hi");
  chat.announce({ type: "storage-failed" });
  assert.equal(state.trouble.value, "no-tracker");
  assert.equal(state.trackerState.value, "away");
  assert.deepEqual(state.channels.value.map(({ channel }) => channel), [
    "general",
    "random",
  ]);
  assert.deepEqual(state.people.value.map(({ user }) => user), ["bob"]);
  assert.deepEqual(textsOf(state), ["hi"]);
  assert.equal(state.storageWorks.value, false);
});

Deno.test("ChatState reports a refused request until it is dismissed", async () => {
  const { chat, state } = await startedState();
  chat.announce({ type: "request-failed", code: "channel-limit" });
  chat.announce({ type: "request-failed", code: "unknown-peer" });
  assert.equal(state.requestFault.value, "channel-limit");
  state.dismissRequestFault();
  assert.equal(state.requestFault.value, undefined);
});

Deno.test("ChatState.openChannel() joins a new channel and shows it", async () => {
  const { chat, state } = await startedState();
  chat.say("general", "bob", "in general");
  state.openChannel("random");
  assert.equal(state.channel.value, "random");
  assert.deepEqual(textsOf(state), []);
  assert.ok(chat.channels().some(({ channel }) => channel === "random"));
  state.openChannel("general");
  assert.deepEqual(textsOf(state), ["in general"]);
});

Deno.test("ChatState.openChannel() stays where a limit is reached", async () => {
  const { chat, state } = await startedState();
  chat.failure = new RangeError("Cannot join");
  state.openChannel("one-more");
  assert.equal(state.channel.value, "general");
  assert.equal(state.requestFault.value, "channel-limit");
});

Deno.test("ChatState.createChannel() takes the one form of a typed name", async () => {
  const { state } = await startedState();
  assert.equal(state.createChannel(" #Lớp-12A "), true);
  assert.equal(state.channel.value, "lớp-12a");
  assert.equal(state.createChannel("two words"), false);
  assert.equal(state.channel.value, "lớp-12a");
});

Deno.test("ChatState.leaveChannel() returns to the default channel", async () => {
  const { state } = await startedState();
  state.openChannel("random");
  state.leaveChannel("random");
  assert.equal(state.channel.value, "general");
});

Deno.test("ChatState.send() sends the trimmed draft and empties it", async () => {
  const { state } = await startedState();
  state.draft.write("  hello\nthere \n");
  await state.send();
  assert.deepEqual(textsOf(state), ["hello\nthere"]);
  assert.equal(state.draft.text.value, "");
});

Deno.test("ChatState.send() does nothing with an empty draft", async () => {
  const { state } = await startedState();
  state.draft.write(" \n ");
  assert.equal(state.sendable.value, false);
  await state.send();
  assert.deepEqual(textsOf(state), []);
});

Deno.test("ChatState.send() counts bytes, not letters", async () => {
  const { state } = await startedState();
  state.draft.write("ế".repeat(TEXT_BYTES_MAX / 3));
  assert.equal(state.sendable.value, true);
  state.draft.write("ế".repeat(TEXT_BYTES_MAX / 3 + 1));
  assert.equal(state.sendable.value, false);
  await state.send();
  assert.deepEqual(textsOf(state), []);
});

Deno.test("ChatState.send() keeps the draft where sending fails", async () => {
  const { chat, state } = await startedState();
  state.draft.write("precious");
  chat.failure = new Error("Cannot send");
  await state.send();
  assert.equal(state.draft.text.value, "precious");
  assert.equal(state.draft.failed.value, true);
  await state.send();
  assert.equal(state.draft.failed.value, false);
  assert.deepEqual(textsOf(state), ["precious"]);
});

Deno.test("ChatState.send() loses nothing that is written while sending fails", async () => {
  const { chat, state } = await startedState();
  state.draft.write("first");
  chat.failure = new Error("Cannot send");
  const failing = state.send();
  state.draft.write("second");
  await failing;
  assert.equal(state.draft.text.value, "first\nsecond");
});

Deno.test("ChatState.send() gives a text back to the channel that it was for", async () => {
  const { chat, state } = await startedState();
  state.draft.write("for general");
  chat.failure = new Error("Cannot send");
  const failing = state.send();
  state.openChannel("tea");
  await failing;
  assert.equal(state.draft.text.value, "");
  state.openChannel("general");
  assert.equal(state.draft.text.value, "for general");
});

Deno.test("ChatState says of a log with two ends until it is dismissed", async () => {
  const { chat, state } = await startedState();
  const fork = { user: "bob", own: false };
  chat.announce({
    type: "fork-found",
    channel: "general",
    author: "x",
    ...fork,
  });
  assert.deepEqual(state.fork.value, fork);
  state.dismissFork();
  assert.equal(state.fork.value, undefined);
});

Deno.test("ChatState.send() waits until the chat is ready", async () => {
  const state = new ChatState(new FakeChat(), new ManualClock());
  state.draft.write("early");
  await state.send();
  assert.equal(state.draft.text.value, "early");
});

Deno.test("ChatState keeps a draft for each channel", async () => {
  const { state } = await startedState();
  state.draft.write("for general");
  state.openChannel("random");
  assert.equal(state.draft.text.value, "");
  state.draft.write("for random");
  state.openChannel("general");
  assert.equal(state.draft.text.value, "for general");
  state.openChannel("random");
  assert.equal(state.draft.text.value, "for random");
});

Deno.test("ChatState shows the last messages, and more when asked", async () => {
  const { chat, state } = await startedState();
  say(chat, MESSAGES_SHOWN + 50);
  assert.equal(state.messages.value.length, MESSAGES_SHOWN);
  assert.equal(state.earlier.value, 50);
  state.showEarlier();
  assert.equal(state.messages.value.length, MESSAGES_SHOWN + 50);
  assert.equal(state.earlier.value, 0);
});

Deno.test("ChatState moves nothing under a reader who is scrolled up", async () => {
  const { chat, state } = await startedState();
  say(chat, MESSAGES_SHOWN + 10);
  const [first] = state.messages.value;
  state.follow(false);
  say(chat, 5);
  assert.equal(state.messages.value[0], first);
  assert.equal(state.messages.value.length, MESSAGES_SHOWN + 5);
  state.follow(true);
  say(chat, 1);
  assert.equal(state.messages.value.length, MESSAGES_SHOWN);
});

Deno.test("ChatState counts what others write in channels out of sight", async () => {
  const { chat, state } = await startedState();
  chat.setChannel("random");
  say(chat, 2, "random");
  chat.send("random", "from an earlier load of this page");
  say(chat, 3);
  assert.equal(state.unread.countOf("random"), 2);
  assert.equal(state.unread.countOf("general"), 0);
  assert.equal(state.unread.total.value, 2);
});

Deno.test("ChatState marks the first new message of an opened channel", async () => {
  const { chat, state } = await startedState();
  chat.setChannel("random");
  const first = chat.say("random", "bob", "first");
  chat.say("random", "bob", "second");
  state.openChannel("random");
  assert.equal(state.newFrom.value, keyOf(first));
  assert.equal(state.unread.total.value, 0);
  state.draft.write("answer");
  await state.send();
  assert.equal(state.newFrom.value, undefined);
});

Deno.test("ChatState counts as unread what arrives while the page is behind", async () => {
  const { chat, state } = await startedState();
  state.setInFront(false);
  say(chat, 2);
  assert.equal(state.unread.total.value, 2);
  state.setInFront(true);
  assert.equal(state.unread.total.value, 0);
});

Deno.test("ChatState counts as unread what arrives below the reader", async () => {
  const { chat, state } = await startedState();
  state.follow(false);
  say(chat, 2);
  assert.equal(state.unread.total.value, 2);
  state.follow(true);
  assert.equal(state.unread.total.value, 0);
});

Deno.test("ChatState counts nothing that the store gives back at the start", async () => {
  const chat = new FakeChat();
  const state = new ChatState(chat, new ManualClock());
  const started = state.start();
  chat.setChannel("random");
  say(chat, 4, "random");
  await started;
  assert.equal(state.unread.total.value, 0);
});

Deno.test("ChatState tells users apart who are here more than once", async () => {
  const { chat, state } = await startedState();
  chat.setPeople("general", [
    person("admin", fakePeerId("other window")),
    person("bob"),
    person("linh", fakePeerId("a")),
    person("linh", fakePeerId("b")),
  ]);
  assert.deepEqual([...state.namesakes.value].sort(), ["admin", "linh"]);
});

Deno.test("ChatState.retry() says so until something changes", async () => {
  const { chat, clock, state } = await startedState();
  chat.setTrouble("no-server");
  state.retry();
  assert.equal(chat.retries, 1);
  assert.equal(state.retrying.value, true);
  chat.setTrouble("no-tracker");
  assert.equal(state.retrying.value, false);
  state.retry();
  clock.advance(RETRY_SHOWN_MS);
  assert.equal(state.retrying.value, false);
});

Deno.test("ChatState knows when a new day begins", async () => {
  const { clock, state } = await startedState();
  const before = state.today.value;
  clock.advance(24 * 60 * 60 * 1000);
  assert.ok(state.today.value > before);
});

Deno.test("ChatState.deliveryOf() is read again when deliveries change", async () => {
  const { chat, state } = await startedState();
  const message = chat.say("general", "bob", "hi");
  const { computed } = await import("@preact/signals");
  const held = computed(() => state.deliveryOf(message).held);
  assert.equal(held.value, 0);
  chat.delivered = { held: 2, of: 3 };
  chat.announce({ type: "delivery-changed", channel: "general" });
  assert.equal(held.value, 2);
});

/** What a tab keeps from one page to the next. */
function tabStorage() {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

Deno.test("ChatState sends what the tab's last page had not stored when it was left", async () => {
  const storage = tabStorage();
  const page = async (chat: FakeChat) => {
    const outbox = new Outbox("admin", storage);
    const state = new ChatState(chat, new ManualClock(), { outbox });
    await state.start();
    return state;
  };
  const left = new FakeChat();
  left.send = () => new Promise(() => {});
  const state = await page(left);
  for (const text of ["one", "two"]) {
    state.draft.write(text);
    void state.send();
  }
  const next = new FakeChat();
  const restarted = await page(next);
  await Promise.resolve();
  assert.deepEqual(textsOf(restarted), ["one", "two"]);
  // Stored now: the page after that sends nothing again.
  await new Promise((done) => queueMicrotask(() => done(undefined)));
  assert.equal(storage.kept.size, 0);
});

Deno.test("ChatState does not send again what was stored just before its page was left", async () => {
  const storage = tabStorage();
  const chat = new FakeChat();
  const outbox = new Outbox("admin", storage);
  outbox.note({ channel: "general", text: "said", after: 0 });
  await chat.send("general", "said");
  const state = new ChatState(chat, new ManualClock(), {
    outbox: new Outbox("admin", storage),
  });
  await state.start();
  assert.deepEqual(textsOf(state), ["said"]);
});

Deno.test("Outbox leaves out what it can't have written, and another user's", () => {
  const storage = tabStorage();
  const good = { channel: "general", text: "hello", after: 3 };
  const bad = [null, 7, {}, { ...good, after: "3" }, { ...good, replyTo: 1 }];
  storage.kept.set("outbox:mai", JSON.stringify([...bad, good]));
  assert.deepEqual(new Outbox("admin", storage).takeLeft(), []);
  assert.deepEqual(new Outbox("mai", storage).takeLeft(), [good]);
  assert.deepEqual(new Outbox("mai", storage).takeLeft(), []);
  storage.kept.set("outbox:mai", "{broken");
  assert.deepEqual(new Outbox("mai", storage).takeLeft(), []);
});
