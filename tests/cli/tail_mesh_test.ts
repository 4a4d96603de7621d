/**
 * What tail prints in a whole mesh: history of several authors and holders, and
 * what is said meanwhile.
 * @module
 */
import assert from "node:assert/strict";
import { SqlitePrinted } from "../../lib/cli/sqlite_printed.ts";
import { tail } from "../../lib/cli/tail.ts";
import type { Chat } from "../../lib/mesh/chat.ts";
import { MemoryStore } from "../../lib/mesh/store.ts";
import { ENTRIES_PER_PAGE_MAX } from "../../lib/wire/link.ts";
import { MeshLab } from "../tools/mesh_lab.ts";

const folder = Deno.makeTempDirSync();

globalThis.addEventListener("unload", () => {
  Deno.removeSync(folder, { recursive: true });
});

/** `count` messages of each, taking turns. */
async function talk(lab: MeshLab, chats: Chat[], count: number) {
  for (let at = 0; at < count; at++) {
    for (const chat of chats) {
      void chat.send("general", `${chat.self.user} ${at}`);
      await lab.run(50);
    }
  }
}

/** A tail of somebody who never tailed, or who has what is in `store`. */
function tailing(
  lab: MeshLab,
  user: string,
  { store = new MemoryStore(), path = `${folder}/${crypto.randomUUID()}` } = {},
) {
  const printed = new SqlitePrinted(path);
  const chat = lab.page(user, store);
  const stop = Promise.withResolvers<void>();
  const lines: string[] = [];
  const ended = tail(chat, {
    ...{ channels: ["general"], json: true, changes: true, printed },
    clock: lab.clock,
    stopped: stop.promise,
    write: (line) => lines.push(JSON.parse(line).text) > 0,
    warn() {},
  }).finally(() => {
    printed[Symbol.dispose]();
    chat.stop();
  });
  return { lines, ended, stop: stop.resolve };
}

function texts(chat: Chat): string[] {
  return chat.messages("general").map(({ text }) => text);
}

Deno.test("tail prints a history of many pages and authors in the order of the talk, and then goes on", async () => {
  const lab = new MeshLab();
  const first = await lab.open("an");
  const others = [await lab.open("bo"), await lab.open("vy")];
  await talk(lab, [first, ...others], ENTRIES_PER_PAGE_MAX);
  const { lines, ended, stop } = tailing(lab, "mai");
  await lab.run(2_000);
  assert.equal(lines.length, 3 * ENTRIES_PER_PAGE_MAX);
  assert.deepEqual(lines, texts(first));
  void first.send("general", "news");
  await lab.run(50);
  assert.equal(lines.at(-1), "news");
  stop();
  await ended;
  lab.stop();
});

Deno.test("tail prints in its order what somebody brings who was away", async () => {
  const lab = new MeshLab();
  const store = new MemoryStore();
  const away = await lab.open("bo", store);
  await talk(lab, [away], 5);
  away.stop();
  await lab.run(500);
  const here = await lab.open("an");
  await talk(lab, [here], 5);
  const { lines, ended, stop } = tailing(lab, "mai");
  await lab.run(2_000);
  assert.deepEqual(lines, texts(here));
  const back = await lab.open("bo", store);
  await lab.run(2_000);
  assert.deepEqual(lines, [
    ...[0, 1, 2, 3, 4].map((at) => `an ${at}`),
    ...[0, 1, 2, 3, 4].map((at) => `bo ${at}`),
  ]);
  // By the time of the talk bo was first.
  assert.equal(texts(back)[0], "bo 0");
  stop();
  await ended;
  lab.stop();
});

Deno.test("tail prints what was said while only another command of its device was there, and nothing twice", async () => {
  const lab = new MeshLab();
  const [store, path] = [new MemoryStore(), `${folder}/mai`];
  const other = await lab.open("an");
  void other.send("general", "before");
  await lab.run(500);
  const first = tailing(lab, "mai", { store, path });
  await lab.run(2_000);
  first.stop();
  await first.ended;
  await lab.run(500);
  void other.send("general", "X");
  await lab.run(500);
  const sender = await lab.open("mai", store);
  void sender.send("general", "Y");
  await lab.run(1_000);
  assert.deepEqual(texts(sender), ["before", "X", "Y"]);
  sender.stop();
  await lab.run(500);
  const { lines, ended, stop } = tailing(lab, "mai", { store, path });
  await lab.run(2_000);
  assert.deepEqual([first.lines, lines], [["before"], ["X"]]);
  stop();
  await ended;
  lab.stop();
});

Deno.test("tail --changes tells of an edit and a deletion that others make", async () => {
  const lab = new MeshLab();
  const mai = await lab.open("mai");
  const { lines, ended, stop } = tailing(lab, "an");
  await lab.run(2_000);
  void mai.send("general", "is red");
  await lab.run(500);
  const [message] = mai.messages("general");
  assert.ok(message);
  void mai.edit("general", message.ref, "is green");
  await lab.run(500);
  void mai.remove("general", message.ref);
  await lab.run(500);
  assert.deepEqual(lines, ["is red", "is green", ""]);
  stop();
  await ended;
  lab.stop();
});
