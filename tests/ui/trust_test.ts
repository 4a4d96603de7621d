import assert from "node:assert/strict";
import { Trust } from "../../lib/ui/trust.ts";

const REFUSED = {
  type: "link-refused",
  user: "bob",
  refusal: "bad-proof",
} as const;

Deno.test("Trust says once that somebody sits between, until it is put away", () => {
  const trust = new Trust();
  trust.linkRefused(REFUSED);
  assert.deepEqual(trust.refused.value, REFUSED);
  trust.dismissRefusal();
  trust.linkRefused(REFUSED);
  assert.equal(trust.refused.value, undefined);
  const other = { ...REFUSED, user: "carol" };
  trust.linkRefused(other);
  assert.deepEqual(trust.refused.value, other);
});

Deno.test("Trust does not warn of a page of another version", () => {
  const trust = new Trust();
  trust.linkRefused({ ...REFUSED, refusal: "no-hello" });
  assert.equal(trust.refused.value, undefined);
});
