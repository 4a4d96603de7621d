import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { openDB } from "idb";
import { IdbKnownDevices } from "../../lib/ui/idb_known_devices.ts";
import { FIRST_MEETING_MS } from "../../lib/mesh/known_devices.ts";
import { deviceKey } from "../tools/cheap_keys.ts";

const PHONE = { user: "bob", userSince: 1_000, key: deviceKey("phone") };
const LAPTOP = { ...PHONE, key: deviceKey("laptop") };
const FIRST = 1_000_000;
const LATER = FIRST + FIRST_MEETING_MS;

Deno.test("IdbKnownDevices remembers devices and marks over a reload, each user its own", async () => {
  const before = new IdbKnownDevices("mai");
  assert.equal(await before.meet(PHONE, FIRST), undefined);
  await before.mark("bob", PHONE.key, true);
  before.close();
  const after = new IdbKnownDevices("mai");
  assert.deepEqual(await after.compared(), [PHONE.key]);
  const news = await after.meet(LAPTOP, LATER);
  assert.deepEqual([news?.kind, news?.compared], ["device", true]);
  assert.equal(await after.meet(LAPTOP, LATER), undefined);
  after.close();
  const other = new IdbKnownDevices("an");
  assert.deepEqual(await other.compared(), []);
  assert.equal(await other.meet(LAPTOP, LATER), undefined);
  other.close();
});

Deno.test("IdbKnownDevices takes a row that does not read for none", async () => {
  const store = new IdbKnownDevices("linh");
  await store.meet(PHONE, FIRST);
  store.close();
  const database = await openDB("weaprous-people:linh");
  await database.put("users", [{ key: "short" }, null], "bob");
  await database.put("users", "nonsense", "carol");
  database.close();
  const again = new IdbKnownDevices("linh");
  assert.deepEqual(await again.compared(), []);
  assert.equal(await again.meet(LAPTOP, LATER), undefined);
  again.close();
});

Deno.test("IdbKnownDevices remembers when a first meeting began, and takes earlier rows for long ago", async () => {
  const store = new IdbKnownDevices("tuấn");
  await store.meet(PHONE, FIRST);
  store.close();
  const again = new IdbKnownDevices("tuấn");
  assert.equal(await again.meet(LAPTOP, LATER - 1), undefined);
  again.close();
  const database = await openDB("weaprous-people:tuấn");
  const { key, userSince } = PHONE;
  await database.put("users", [{ key, userSince, compared: true }], "bob");
  database.close();
  const later = new IdbKnownDevices("tuấn");
  assert.deepEqual(await later.compared(), [key]);
  const news = await later.meet(LAPTOP, FIRST);
  assert.deepEqual([news?.kind, news?.compared], ["device", true]);
  later.close();
});
