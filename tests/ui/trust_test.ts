import assert from "node:assert/strict";
import type { Person } from "../../lib/mesh/chat.ts";
import { Trust, type TrustBook } from "../../lib/ui/trust.ts";

/** A book that notes what it is asked, and counts how often it is opened. */
function openBook() {
  const counted = { opened: 0, asked: [] as string[] };
  const noted = (what: string) => {
    counted.asked.push(what);
    return Promise.resolve();
  };
  const book: TrustBook = {
    tell: ({ type }) => noted(type),
    dismiss: (what) => noted(`dismiss ${what}`),
    compare: ({ user, own }) => noted(`compare ${user} ${own}`),
  };
  const trust = new Trust(({ compared }) => {
    counted.opened++;
    compared.value = ["known"];
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
const BOB = { peer: "p", user: "bob", state: "direct", device: "bob's" };

Deno.test("Trust loads its script once, for all that is asked of it", async () => {
  const book = openBook();
  const { trust } = book;
  await Promise.all([trust.open(), trust.tell(MET)]);
  assert.deepEqual(trust.compared.value, ["known"]);
  await trust.dismiss("found");
  const shown = await trust.compare(BOB as Person, "mine");
  assert.equal(shown, true);
  const asked = ["device-met", "dismiss found", "compare bob mine"];
  assert.deepEqual(book.asked, asked);
  assert.equal(book.opened, 1);
});

Deno.test("Trust says so where its script can't be loaded, and tries again", async () => {
  let tries = 0;
  const trust = new Trust(() => {
    tries++;
    return Promise.reject(new Error("no server"));
  });
  await trust.tell(MET);
  const shown = await trust.compare(BOB as Person, "mine");
  assert.equal(shown, false);
  assert.equal(tries, 2);
});
