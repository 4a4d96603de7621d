import assert from "node:assert/strict";
import { TAG_CHARS } from "../../lib/mesh/device_tag.ts";
import { deviceKey } from "../tools/cheap_keys.ts";
import { fakePeerId } from "../tools/fake_chat.ts";
import { RoomLab } from "../tools/room_lab.ts";

const PHONE = deviceKey("phone");
const LAPTOP = deviceKey("laptop");
const OURS = deviceKey("ours");

Deno.test("/peers tells devices of one name apart, and which of them this terminal is", async () => {
  using lab = new RoomLab();
  const { chat, devices } = lab;
  chat.self = { ...chat.self, device: OURS };
  devices.meet({ user: "mai", userSince: 1, key: PHONE }, 0);
  const [one, other, own, far] = ["mai1", "mai2", "admin", "Bảo"]
    .map(fakePeerId) as [string, string, string, string];
  chat.setPeople("general", [
    { peer: own, user: "admin", state: "direct", device: deviceKey("tab") },
    { peer: far, user: "Bảo", state: "connecting", problem: "no-route" },
    { peer: one, user: "mai", state: "direct", device: PHONE },
    { peer: other, user: "mai", state: "relayed", device: LAPTOP },
  ]);
  await lab.type("/verify mai");
  await lab.type("/verify mai 1 same");
  const from = lab.rows.length - 1;
  await lab.type("/peers");
  assert.deepEqual(lab.since(from), [
    `  admin  ${OURS.slice(0, TAG_CHARS)}  this terminal`,
    `  admin  ${deviceKey("tab").slice(0, TAG_CHARS)}  direct`,
    `  Bảo    ${far.slice(0, TAG_CHARS)}  connecting (no-route)`,
    `  mai    ${PHONE.slice(0, TAG_CHARS)}  direct, compared`,
    `  mai    ${LAPTOP.slice(0, TAG_CHARS)}  relayed`,
  ]);
});

Deno.test("/peers says so where nobody else is here", async () => {
  using lab = new RoomLab();
  await lab.type("/peers");
  const rows = lab.rows.slice(-3, -1);
  assert.match(rows[0] ?? "", /^ {2}admin {2}self {2}this terminal$/);
  assert.equal(rows[1], "Nobody else is here yet");
});
