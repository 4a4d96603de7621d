import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { openDB } from "idb";
import { IdbKnownDevices } from "../../lib/ui/idb_known_devices.ts";
import { deviceKey } from "../tools/cheap_keys.ts";

const PHONE = { user: "bob", userSince: 1_000, key: deviceKey("phone") };
const LAPTOP = { ...PHONE, key: deviceKey("laptop") };

Deno.test("IdbKnownDevices remembers devices and marks over a reload, each user its own", async () => {
  const before = new IdbKnownDevices("mai");
  assert.equal(await before.meet(PHONE), undefined);
  await before.mark("bob", PHONE.key, true);
  before.close();
  const after = new IdbKnownDevices("mai");
  assert.deepEqual(await after.compared(), [PHONE.key]);
  const news = await after.meet(LAPTOP);
  assert.deepEqual([news?.kind, news?.compared], ["device", true]);
  assert.equal(await after.meet(LAPTOP), undefined);
  after.close();
  const other = new IdbKnownDevices("an");
  assert.deepEqual(await other.compared(), []);
  assert.equal(await other.meet(LAPTOP), undefined);
  other.close();
});

Deno.test("IdbKnownDevices takes a row that does not read for none", async () => {
  const store = new IdbKnownDevices("linh");
  await store.meet(PHONE);
  store.close();
  const database = await openDB("weaprous-people:linh");
  await database.put("users", [{ key: "short" }, null], "bob");
  await database.put("users", "nonsense", "carol");
  database.close();
  const again = new IdbKnownDevices("linh");
  assert.deepEqual(await again.compared(), []);
  assert.equal(await again.meet(LAPTOP), undefined);
  again.close();
});
