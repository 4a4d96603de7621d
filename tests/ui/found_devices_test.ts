import assert from "node:assert/strict";
import { signal } from "@preact/signals";
import { FoundDevices, WAITING_MAX } from "../../lib/ui/found_devices.ts";
import type { FoundDevice, ShownDevice } from "../../lib/ui/trust.ts";

const KIND = "device" as const;
const CALM: FoundDevice = {
  ...{ user: "bob", kind: KIND, loud: false },
  ...{ sentence: "calm", next: "" },
};
const LOUD = { ...CALM, sentence: "loud", loud: true };

function open() {
  const shown = signal<ShownDevice | undefined>(undefined);
  const found = new FoundDevices(shown, (count) => `${count} more`);
  const sight = () => [shown.value?.sentence, shown.value?.more];
  return { found, sight };
}

Deno.test("FoundDevices lets no calm word hide a loud one", () => {
  const { found, sight } = open();
  const an = { ...CALM, user: "an", sentence: "an" };
  found.add(an);
  assert.deepEqual(sight(), ["an", undefined]);
  found.add(LOUD);
  assert.deepEqual(sight(), ["loud", "1 more"]);
  found.add({ ...CALM, user: "carol" });
  assert.deepEqual(sight(), ["loud", "2 more"]);
  assert.equal(found.dismiss(), LOUD);
  assert.deepEqual(sight(), ["calm", "1 more"]);
});

Deno.test("FoundDevices shows the newest of what is as loud, and tells of each until it is put away", () => {
  const { found, sight } = open();
  const carol = { ...LOUD, user: "carol", sentence: "carol" };
  found.add(LOUD);
  found.add(carol);
  assert.deepEqual(sight(), ["carol", "1 more"]);
  assert.equal(found.dismiss(), carol);
  assert.deepEqual(sight(), ["loud", undefined]);
  assert.equal(found.dismiss(), LOUD);
  assert.deepEqual(sight(), [undefined, undefined]);
  assert.equal(found.dismiss(), undefined);
});

Deno.test("FoundDevices tells of a person once for each kind of news", () => {
  const { found, sight } = open();
  const account = { ...LOUD, kind: "account" as const, sentence: "account" };
  for (const one of [CALM, CALM, account, LOUD, account]) found.add(one);
  assert.deepEqual(sight(), ["account", "1 more"]);
  found.dismiss();
  assert.deepEqual(sight(), ["loud", undefined]);
  found.add(CALM);
  assert.deepEqual(sight(), ["loud", undefined]);
  found.dismiss();
  assert.deepEqual(sight(), [undefined, undefined]);
});

Deno.test("FoundDevices lets go of what is calm and oldest where very many wait", () => {
  const { found, sight } = open();
  found.add(LOUD);
  for (let count = 0; count <= WAITING_MAX; count++) {
    found.add({ ...CALM, user: `calm${count}`, sentence: `calm${count}` });
  }
  assert.deepEqual(sight(), ["loud", `${WAITING_MAX} more`]);
  found.dismiss();
  const left: unknown[] = [];
  while (sight()[0] !== undefined) left.push(found.dismiss()?.sentence);
  assert.equal(left[0], `calm${WAITING_MAX}`);
  assert.equal(left.at(-1), "calm1");
});
