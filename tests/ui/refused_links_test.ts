import assert from "node:assert/strict";
import { signal } from "@preact/signals";
import { RefusedLinks } from "../../lib/ui/refused_links.ts";
import type { RefusedLink } from "../../lib/ui/trust.ts";

const REFUSED = {
  type: "link-refused",
  user: "bob",
  refusal: "bad-proof",
} as const;

Deno.test("RefusedLinks says once that somebody sits between, until it is put away", () => {
  const shown = signal<RefusedLink | undefined>(undefined);
  const refused = new RefusedLinks(shown);
  refused.add(REFUSED);
  assert.deepEqual(shown.value, REFUSED);
  refused.dismiss();
  refused.add(REFUSED);
  assert.equal(shown.value, undefined);
  const other = { ...REFUSED, user: "carol" };
  refused.add(other);
  assert.deepEqual(shown.value, other);
});

Deno.test("RefusedLinks does not warn of a page of another version", () => {
  const shown = signal<RefusedLink | undefined>(undefined);
  new RefusedLinks(shown).add({ ...REFUSED, refusal: "no-hello" });
  assert.equal(shown.value, undefined);
});
