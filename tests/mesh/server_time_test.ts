import assert from "node:assert/strict";
import { ServerTime } from "../../lib/mesh/server_time.ts";

Deno.test("ServerTime.at() is the own time until the server was heard", () => {
  assert.equal(new ServerTime().at(5_000), 5_000);
});

Deno.test("ServerTime.at() goes on from what the server said, however far off the own clock is", () => {
  const time = new ServerTime();
  time.set(1_000_000, 50);
  assert.equal(time.at(50), 1_000_000);
  assert.equal(time.at(80), 1_000_030);
  time.set(1_000_100, 9_000_000);
  assert.equal(time.at(9_000_005), 1_000_105);
});

Deno.test("ServerTime.at() does not go back with a clock that was set back", () => {
  const time = new ServerTime();
  time.set(1_000_000, 50_000);
  assert.equal(time.at(10), 1_000_000);
});
