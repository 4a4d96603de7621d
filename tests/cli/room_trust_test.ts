import assert from "node:assert/strict";
import { tagOf } from "../../lib/mesh/device_tag.ts";
import { FIRST_MEETING_MS } from "../../lib/mesh/known_devices.ts";
import { deviceKey } from "../tools/cheap_keys.ts";
import { fakePeerId } from "../tools/fake_chat.ts";
import { RoomLab } from "../tools/room_lab.ts";

const PHONE = deviceKey("phone");
const LAPTOP = deviceKey("laptop");

/** They are here now with these devices, and a link to each was verified. */
function meet(
  { chat }: RoomLab,
  devices: string[],
  { user = "mai", userSince = 1_000 } = {},
): void {
  chat.setPeople(
    "general",
    devices.map((device) => ({
      ...{ peer: fakePeerId(device), user, device },
      state: "direct",
    })),
  );
  for (const device of devices) {
    chat.announce({ type: "device-met", user, userSince, device });
  }
}

Deno.test("Room takes the devices of a first meeting as they come, and says a further one once", () => {
  using lab = new RoomLab();
  meet(lab, [PHONE, deviceKey("tablet")]);
  lab.clock.advance(FIRST_MEETING_MS);
  const from = lab.rows.length - 1;
  meet(lab, [PHONE]);
  assert.deepEqual(lab.since(from), []);
  meet(lab, [LAPTOP]);
  meet(lab, [LAPTOP]);
  const [row, ...more] = lab.since(from);
  assert.match(
    row ?? "",
    /^mai is here with a device not seen before: .*mostly harmless/,
  );
  assert.match(lab.since(from).join(""), /\/verify mai/);
  assert.ok(more.length <= 1, more.join("\n"));
});

Deno.test("Room says loudly that somebody who was compared is here with another device", async () => {
  using lab = new RoomLab();
  meet(lab, [PHONE]);
  await lab.type("/verify mai");
  await lab.type("/verify mai same");
  const from = lab.rows.length - 1;
  meet(lab, [LAPTOP]);
  assert.match(
    lab.since(from).join(" "),
    /^!! mai is here with a device not seen before, and you compared another one/,
  );
});

Deno.test("Room says loudly that an account was made anew", () => {
  using lab = new RoomLab();
  meet(lab, [PHONE]);
  const from = lab.rows.length - 1;
  meet(lab, [LAPTOP], { userSince: 2_000 });
  assert.match(
    lab.since(from).join(" "),
    /^!! The account mai was made anew: it may be somebody else/,
  );
});

Deno.test("Room says when it opens what was found while nobody read", () => {
  using lab = new RoomLab({
    before(devices) {
      const mai = { user: "mai", userSince: 1_000 };
      devices.meet({ ...mai, key: PHONE }, 0);
      devices.mark("mai", PHONE, true);
      devices.meetUnread({ ...mai, key: LAPTOP }, FIRST_MEETING_MS);
    },
  });
  assert.match(lab.rows.join(" "), /!! mai is here with a device not seen/);
  const from = lab.rows.length - 1;
  meet(lab, [LAPTOP]);
  assert.deepEqual(lab.since(from), ["→ mai here"]);
});

Deno.test("/verify shows the number, and what was compared is marked until that is taken back", async () => {
  using lab = new RoomLab();
  meet(lab, [PHONE]);
  let from = lab.rows.length - 1;
  await lab.type("/verify @mai:");
  const shown = lab.since(from);
  assert.equal(shown[0], `You and mai, device ${tagOf(PHONE)}:`);
  assert.match(shown[1] ?? "", /^ {2}(\d{5} ){5}\d{5}$/);
  assert.match(shown.at(-1) ?? "", /\/verify mai same$/);
  await lab.type("/verify mai same");
  assert.deepEqual(lab.devices.compared(), [PHONE]);
  from = lab.rows.length - 1;
  await lab.type("/verify mai");
  assert.match(lab.since(from)[0] ?? "", /\(compared\):$/);
  assert.match(lab.since(from).at(-1) ?? "", /^\/verify mai undo takes/);
  await lab.type("/verify mai undo");
  assert.deepEqual(lab.devices.compared(), []);
});

Deno.test("/verify NAME same marks no device whose number was not shown", async () => {
  using lab = new RoomLab();
  meet(lab, [PHONE]);
  await lab.type("/verify mai same");
  assert.match(lab.rows.join(" "), /Look at the number first: \/verify mai/);
  await lab.type("/verify mai");
  // Another one has come in its place meanwhile.
  meet(lab, [LAPTOP]);
  await lab.type("/verify mai same");
  assert.deepEqual(lab.devices.compared(), [PHONE]);
});

Deno.test("/verify of somebody with several devices says which is which", async () => {
  using lab = new RoomLab();
  meet(lab, [PHONE, LAPTOP]);
  await lab.type("/verify mai");
  assert.match(lab.rows.join("\n"), /^2\. You and mai, device/m);
  await lab.type("/verify mai same");
  assert.match(lab.rows.join(" "), /Say which one, like \/verify mai 1 same/);
  await lab.type("/verify mai 3 same");
  assert.deepEqual(lab.devices.compared(), []);
  await lab.type("/verify mai 2 same");
  assert.deepEqual(lab.devices.compared(), [LAPTOP]);
});

Deno.test("/verify takes names of several words, and those that are words of its own", async () => {
  using lab = new RoomLab();
  meet(lab, [PHONE], { user: "an 1 same" });
  await lab.type("/verify an 1 same");
  assert.match(lab.rows.join("\n"), /You and an 1 same, device/);
  await lab.type("/verify an 1 same same");
  assert.deepEqual(lab.devices.compared(), [PHONE]);
  await lab.type("/verify");
  assert.match(lab.rows.join(" "), /Say whom: \/verify NAME/);
  await lab.type("/verify vy");
  assert.match(lab.rows.join(" "), /Nobody called "vy" is linked to you now/);
});

Deno.test("Room talks on where devices can't be kept, and says so once", () => {
  using lab = new RoomLab();
  lab.devices[Symbol.dispose]();
  const from = lab.rows.length - 1;
  meet(lab, [PHONE]);
  meet(lab, [LAPTOP]);
  const told = lab.since(from).filter((row) => row !== "→ mai here");
  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", /^Whom you meet can't be kept here/);
});

Deno.test("/verify shows a device once that is here with two windows", async () => {
  using lab = new RoomLab();
  lab.chat.setPeople(
    "general",
    ["one", "two"].map((name) => ({
      ...{ peer: fakePeerId(name), user: "mai", device: PHONE },
      state: "direct",
    })),
  );
  const from = lab.rows.length - 1;
  await lab.type("/verify mai");
  const shown = lab.since(from).filter((row) => row.includes("device"));
  assert.deepEqual(shown, [`You and mai, device ${tagOf(PHONE)}:`]);
});
