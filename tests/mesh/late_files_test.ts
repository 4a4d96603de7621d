import assert from "node:assert/strict";
import {
  EARLY_MESSAGES_MAX,
  type FileEngine,
  LateFiles,
} from "../../lib/mesh/late_files.ts";
import { peerId } from "../tools/ids.ts";

/** An engine that only says it was started. */
function engineOf(started: () => void): FileEngine {
  const nothing = () => {};
  return {
    start: started,
    stop: nothing,
    entriesKept: nothing,
    discard: () => Promise.resolve(),
  } as Partial<FileEngine> as FileEngine;
}

const cause = new TypeError("Failed to fetch");

/** What moves files, on a server that is away at first. */
function awayAtFirst() {
  const server = { there: false, started: 0 };
  const files = new LateFiles({
    open: () =>
      server.there
        ? Promise.resolve(engineOf(() => server.started++))
        : Promise.reject(cause),
    channels: () => [],
    entries: () => [],
  });
  return { server, files };
}

Deno.test("LateFiles that can't be loaded at the start disturb nobody", async () => {
  const { files } = awayAtFirst();
  // A rejection that nobody takes would fail this test.
  const unhandled = Promise.withResolvers<void>();
  const listener = (event: Event) => unhandled.reject(event);
  addEventListener("unhandledrejection", listener);
  files.start();
  setTimeout(() => unhandled.resolve());
  await unhandled.promise;
  removeEventListener("unhandledrejection", listener);
});

Deno.test("LateFiles that couldn't be loaded are loaded by who needs them", async () => {
  const { server, files } = awayAtFirst();
  files.start();
  await assert.rejects(files.discard("x"), { cause });
  server.there = true;
  await files.discard("x");
  assert.equal(server.started, 1);
});

Deno.test("LateFiles tell what happened before they came: channels, linked peers, and a bounded number of messages", async () => {
  const heard: string[] = [];
  const engine = {
    start: () => heard.push("start"),
    entriesKept: (channel: string) => heard.push(`kept in ${channel}`),
    linkUp: ({ user }: { user: string }, channels: string[]) =>
      heard.push(`${user} in ${channels}`),
    receive: (_from: string, { type }: { type: string }) => heard.push(type),
    linkDown: () => heard.push("down"),
    discard: () => Promise.resolve(),
  } as unknown as FileEngine;
  const loading = Promise.withResolvers<FileEngine>();
  const files = new LateFiles({
    open: () => loading.promise,
    channels: () => ["general"],
    entries: () => [],
  });
  files.start();
  const [bob, carol, old] = [
    { peer: peerId("bob"), user: "bob", speaksFiles: true },
    { peer: peerId("carol"), user: "carol", speaksFiles: true },
    { peer: peerId("old"), user: "old", speaksFiles: false },
  ] as const;
  for (const peer of [bob, carol, old]) files.linkUp(peer, ["a"]);
  files.joined(bob.peer, "b");
  files.linkDown(carol.peer);
  const message = { type: "unwant-pieces", stream: 1 } as const;
  for (let at = 0; at < 2 * EARLY_MESSAGES_MAX; at++) {
    files.receive(bob.peer, message);
  }
  files.receive(old.peer, message);
  assert.deepEqual(files.state("x"), { state: "absent", holders: 0 });
  loading.resolve(engine);
  await files.discard("x");
  assert.deepEqual(heard.slice(0, 3), [
    "start",
    "kept in general",
    "bob in a,b",
  ]);
  assert.equal(heard.length, 3 + EARLY_MESSAGES_MAX);
  files.linkDown(bob.peer);
  files.linkDown(old.peer);
  assert.equal(heard.at(-1), "down");
  assert.equal(heard.length, 4 + EARLY_MESSAGES_MAX);
});
