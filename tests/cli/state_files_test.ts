import assert from "node:assert/strict";
import { stateDir, takeSlot, userDir } from "../../lib/cli/state_files.ts";

Deno.test("stateDir() goes by XDG, then by the home folder, or says what to set", () => {
  const dir = (places: Record<string, string>) =>
    stateDir(new Map(Object.entries(places)));
  assert.equal(dir({ XDG_STATE_HOME: "/s", HOME: "/h" }), "/s/weaprous");
  assert.equal(dir({ HOME: "/h" }), "/h/.local/state/weaprous");
  assert.throws(() => dir({}), /HOME is not set\. Set XDG_STATE_HOME/);
});

Deno.test("userDir() is a folder of its own for each server and user", () => {
  const dir = (user: string) => userDir("/s", "http://127.0.0.1:8081", user);
  assert.equal(dir("mai"), "/s/127.0.0.1%3A8081/@mai");
  assert.equal(dir("../.."), "/s/127.0.0.1%3A8081/@..%2F..");
  assert.equal(dir(".."), "/s/127.0.0.1%3A8081/@..");
});

Deno.test("takeSlot() gives each process another device, and a free one again", () => {
  const dir = `${Deno.makeTempDirSync()}/mai`;
  const first = takeSlot(dir);
  const second = takeSlot(dir);
  assert.notEqual(first.devicePath, second.devicePath);
  first[Symbol.dispose]();
  const again = takeSlot(dir);
  assert.equal(again.devicePath, first.devicePath);
  assert.equal((Deno.statSync(dir).mode ?? 0) & 0o777, 0o700);
  again[Symbol.dispose]();
  second[Symbol.dispose]();
});
