import assert from "node:assert/strict";
import fc from "fast-check";
import type { Message } from "../../lib/mesh/chat.ts";
import { EMOJI_PER_MESSAGE_MAX, MessageBook } from "../../lib/mesh/messages.ts";
import type { KeptEntry } from "../../lib/mesh/verified_entry.ts";
import type { DeviceKey } from "../../lib/wire/device_key.ts";
import type { EntryBody } from "../../lib/wire/entry.ts";
import { deviceKey } from "../tools/cheap_keys.ts";
import { signedBy } from "../tools/entries.ts";

const alice = deviceKey("alice");
const bob = deviceKey("bob");
/** Bob's other device. */
const bob2 = deviceKey("bob2");
const PHOTO = {
  name: "cat.jpg",
  size: 300_000,
  type: "image/jpeg",
  hash: "c".repeat(43),
};

function entry(
  author: DeviceKey,
  seq: number,
  body: EntryBody,
  time = 1_000 + seq,
): KeptEntry {
  const signed = signedBy(author, { seq, prev: "p".repeat(43), time, body });
  const user = author === bob2 ? "bob" : signed.user;
  return { ...signed, user, at: time };
}

function text(author: DeviceKey, seq: number, said = "hi"): KeptEntry {
  return entry(author, seq, { kind: "text", text: said });
}

function reaction(
  author: DeviceKey,
  seq: number,
  { emoji = "👍", on = true, time = 2_000 + seq } = {},
): KeptEntry {
  const target = { author: alice, seq: 1 };
  return entry(author, seq, { kind: "reaction", target, emoji, on }, time);
}

function bookOf(...entries: KeptEntry[]): MessageBook {
  const book = new MessageBook({
    user: "alice",
    isOwn: (key) => key === alice,
  });
  book.add(entries);
  return book;
}

function texts(book: MessageBook): string[] {
  return book.list.map(({ text }) => text);
}

function first(book: MessageBook): Message {
  const [message] = book.list;
  assert.ok(message);
  return message;
}

Deno.test("MessageBook shows a text, and what was said in reply to what", () => {
  const replyTo = { author: alice, seq: 1 };
  const reply = entry(bob, 1, { kind: "text", text: "yes", replyTo });
  const [question, answer] = bookOf(text(alice, 1, "tea?"), reply).list;
  assert.deepEqual([question?.text, question?.own], ["tea?", true]);
  assert.deepEqual([answer?.text, answer?.own], ["yes", false]);
  assert.deepEqual(answer?.replyTo, replyTo);
});

Deno.test("MessageBook.add() names what is new in the order of reading, whichever way it came", () => {
  const book = bookOf(text(alice, 3, "three"));
  const { added } = book.add([text(alice, 2, "two"), text(alice, 1, "one")]);
  assert.deepEqual(added.map((message) => message.text), ["one", "two"]);
  assert.deepEqual(book.list.map((message) => message.text), [
    ...["one", "two", "three"],
  ]);
});

function file(author: DeviceKey, seq: number): KeptEntry {
  return entry(author, seq, { kind: "file", ...PHOTO });
}

Deno.test("MessageBook shows a file with its reactions, and no edit of it", () => {
  const edit = entry(alice, 2, { kind: "edit", target: 1, text: "mine" });
  for (const order of [[0, 1, 2], [2, 1, 0]]) {
    const entries = [file(alice, 1), edit, reaction(bob, 1)];
    const book = bookOf(...order.map((at) => entries[at] as KeptEntry));
    const message = first(book);
    assert.deepEqual(message.file, PHOTO);
    assert.deepEqual([message.text, message.edited], ["", false]);
    assert.equal(message.reactions.length, 1);
  }
});

Deno.test("MessageBook shows nothing of a file that was taken back, and drops it with its entry", () => {
  const taken = entry(alice, 2, { kind: "delete", target: 1 });
  const book = bookOf(taken, file(alice, 1));
  assert.equal(first(book).deleted, true);
  assert.equal(first(book).file, undefined);
  assert.deepEqual(book.drop([file(alice, 1)]).refs, [{
    author: alice,
    seq: 1,
  }]);
  assert.deepEqual(book.list, []);
});

Deno.test("MessageBook shows the last edit, whenever it comes", () => {
  const edits = [2, 3].map((seq) =>
    entry(alice, seq, { kind: "edit", target: 1, text: `version ${seq}` })
  );
  for (const order of [edits, edits.toReversed()]) {
    const before = bookOf(...order, text(alice, 1));
    const after = bookOf(text(alice, 1), ...order);
    for (const book of [before, after]) {
      assert.deepEqual(texts(book), ["version 3"]);
      assert.equal(first(book).edited, true);
    }
  }
});

Deno.test("MessageBook shows nothing of a deleted message, whatever comes after", () => {
  const book = bookOf(
    text(alice, 1, "secret"),
    reaction(bob, 1),
    entry(alice, 2, { kind: "delete", target: 1 }),
    entry(alice, 3, { kind: "edit", target: 1, text: "secret again" }),
  );
  const { text: shown, deleted, edited, reactions } = first(book);
  assert.deepEqual([shown, deleted, edited, reactions], ["", true, false, []]);
});

Deno.test("MessageBook lets nobody edit or delete what another wrote", () => {
  const book = bookOf(
    text(alice, 1, "mine"),
    text(bob, 1, "bob's"),
    entry(bob, 2, { kind: "edit", target: 1, text: "changed" }),
    entry(bob2, 3, { kind: "delete", target: 1 }),
  );
  assert.deepEqual(texts(book), ["mine", "changed"]);
});

Deno.test("MessageBook counts a reaction of a user once, and its last word from any device", () => {
  const both = bookOf(text(alice, 1), reaction(bob, 1), reaction(bob2, 1));
  assert.deepEqual(first(both).reactions, [
    { emoji: "👍", users: ["bob"], own: false },
  ]);
  const off = reaction(bob2, 2, { on: false, time: 9_000 });
  const taken = bookOf(text(alice, 1), off, reaction(bob, 1));
  assert.deepEqual(first(taken).reactions, []);
});

Deno.test("MessageBook knows our own reaction, and shows a bounded number of emoji, the first ones", () => {
  const many = Array.from(
    { length: EMOJI_PER_MESSAGE_MAX + 5 },
    (_, at) =>
      reaction(bob, at + 1, { emoji: String.fromCodePoint(0x1f600 + at) }),
  );
  const book = bookOf(text(alice, 1), reaction(alice, 2, { time: 1 }), ...many);
  const { reactions } = first(book);
  assert.equal(reactions.length, EMOJI_PER_MESSAGE_MAX);
  assert.deepEqual(reactions[0], { emoji: "👍", users: ["alice"], own: true });
});

Deno.test("MessageBook says which messages are new and which look different", () => {
  const book = bookOf(text(alice, 1));
  const change = book.add([
    text(bob, 1, "new"),
    reaction(bob, 2),
    entry(bob, 9, { kind: "edit", target: 7, text: "of what never came" }),
  ]);
  assert.deepEqual(change.added.map((it) => it.text), ["new"]);
  assert.deepEqual(change.refs, [
    { author: bob, seq: 1 },
    { author: alice, seq: 1 },
  ]);
  const again = book.add([text(bob, 1, "new")]);
  assert.deepEqual(again, { added: [], refs: [] });
});

Deno.test("MessageBook keeps a message that did not change as the same object", () => {
  const book = bookOf(text(alice, 1), text(bob, 1));
  const [before] = book.list;
  book.add([text(bob, 2)]);
  assert.equal(book.list[0], before);
});

Deno.test("MessageBook drops a message with its text, and forgets what was about it", () => {
  const book = bookOf(text(alice, 1), reaction(bob, 1), text(bob, 2, "stays"));
  const { refs } = book.drop([text(alice, 1)]);
  assert.deepEqual(refs, [{ author: alice, seq: 1 }]);
  assert.deepEqual(texts(book), ["stays"]);
  book.add([text(alice, 1)]);
  assert.deepEqual(first(book).reactions, []);
});

Deno.test("MessageBook comes to the same in whatever order entries arrive", () => {
  const entries = [
    ...[text(alice, 1, "a"), text(bob, 1, "b"), text(alice, 2, "c")],
    entry(alice, 3, { kind: "edit", target: 1, text: "A" }),
    entry(bob, 2, { kind: "delete", target: 1 }),
    ...[reaction(bob, 3), reaction(bob2, 1, { on: false, time: 2_500 })],
    ...[reaction(alice, 4), reaction(bob, 5, { emoji: "🦊" })],
  ];
  const expected = bookOf(...entries).list;
  const orders = fc.shuffledSubarray(entries, { minLength: entries.length });
  fc.assert(fc.property(orders, (order) => {
    const book = bookOf();
    for (const one of order) book.add([one]);
    assert.deepEqual(book.list, expected);
  }));
});
