import assert from "node:assert/strict";
import {
  DEVICES_PER_USER_MAX,
  FIRST_MEETING_MS,
  type KnownDevices,
  mark,
  meet as meetAt,
  type MetDevice,
} from "../../lib/mesh/known_devices.ts";
import { deviceKey } from "../tools/cheap_keys.ts";

const PHONE = deviceKey("phone");
const LAPTOP = deviceKey("laptop");
const FIRST = 1_000_000;
const LATER = FIRST + FIRST_MEETING_MS;

/** The first of a person at the beginning, every other one a minute later. */
function meet(known: KnownDevices, met: MetDevice) {
  return meetAt(known, met, known.length === 0 ? FIRST : LATER);
}

function bob(key: string, userSince = 1_000) {
  return { user: "bob", userSince, key };
}

Deno.test("meet() finds nothing new about a first device, nor about one met before", () => {
  const first = meet([], bob(PHONE));
  assert.equal(first.news, undefined);
  assert.equal(meet(first.known, bob(PHONE)).news, undefined);
  assert.equal(meet(first.known, bob(PHONE)).known.length, 1);
});

Deno.test("meet() tells of another device once, and louder where one was compared", () => {
  const { known } = meet([], bob(PHONE));
  const second = meet(known, bob(LAPTOP));
  const news = { kind: "device", user: "bob", key: LAPTOP, compared: false };
  assert.deepEqual(second.news, news);
  assert.equal(meet(second.known, bob(LAPTOP)).news, undefined);
  const sure = meet(mark(known, PHONE, true), bob(LAPTOP));
  assert.deepEqual(sure.news, { ...news, compared: true });
});

Deno.test("meet() takes the devices of a first meeting as they come", () => {
  const { known } = meet([], bob(PHONE));
  const second = meetAt(known, bob(LAPTOP), LATER - 1);
  assert.equal(second.news, undefined);
  const third = bob(deviceKey("tablet"));
  assert.equal(meetAt(second.known, third, LATER - 1).news, undefined);
  assert.equal(meetAt(second.known, third, LATER).news?.kind, "device");
});

Deno.test("meet() ends the first meeting a minute after the first device, whatever was met since", () => {
  const soon = meetAt(meet([], bob(PHONE)).known, bob(LAPTOP), LATER - 1);
  const again = meetAt(soon.known, bob(PHONE), LATER - 1);
  const tablet = bob(deviceKey("tablet"));
  assert.equal(meetAt(again.known, tablet, LATER).news?.key, tablet.key);
  // A clock that was set back begins none.
  assert.equal(meetAt(again.known, tablet, FIRST - 1).news?.key, tablet.key);
});

Deno.test("meet() tells of a first meeting what was compared, or is another account", () => {
  const { known } = meet([], bob(PHONE));
  const sure = meetAt(mark(known, PHONE, true), bob(LAPTOP), FIRST);
  assert.equal(sure.news?.compared, true);
  assert.equal(meetAt(known, bob(LAPTOP, 2_000), FIRST).news?.kind, "account");
});

Deno.test("meet() tells an account that was made anew from a second device", () => {
  const { known } = meet([], bob(PHONE));
  assert.equal(meet(known, bob(LAPTOP, 2_000)).news?.kind, "account");
});

Deno.test("mark() is kept when that device is met again, and can be taken back", () => {
  const { known } = meet([], bob(PHONE));
  const marked = meet(mark(known, PHONE, true), bob(PHONE)).known;
  assert.equal(marked[0]?.compared, true);
  assert.equal(mark(marked, PHONE, false)[0]?.compared, false);
  assert.deepEqual(mark(known, LAPTOP, true), known);
});

Deno.test("meet() remembers so many devices, and forgets compared ones last", () => {
  let known: KnownDevices = mark(meet([], bob(PHONE)).known, PHONE, true);
  for (let count = 0; count < DEVICES_PER_USER_MAX + 5; count++) {
    known = meet(known, bob(deviceKey(`d${count}`))).known;
  }
  assert.equal(known.length, DEVICES_PER_USER_MAX);
  assert.ok(known.some(({ key, compared }) => key === PHONE && compared));
  const last = deviceKey(`d${DEVICES_PER_USER_MAX + 4}`);
  assert.equal(known.at(-1)?.key, last);
});
