import assert from "node:assert/strict";
import { signal } from "@preact/signals";
import { FoundDevices } from "../../lib/ui/found_devices.ts";
import type { FoundDevice } from "../../lib/ui/trust.ts";

const CALM = {
  ...{ user: "bob", device: "bob's" },
  ...{ sentence: "calm", next: "", loud: false },
};
const LOUD = { ...CALM, sentence: "loud", loud: true };

Deno.test("FoundDevices lets no calm word hide a loud one", () => {
  const shown = signal<FoundDevice | undefined>(undefined);
  const found = new FoundDevices(shown);
  const expected = ["calm", "loud", "loud"];
  for (const [index, one] of [CALM, LOUD, CALM].entries()) {
    found.add(one);
    assert.equal(shown.value?.sentence, expected[index]);
  }
});

Deno.test("FoundDevices tells of every loud one, each until it is put away", () => {
  const carol = { ...LOUD, user: "carol", sentence: "carol" };
  const shown = signal<FoundDevice | undefined>(undefined);
  const found = new FoundDevices(shown);
  found.add(LOUD);
  found.add(carol);
  assert.equal(shown.value, LOUD);
  assert.equal(found.dismiss(), LOUD);
  assert.equal(shown.value, carol);
  assert.equal(found.dismiss(), carol);
  assert.equal(shown.value, undefined);
  assert.equal(found.dismiss(), undefined);
});
