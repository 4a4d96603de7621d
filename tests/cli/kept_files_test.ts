import assert from "node:assert/strict";
import { filesWithin, isSharing, KeptFiles } from "../../lib/cli/kept_files.ts";
import type { Bound } from "../../lib/cli/keep_bounds.ts";
import { FakeChat } from "../tools/fake_chat.ts";

function hashOf(name: string): string {
  return name.padEnd(43, "_");
}

/** A channel with files of these sizes, one each second. */
function withFiles(sizes: Record<string, number>) {
  const chat = new FakeChat();
  let now = 0;
  for (const [name, size] of Object.entries(sizes)) {
    chat.setTime(now += 1_000);
    const file = { name, size, type: "text/plain", hash: hashOf(name) };
    chat.sayFile("general", "mai", file);
  }
  return { chat, now };
}

function keptOf(sizes: Record<string, number>, bound: Bound): string[] {
  const { chat, now } = withFiles(sizes);
  const shared = chat.messages("general").filter(isSharing);
  return [...filesWithin(bound, { shared, now }).values()]
    .map(({ file }) => file.name).toSorted();
}

function states(chat: FakeChat, names: string[]): string[] {
  return names.map((name) => chat.files.state(hashOf(name)).state);
}

Deno.test("filesWithin() keeps the newest, as many as have room", () => {
  const sizes = { a: 40, b: 40, c: 40, d: 10 };
  const within = (bytes: number) => keptOf(sizes, { type: "size", bytes });
  assert.deepEqual(within(1_000), ["a", "b", "c", "d"]);
  assert.deepEqual(within(130), ["a", "b", "c", "d"]);
  assert.deepEqual(within(129), ["b", "c", "d"]);
  assert.deepEqual(within(49), ["d"]);
  assert.deepEqual(within(9), []);
});

Deno.test("filesWithin() leaves out what is too large, and keeps what is older and fits", () => {
  const bound: Bound = { type: "size", bytes: 50 };
  assert.deepEqual(keptOf({ a: 40, huge: 60, b: 10 }, bound), ["a", "b"]);
});

Deno.test("filesWithin() keeps by age", () => {
  const bound: Bound = { type: "age", ms: 2_000 };
  assert.deepEqual(keptOf({ a: 1, b: 1, c: 1 }, bound), ["b", "c"]);
});

Deno.test("KeptFiles.review() asks for what is to be kept, once, and lets the oldest go for the newest", () => {
  const { chat, now } = withFiles({ a: 40, b: 40 });
  const bound: Bound = { type: "size", bytes: 100 };
  const log: string[] = [];
  const files = new KeptFiles({
    ...{ chat, channels: ["general"], bound, log: (line) => log.push(line) },
  });
  files.review(now);
  assert.deepEqual(states(chat, ["a", "b"]), ["waiting", "waiting"]);
  for (const name of ["a", "b"]) {
    chat.files.hold(hashOf(name), new Uint8Array(40));
  }
  files.review(now);
  assert.deepEqual(states(chat, ["a", "b"]), ["held", "held"]);
  chat.setTime(now + 1_000);
  const file = { name: "c", size: 40, type: "text/plain", hash: hashOf("c") };
  chat.sayFile("general", "an", file);
  files.review(now + 1_000);
  assert.deepEqual(
    states(chat, ["a", "b", "c"]),
    ["absent", "held", "waiting"],
  );
  chat.files.set(file.hash, { state: "failed", problem: "no-room" });
  files.look(file.hash);
  files.look(file.hash);
  assert.deepEqual(log, ["A file can't be kept: the disk is full"]);
});
