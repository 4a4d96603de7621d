import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { signal } from "@preact/signals";
import { ManualClock } from "../../lib/clock.ts";
import { FIRST_MEETING_MS } from "../../lib/mesh/known_devices.ts";
import { openTrust } from "../../lib/ui/lazy_trust.ts";
import type { Language } from "../../lib/ui/site_words.ts";
import type {
  MetDevice,
  RefusedLink,
  ShownDevice,
} from "../../lib/ui/trust.ts";
import type { DeviceKey } from "../../lib/wire/device_key.ts";
import { cheapKeys, deviceKey } from "../tools/cheap_keys.ts";

const PHONE: MetDevice = {
  type: "device-met",
  user: "bob",
  userSince: 1_000,
  device: deviceKey("phone"),
};
const REMADE = { ...PHONE, userSince: 2_000, device: deviceKey("remade") };
const LAPTOP = { ...PHONE, device: deviceKey("laptop") };

/** The book of a page that was just loaded, a minute after the one before. */
async function load(
  user: string,
  clock: ManualClock,
  language: Language = "en",
) {
  const shown = {
    refused: signal<RefusedLink | undefined>(undefined),
    found: signal<ShownDevice | undefined>(undefined),
    compared: signal<readonly DeviceKey[]>([]),
  };
  const keys = cheapKeys;
  const book = await openTrust(shown, { user, language, keys, clock });
  clock.advance(FIRST_MEETING_MS);
  return { shown, book };
}

Deno.test("openTrust() shows a loud word with each load until it is put away", async () => {
  const clock = new ManualClock();
  const first = await load("mai", clock);
  await first.book.tell(PHONE);
  await first.book.tell(REMADE);
  const sentence = "The account bob was made anew.";
  assert.equal(first.shown.found.value?.sentence, sentence);
  const second = await load("mai", clock);
  assert.equal(second.shown.found.value?.sentence, sentence);
  await second.book.dismiss("found");
  assert.equal(second.shown.found.value, undefined);
  const third = await load("mai", clock);
  assert.equal(third.shown.found.value, undefined);
});

Deno.test("openTrust() tells once of all a person's devices, and puts them away together", async () => {
  const clock = new ManualClock();
  const first = await load("hà", clock);
  await first.book.tell(PHONE);
  await first.book.tell({ ...PHONE, user: "carol" });
  await first.book.tell(REMADE);
  await first.book.tell({ ...REMADE, device: deviceKey("third") });
  await first.book.tell({ ...REMADE, user: "carol" });
  const second = await load("hà", clock, "vi");
  for (const { shown } of [first, second]) {
    assert.equal(shown.found.value?.user, "carol");
  }
  const more = [first, second].map(({ shown }) => shown.found.value?.more);
  assert.deepEqual(more, ["1 more", "còn 1 tin nữa"]);
  await second.book.dismiss("found");
  const third = await load("hà", clock);
  assert.deepEqual(
    [third.shown.found.value?.user, third.shown.found.value?.more],
    ["bob", undefined],
  );
});

Deno.test("openTrust() shows a calm word once", async () => {
  const clock = new ManualClock();
  const first = await load("an", clock);
  await first.book.tell(PHONE);
  clock.advance(FIRST_MEETING_MS);
  await first.book.tell(LAPTOP);
  assert.equal(first.shown.found.value?.loud, false);
  const second = await load("an", clock);
  assert.equal(second.shown.found.value, undefined);
  await first.book.dismiss("found");
  assert.equal(first.shown.found.value, undefined);
});

Deno.test("openTrust() tells nothing of a first meeting, and the rest in the page's language", async () => {
  const clock = new ManualClock();
  const first = await load("vy", clock);
  await first.book.tell(PHONE);
  await first.book.tell(LAPTOP);
  assert.equal(first.shown.found.value, undefined);
  await first.book.tell(REMADE);
  const { shown } = await load("vy", clock, "vi");
  const sentence = "Tài khoản bob đã được tạo lại.";
  assert.equal(shown.found.value?.sentence, sentence);
});

Deno.test("openTrust() shows a link that was refused until it is put away", async () => {
  const { book, shown } = await load("linh", new ManualClock());
  const type = "link-refused";
  const change = { type, user: "bob", refusal: "bad-proof" } as const;
  await book.tell(change);
  assert.deepEqual(shown.refused.value, change);
  await book.dismiss("refused");
  await book.tell(change);
  assert.equal(shown.refused.value, undefined);
});
