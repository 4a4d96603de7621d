import assert from "node:assert/strict";
import { HELD_MAX, PATIENCE_MS, QUIET_MS } from "../../lib/cli/backlog.ts";
import { SqlitePrinted } from "../../lib/cli/sqlite_printed.ts";
import { tail, TRIM_AFTER } from "../../lib/cli/tail.ts";
import { ManualClock } from "../../lib/clock.ts";
import type { Message } from "../../lib/mesh/chat.ts";
import { FakeChat, fakePeerId } from "../tools/fake_chat.ts";

const folder = Deno.makeTempDirSync();
let count = 0;

globalThis.addEventListener("unload", () => {
  Deno.removeSync(folder, { recursive: true });
});

/** What a device that never tailed has printed. */
function printedAt(path = `${folder}/${++count}.db`): SqlitePrinted {
  return new SqlitePrinted(path);
}

function said(text: string, at: number): Message {
  return {
    ...{ channel: "general", user: "user", text, at },
    ref: { author: "a".repeat(43), seq: ++count },
    ...{ edited: false, deleted: false, reactions: [], own: false },
  };
}

/** A tail of #general whose reader takes `linesMax` lines. */
async function tailing(
  {
    linesMax = Infinity,
    chat = new FakeChat(),
    path = undefined as
      | string
      | undefined,
    changes = false,
    json = false,
  } = {},
) {
  const printed = printedAt(path);
  const warned: string[] = [];
  const clock = new ManualClock();
  const stop = Promise.withResolvers<void>();
  const lines: string[] = [];
  const ended = tail(chat, {
    ...{ channels: ["general"], json, changes, clock, stopped: stop.promise },
    printed,
    write(line) {
      if (lines.length >= linesMax) return false;
      lines.push(line.replace(/^\d[\d: -]*(\(edited\) )?user: /, ""));
      return true;
    },
    warn: (line) => warned.push(line),
  }).finally(() => printed[Symbol.dispose]());
  await Promise.resolve();
  const add = (texts: [text: string, ageMs: number][], fetched: boolean) =>
    chat.add(
      "general",
      texts.map(([text, ageMs]) => said(text, clock.now() - ageMs)),
      { fetched },
    );
  /** Pushed as it was written. */
  const come = (...texts: string[]) =>
    add(texts.map((text) => [text, 0]), false);
  /** Had from somebody who was asked for it. */
  const fetch = (...texts: [text: string, ageMs: number][]) => add(texts, true);
  return {
    ...{ chat, clock, lines, warned, printed, come, fetch, ended },
    stop: stop.resolve,
  };
}

Deno.test("tail prints news at once, and history in its order when its last page has come", async () => {
  const { clock, lines, come, fetch, ended, stop } = await tailing();
  clock.advance(1e9);
  fetch(["third", 60_000]);
  fetch(["second", 70_000]);
  come("news");
  clock.advance(QUIET_MS - 1);
  fetch(["first", 80_000]);
  assert.deepEqual(lines, ["news"]);
  clock.advance(QUIET_MS);
  assert.deepEqual(lines, ["news", "first", "second", "third"]);
  fetch(["last", 60_000]);
  stop();
  assert.equal(await ended, 0);
  assert.equal(lines.at(-1), "last");
});

Deno.test("tail puts in order what was said a moment before it began", async () => {
  const { clock, lines, fetch, ended, stop } = await tailing();
  clock.advance(1e9);
  fetch(["fourth", 10], ["third", 20]);
  fetch(["second", 30], ["first", 40]);
  clock.advance(QUIET_MS);
  assert.deepEqual(lines, ["first", "second", "third", "fourth"]);
  stop();
  await ended;
});

Deno.test("tail waits with history while more of it is on its way", async () => {
  const { chat, clock, lines, come, fetch, ended, stop } = await tailing();
  clock.advance(1e9);
  chat.fetching.add("general");
  fetch(["second", 10]);
  clock.advance(PATIENCE_MS - 1);
  come("news");
  assert.deepEqual(lines, ["news"]);
  fetch(["first", 5_000]);
  chat.fetching.clear();
  clock.advance(QUIET_MS);
  assert.deepEqual(lines, ["news", "first", "second"]);
  stop();
  await ended;
});

Deno.test("tail waits with history for those to whom a link is being built, but not for ever", async () => {
  const { chat, clock, lines, fetch, ended, stop } = await tailing();
  clock.advance(1e9);
  const mai = { peer: fakePeerId("mai"), user: "mai" };
  chat.setPeople("general", [{ ...mai, state: "connecting" }]);
  fetch(["third", 10]);
  clock.advance(2 * QUIET_MS);
  assert.deepEqual(lines, []);
  chat.setPeople("general", [{ ...mai, state: "direct" }]);
  fetch(["second", 5_000]);
  clock.advance(QUIET_MS);
  assert.deepEqual(lines, ["second", "third"]);
  chat.setPeople("general", [{ ...mai, state: "connecting" }]);
  fetch(["first", 5_000]);
  clock.advance(PATIENCE_MS);
  assert.deepEqual(lines, ["second", "third", "first"]);
  stop();
  await ended;
});

Deno.test("tail prints history as it reads by now, and nothing that is gone", async () => {
  const { chat, clock, lines, fetch, ended, stop } = await tailing();
  clock.advance(1e9);
  fetch(["old", 30], ["first", 20], ["second", 10]);
  const [, first] = chat.messages("general");
  assert.ok(first);
  chat.change("general", first.ref, () => ({ text: "first, better" }));
  chat.forget("general", 1);
  clock.advance(QUIET_MS);
  assert.deepEqual(lines, ["first, better", "second"]);
  stop();
  await ended;
});

Deno.test("tail waits with no more of history than its limit", async () => {
  const { clock, lines, fetch, stop, ended } = await tailing();
  clock.advance(1e9);
  const texts = Array.from({ length: HELD_MAX }, (_, at) => `${at}`);
  fetch(...texts.map((text): [string, number] => [text, 1e8]));
  assert.equal(lines.length, HELD_MAX);
  stop();
  await ended;
});

Deno.test("tail ends with 0 when nobody reads any more", async () => {
  const { clock, lines, come, ended } = await tailing({ linesMax: 1 });
  clock.advance(1e9);
  come("one");
  come("two");
  assert.equal(await ended, 0);
  assert.deepEqual(lines, ["one"]);
});

Deno.test("tail prints in order what another command of this device has fetched meanwhile, each once", async () => {
  const [chat, path] = [new FakeChat(), `${folder}/meanwhile.db`];
  {
    const { clock, lines, fetch, come, ended, stop } = await tailing({
      ...{ chat, path },
    });
    clock.advance(1e9);
    fetch(["first", 2_000]);
    clock.advance(QUIET_MS);
    come("second");
    stop();
    await ended;
    assert.deepEqual(lines, ["first", "second"]);
  }
  // As send has it: what others said, and what it said itself.
  const own = { ...said("Y", 1e9 + 3_000), own: true };
  chat.add("general", [said("X", 1e9 + 2_000), own], { fetched: true });
  const { clock, lines, ended, stop } = await tailing({ chat, path });
  chat.add("general", [said("before X", 1e9 + 1_000)], { fetched: true });
  clock.advance(QUIET_MS);
  assert.deepEqual(lines, ["before X", "X"]);
  stop();
  await ended;
});

Deno.test("tail prints all of the history that a device has which never tailed", async () => {
  const chat = new FakeChat();
  chat.add("general", [said("first", 1), said("second", 2)]);
  chat.add("ci", [{ ...said("elsewhere", 3), channel: "ci" }]);
  const { clock, lines, ended, stop } = await tailing({ chat });
  clock.advance(QUIET_MS);
  assert.deepEqual(lines, ["first", "second"]);
  stop();
  await ended;
});

Deno.test("tail prints once what it is told twice", async () => {
  const { chat, clock, lines, come, ended, stop } = await tailing();
  come("one");
  const added = [...chat.messages("general")];
  chat.announce({
    type: "messages-changed",
    ...{ channel: "general", added, refs: [], fetched: true },
  });
  clock.advance(QUIET_MS);
  assert.deepEqual(lines, ["one"]);
  stop();
  await ended;
});

Deno.test("tail prints in its next run what nobody read", async () => {
  const [chat, path] = [new FakeChat(), `${folder}/unread.db`];
  const first = await tailing({ chat, path, linesMax: 1 });
  first.come("read", "not read");
  await first.ended;
  const { clock, lines, ended, stop } = await tailing({ chat, path });
  clock.advance(QUIET_MS);
  assert.deepEqual(lines, ["not read"]);
  stop();
  await ended;
});

Deno.test("tail remembers no more than is kept, also while it runs", async () => {
  const [chat, path] = [new FakeChat(), `${folder}/bounded.db`];
  const { printed, come, ended, stop } = await tailing({ chat, path });
  come("old");
  const [old] = chat.messages("general");
  assert.ok(old && printed.has("general", old.ref));
  chat.forget("general", 1);
  for (let at = 1; at < TRIM_AFTER; at++) come(`${at}`);
  assert.equal(printed.has("general", old.ref), false);
  const [oldest] = chat.messages("general");
  assert.ok(oldest && printed.has("general", oldest.ref));
  chat.forget("general", 1);
  stop();
  await ended;
  const next = await tailing({ chat, path });
  assert.equal(next.printed.has("general", oldest.ref), false);
  next.stop();
  await next.ended;
});

Deno.test("tail prints nothing again where a history is lost and comes from others", async () => {
  const path = `${folder}/lost.db`;
  const before = await tailing({ path });
  before.come("one");
  before.stop();
  await before.ended;
  const { chat, clock, lines, ended, stop } = await tailing({ path });
  chat.add("general", [...before.chat.messages("general")], { fetched: true });
  clock.advance(QUIET_MS);
  assert.deepEqual(lines, []);
  stop();
  await ended;
});

Deno.test("tail says once that its notes can't be kept, and prints on", async () => {
  const { printed, lines, warned, come, ended, stop } = await tailing();
  printed.note = () => {
    throw new Error("the disk is full");
  };
  come("one", "two");
  assert.deepEqual(lines, ["one", "two"]);
  assert.match(warned.join(), /^What was printed can't be noted/);
  assert.equal(warned.length, 1);
  stop();
  await ended;
});

/** Mai's message is edited, gets a thumb, and is deleted. */
function changeAll(chat: FakeChat): void {
  const ref = chat.messages("general").at(-1)!.ref;
  chat.change("general", ref, () => ({ text: "is green", edited: true }));
  const thumb = { emoji: "👍", users: ["an"], own: false };
  chat.change("general", ref, () => ({ reactions: [thumb] }));
  const gone = { text: "", deleted: true, edited: false, reactions: [] };
  chat.change("general", ref, () => gone);
}

Deno.test("tail --changes says what becomes later of what it has printed", async () => {
  const { chat, lines, come, ended, stop } = await tailing({ changes: true });
  come("is red");
  changeAll(chat);
  assert.deepEqual(lines, [
    "is red",
    "      ╭ before: is red",
    "is green",
    "an reacted with 👍 to user: is green",
    "deleted this message",
  ]);
  stop();
  await ended;
});

Deno.test("tail --changes --json gives the whole message anew, under its author and seq", async () => {
  const { chat, lines, come, ended, stop } = await tailing({
    ...{ changes: true, json: true },
  });
  come("is red");
  const [{ ref } = { ref: undefined }] = chat.messages("general");
  changeAll(chat);
  // Looks no different to whoever reads it.
  chat.change("general", ref!, () => ({ via: "an" }));
  const said = lines.map((line) => JSON.parse(line));
  assert.deepEqual(
    said.map(({ text, edited, deleted, reactions }) => {
      return { text, edited, deleted, reactions };
    }),
    [
      { text: "is red", edited: false, deleted: false, reactions: undefined },
      { text: "is green", edited: true, deleted: false, reactions: undefined },
      {
        ...{ text: "is green", edited: true, deleted: false },
        reactions: [{ emoji: "👍", users: ["an"] }],
      },
      { text: "", edited: false, deleted: true, reactions: undefined },
    ],
  );
  for (const { author, seq } of said) assert.deepEqual({ author, seq }, ref);
  stop();
  await ended;
});

Deno.test("tail without --changes prints each message once, whatever becomes of it", async () => {
  const { chat, lines, come, ended, stop } = await tailing();
  come("is red");
  changeAll(chat);
  assert.deepEqual(lines, ["is red"]);
  stop();
  await ended;
});

Deno.test("tail --changes ends with 0 when nobody reads the change", async () => {
  const { chat, lines, come, ended } = await tailing({
    ...{ changes: true, linesMax: 1 },
  });
  come("is red");
  changeAll(chat);
  assert.equal(await ended, 0);
  assert.deepEqual(lines, ["is red"]);
});
