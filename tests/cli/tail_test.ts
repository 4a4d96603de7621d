import assert from "node:assert/strict";
import { HELD_MAX, QUIET_MS, RECENT_MS, tail } from "../../lib/cli/tail.ts";
import { ManualClock } from "../../lib/clock.ts";
import type { Message } from "../../lib/mesh/chat.ts";
import { FakeChat } from "../tools/fake_chat.ts";

let count = 0;

function said(text: string, at: number): Message {
  return {
    ...{ channel: "general", user: "user", text, at },
    ref: { author: "a".repeat(43), seq: ++count },
    ...{ edited: false, deleted: false, reactions: [], own: false },
  };
}

/** A tail of #general whose reader takes `linesMax` lines. */
async function tailing({ linesMax = Infinity } = {}) {
  const chat = new FakeChat();
  const clock = new ManualClock();
  const stop = Promise.withResolvers<void>();
  const lines: string[] = [];
  const ended = tail(chat, {
    ...{ channels: ["general"], json: false, clock, stopped: stop.promise },
    write(line) {
      if (lines.length >= linesMax) return false;
      lines.push(line.replace(/^.* user: /, ""));
      return true;
    },
    warn() {},
  });
  await Promise.resolve();
  const come = (...texts: [text: string, ageMs: number][]) =>
    chat.add(
      "general",
      texts.map(([text, ageMs]) => said(text, clock.now() - ageMs)),
    );
  return { chat, clock, lines, come, ended, stop: stop.resolve };
}

Deno.test("tail prints news at once, and history in its order when its last page has come", async () => {
  const { clock, lines, come, ended, stop } = await tailing();
  clock.advance(1e9);
  come(["third", 60_000]);
  come(["second", 70_000]);
  come(["news", 0]);
  clock.advance(QUIET_MS - 1);
  come(["first", 80_000]);
  assert.deepEqual(lines, ["news"]);
  clock.advance(QUIET_MS);
  assert.deepEqual(lines, ["news", "first", "second", "third"]);
  come(["last", RECENT_MS + 1]);
  stop();
  assert.equal(await ended, 0);
  assert.equal(lines.at(-1), "last");
});

Deno.test("tail waits with no more of history than its limit", async () => {
  const { clock, lines, come, stop, ended } = await tailing();
  clock.advance(1e9);
  const texts = Array.from({ length: HELD_MAX }, (_, at) => `${at}`);
  come(...texts.map((text): [string, number] => [text, 1e8]));
  assert.equal(lines.length, HELD_MAX);
  stop();
  await ended;
});

Deno.test("tail ends with 0 when nobody reads any more", async () => {
  const { clock, lines, come, ended } = await tailing({ linesMax: 1 });
  clock.advance(1e9);
  come(["one", 0]);
  come(["two", 0]);
  assert.equal(await ended, 0);
  assert.deepEqual(lines, ["one"]);
});
