import assert from "node:assert/strict";
import type { Person } from "../../lib/mesh/chat.ts";
import { type FoundDevice, Trust, type TrustBook } from "../../lib/ui/trust.ts";

const REFUSED = {
  type: "link-refused",
  user: "bob",
  refusal: "bad-proof",
} as const;

Deno.test("Trust says once that somebody sits between, until it is put away", () => {
  const trust = new Trust(() => Promise.reject(new Error("no script")));
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
  const trust = new Trust(() => Promise.reject(new Error("no script")));
  trust.linkRefused({ ...REFUSED, refusal: "no-hello" });
  assert.equal(trust.refused.value, undefined);
});

/** A book that finds what it is told to, and counts how often it is opened. */
function openBook(found: FoundDevice[], left: FoundDevice[] = []) {
  const counted = { opened: 0, putAway: [] as FoundDevice[] };
  const book: TrustBook = {
    compared: () => Promise.resolve(["known"]),
    left: () => Promise.resolve(left),
    meet: () => Promise.resolve(found.shift()),
    putAway: (one) => {
      counted.putAway.push(one);
      return Promise.resolve();
    },
    compare: () => Promise.resolve(["known", "bob's"]),
  };
  const trust = new Trust(() => {
    counted.opened++;
    return Promise.resolve(book);
  });
  return Object.assign(counted, { trust });
}

const MET = {
  type: "device-met",
  user: "bob",
  userSince: 1,
  device: "bob's",
} as const;
const CALM = {
  ...{ user: "bob", device: "bob's" },
  ...{ sentence: "calm", next: "", loud: false },
};
const LOUD = { ...CALM, sentence: "loud", loud: true };

Deno.test("Trust tells of a device not met before, and lets no calm word hide a loud one", async () => {
  const { trust } = openBook([CALM, LOUD, CALM]);
  for (const sentence of ["calm", "loud", "loud"]) {
    await trust.deviceMet(MET);
    assert.equal(trust.found.value?.sentence, sentence);
  }
});

Deno.test("Trust tells of every loud one, each until it is put away", async () => {
  const carol = { ...LOUD, user: "carol", sentence: "carol" };
  const { trust } = openBook([LOUD, carol]);
  await trust.deviceMet(MET);
  await trust.deviceMet({ ...MET, user: "carol" });
  const told: (string | undefined)[] = [];
  for (let count = 0; count < 3; count++) {
    told.push(trust.found.value?.sentence);
    trust.dismissFound();
  }
  assert.deepEqual(told, ["loud", "carol", undefined]);
});

Deno.test("Trust tells of the loud ones that were left when the page was loaded before", async () => {
  const carol = { ...LOUD, user: "carol", sentence: "carol" };
  const book = openBook([CALM], [LOUD, carol]);
  const { trust } = book;
  await Promise.all([trust.open(), trust.deviceMet(MET)]);
  assert.equal(trust.found.value, LOUD);
  trust.dismissFound();
  assert.equal(trust.found.value, carol);
  trust.dismissFound();
  assert.equal(trust.found.value, undefined);
  await trust.open();
  assert.deepEqual(book.putAway, [LOUD, carol]);
  assert.equal(book.opened, 1);
});

Deno.test("Trust has nothing to put away for good in a calm one", async () => {
  const book = openBook([CALM]);
  await book.trust.deviceMet(MET);
  book.trust.dismissFound();
  await book.trust.open();
  assert.deepEqual(book.putAway, []);
});

Deno.test("Trust loads its script once, and knows what was compared", async () => {
  const counted = openBook([]);
  await counted.trust.deviceMet(MET);
  await counted.trust.deviceMet(MET);
  assert.equal(counted.opened, 1);
  assert.deepEqual(counted.trust.compared.value, ["known"]);
  const bob = { peer: "p", user: "bob", state: "direct", device: "bob's" };
  const shown = await counted.trust
    .compare(bob as Person, () => Promise.resolve(["12345"]));
  assert.equal(shown, true);
  assert.deepEqual(counted.trust.compared.value, ["known", "bob's"]);
});

Deno.test("Trust says so where its script can't be loaded, and tries again", async () => {
  let tries = 0;
  const trust = new Trust(() => {
    tries++;
    return Promise.reject(new Error("no server"));
  });
  const bob = { peer: "p", user: "bob", state: "direct", device: "bob's" };
  await trust.deviceMet(MET);
  const shown = await trust
    .compare(bob as Person, () => Promise.resolve([]));
  assert.equal(shown, false);
  assert.equal(tries, 2);
});
