import assert from "node:assert/strict";
import { joinFault, requestFault } from "../../lib/ui/errors.ts";

Deno.test("requestFault() keeps quiet about what the peer mends alone", () => {
  assert.equal(requestFault("unknown-peer"), undefined);
  assert.equal(requestFault("bad-signal"), undefined);
  assert.equal(requestFault("channel-limit"), "channel-limit");
  assert.equal(requestFault("peer-limit"), "server-full");
});

Deno.test("joinFault() tells a limit from any other failure", () => {
  assert.equal(joinFault(new RangeError("64 channels")), "channel-limit");
  assert.equal(joinFault(new Error("other")), "join-failed");
});
