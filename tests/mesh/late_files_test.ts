import assert from "node:assert/strict";
import { type FileEngine, LateFiles } from "../../lib/mesh/late_files.ts";

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
