import assert from "node:assert/strict";
import { COLOURS, NO_COLOURS } from "../../lib/cli/colours.ts";
import {
  changeLines,
  messageJson,
  messageLines,
} from "../../lib/cli/message_lines.ts";
import type { Message } from "../../lib/mesh/chat.ts";

const AT = new Date(2026, 0, 2, 9, 5).getTime();

function message(fields: Partial<Message>): Message {
  return {
    channel: "general",
    ref: { author: "a".repeat(43), seq: 1 },
    user: "mai",
    text: "xin chào",
    at: AT,
    edited: false,
    deleted: false,
    reactions: [],
    own: false,
    ...fields,
  };
}

const plain = { colours: NO_COLOURS, open: "general", now: AT + 3_600_000 };

Deno.test("messageLines() says when, who and what", () => {
  assert.deepEqual(messageLines(message({ text: "one\ntwo" }), plain), [
    "09:05 mai: one",
    "      two",
  ]);
  const elsewhere = message({ channel: "ci", edited: true, via: "minh" });
  assert.deepEqual(messageLines(elsewhere, plain), [
    "09:05 #ci (edited) (from minh) mai: xin chào",
  ]);
  assert.deepEqual(messageLines(message({ text: "", deleted: true }), plain), [
    "09:05 mai: deleted this message",
  ]);
});

Deno.test("messageLines() names the day where it is not today's", () => {
  const now = new Date(2026, 0, 3, 0, 1).getTime();
  assert.deepEqual(messageLines(message({}), { ...plain, now }), [
    "2026-01-02 09:05 mai: xin chào",
  ]);
});

Deno.test("messageLines() shows what /me says that somebody does", () => {
  const shown = (text: string) => messageLines(message({ text }), plain)[0];
  assert.equal(shown("* mai waves"), "09:05 * mai waves");
  // Nobody does something in another's name.
  assert.equal(shown("* minh waves"), "09:05 mai: * minh waves");
});

Deno.test("messageLines() shows what is answered, and reactions", () => {
  const asked = message({
    user: "minh",
    text: `who\x1b[31m? ${"x".repeat(80)}`,
  });
  const ref = { author: "b".repeat(43), seq: 7 };
  const reactions = [
    { emoji: "👍", users: ["minh", "an"], own: false },
    { emoji: "❤️", users: ["an"], own: false },
  ];
  const answer = message({ text: "me\nand you", replyTo: ref, reactions });
  const find = () => asked;
  const lines = messageLines(answer, { ...plain, find });
  assert.deepEqual(lines.slice(1), [
    "09:05 mai: me",
    "      and you  👍 2 ❤️ 1",
  ]);
  assert.match(lines[0] ?? "", /^ {6}╭ minh: who\ufffd\[31m\? x+…$/);
  // One that has not come yet, or is gone.
  assert.equal(messageLines(answer, plain).length, 2);
  const json = JSON.parse(messageJson(answer));
  assert.deepEqual(json.replyTo, ref);
});

Deno.test("changeLines() says what an edit has changed, and names a deletion without its text", () => {
  const before = message({ text: "the build is red agan" });
  const after = { ...before, text: "the build is red again", edited: true };
  assert.deepEqual(changeLines(before, after, plain), [
    "      ╭ before: the build is red agan",
    "09:05 (edited) mai: the build is red again",
  ]);
  const gone = { ...before, text: "", deleted: true };
  assert.deepEqual(changeLines(before, gone, plain), [
    "09:05 mai: deleted this message",
  ]);
  assert.deepEqual(changeLines(gone, gone, plain), []);
  assert.deepEqual(changeLines(before, { ...before, via: "an" }, plain), []);
});

Deno.test("changeLines() says who reacted with what, and who took it back", () => {
  const thumb = (...users: string[]) => ({ emoji: "👍", users, own: false });
  const heart = { emoji: "❤️", users: ["an"], own: false };
  const before = message({ text: "done\nat last", reactions: [thumb("an")] });
  const after = { ...before, reactions: [thumb("an", "minh", "vy"), heart] };
  assert.deepEqual(changeLines(before, after, plain), [
    "minh, vy reacted with 👍 to mai: done",
    "an reacted with ❤️ to mai: done",
  ]);
  assert.deepEqual(changeLines(after, before, { ...plain, open: "ci" }), [
    "#general minh, vy took 👍 back from mai: done",
    "#general an took ❤️ back from mai: done",
  ]);
  const file = { name: "a.pdf", size: 1, type: "", hash: "h".repeat(43) };
  const shared = message({ text: "", file });
  const liked = { ...shared, reactions: [thumb("a\x1b[2Jn")] };
  const [line = ""] = changeLines(shared, liked, plain);
  assert.match(line, /reacted with 👍 to mai: 📎 a\.pdf \(1 byte\)$/);
  assert.doesNotMatch(line, /\p{Cc}/u);
});

Deno.test("messageLines() lets no sequence of a hostile peer through", () => {
  const hostile = message({
    text: "a\x1b[2Jb\x1b]52;c;cm0=\x07c\r\x9bd",
    user: "m\x1b[31mai",
    via: "x\x07",
  });
  for (const line of messageLines(hostile, plain)) {
    assert.doesNotMatch(line, /\p{Cc}/u);
  }
  const [line = ""] = messageLines(hostile, { ...plain, colours: COLOURS });
  const [sequence] = /\p{Cc}\[2m/u.exec(COLOURS.dim("")) ?? [];
  assert.ok(sequence && line.startsWith(sequence));
  assert.doesNotMatch(line.replace(/\p{Cc}\[\d+m/gu, ""), /\p{Cc}/u);
});

Deno.test("messageJson() is one line that reads back as what was said", () => {
  const text = 'a\n"\x1b[31m\x9b\u202e日';
  const json = messageJson(message({ text }));
  assert.doesNotMatch(json, /[\p{Cc}\u202e]/u);
  const { time, author, ...said } = JSON.parse(json);
  assert.equal(new Date(time).getTime(), AT);
  assert.equal(author, "a".repeat(43));
  assert.deepEqual(said, {
    channel: "general",
    user: "mai",
    text,
    seq: 1,
    edited: false,
    deleted: false,
    own: false,
  });
});
