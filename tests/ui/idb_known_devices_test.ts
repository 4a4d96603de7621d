import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { openDB } from "idb";
import { IdbKnownDevices } from "../../lib/ui/idb_known_devices.ts";
import { FIRST_MEETING_MS, NEWS_MAX } from "../../lib/mesh/known_devices.ts";
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

/** A store that was told of one loud device of bob's, at `user`'s. */
async function withNews(user: string): Promise<IdbKnownDevices> {
  const store = new IdbKnownDevices(user);
  await store.meet(PHONE, FIRST);
  await store.mark("bob", PHONE.key, true);
  assert.equal((await store.meet(LAPTOP, LATER))?.compared, true);
  return store;
}

Deno.test("IdbKnownDevices keeps loud news over a reload until they are put away, for all tabs", async () => {
  const before = await withNews("vy");
  const remade = { ...PHONE, user: "carol" };
  await before.meet(remade, FIRST);
  const again = { ...remade, userSince: 2_000, key: deviceKey("again") };
  await before.meet(again, LATER);
  before.close();
  const [tab, other] = [new IdbKnownDevices("vy"), new IdbKnownDevices("vy")];
  const news = { user: "bob", key: LAPTOP.key, kind: "device", compared: true };
  const account = { kind: "account", user: "carol", compared: false };
  const left = [news, { ...account, key: again.key }]
    .map((one) => ({ ...one, metAt: LATER }));
  assert.deepEqual(await tab.news(), left);
  assert.deepEqual(await other.news(), left);
  await tab.putAway({ user: "bob", kind: "account" });
  assert.deepEqual(await other.news(), left);
  await tab.putAway({ user: "bob", kind: "device" });
  assert.deepEqual(await other.news(), left.slice(1));
  tab.close();
  other.close();
});

Deno.test("IdbKnownDevices keeps a person's news of one kind once, and puts those of before away with it", async () => {
  const store = await withNews("thu");
  await store.meet({ ...PHONE, key: deviceKey("tablet") }, LATER);
  assert.equal((await store.news()).length, 1);
  store.close();
  const database = await openDB("weaprous-people:thu");
  const [row] = await database.getAll("news");
  await database.put("news", { ...row, key: LAPTOP.key }, ["bob", LAPTOP.key]);
  await database.put("news", { ...row, user: "bobby" }, ["bobby", "device"]);
  database.close();
  const again = new IdbKnownDevices("thu");
  assert.equal((await again.news()).length, 3);
  await again.putAway({ user: "bob", kind: "device" });
  assert.deepEqual((await again.news()).map(({ user }) => user), ["bobby"]);
  again.close();
});

Deno.test("IdbKnownDevices gives news as they came, the latest at the end, and those of before first", async () => {
  const store = await withNews("sơn");
  const tell = async (user: string, now: number) => {
    await store.meet({ ...PHONE, user }, FIRST);
    const remade = { userSince: 2_000, key: deviceKey(`${now}`) };
    await store.meet({ ...PHONE, user, ...remade }, now);
  };
  const users = async () => (await store.news()).map(({ user }) => user);
  await tell("an", LATER + 2);
  await tell("carol", LATER + 1);
  assert.deepEqual(await users(), ["bob", "carol", "an"]);
  await store.meet({ ...PHONE, key: deviceKey("tablet") }, LATER + 3);
  assert.deepEqual(await users(), ["carol", "an", "bob"]);
  const database = await openDB("weaprous-people:sơn");
  const old = { kind: "device", user: "vy", key: PHONE.key, compared: true };
  await database.put("news", old, ["vy", PHONE.key]);
  database.close();
  assert.deepEqual(await users(), ["vy", "carol", "an", "bob"]);
  store.close();
});

Deno.test("IdbKnownDevices keeps neither calm news nor those of one's own devices", async () => {
  const store = new IdbKnownDevices("bob");
  await store.meet(PHONE, FIRST);
  await store.mark("bob", PHONE.key, true);
  assert.equal(await store.meet(LAPTOP, LATER), undefined);
  assert.deepEqual(await store.compared(), [PHONE.key]);
  await store.meet({ ...PHONE, user: "carol" }, FIRST);
  const calm = await store.meet({ ...LAPTOP, user: "carol" }, LATER);
  assert.equal(calm?.compared, false);
  assert.deepEqual(await store.news(), []);
  store.close();
});

Deno.test("IdbKnownDevices keeps so many news, and takes rows that do not read for none", async () => {
  const store = await withNews("hoa");
  for (let count = 0; count < NEWS_MAX + 2; count++) {
    const person = { ...PHONE, user: `user${count}` };
    await store.meet(person, FIRST);
    const remade = { userSince: 2_000, key: deviceKey(`d${count}`) };
    await store.meet({ ...person, ...remade }, LATER);
  }
  assert.equal((await store.news()).length, NEWS_MAX);
  store.close();
  const database = await openDB("weaprous-people:hoa");
  await database.put("news", { kind: "device", compared: true }, ["x", "y"]);
  await database.put("news", null, ["x", "z"]);
  database.close();
  const again = new IdbKnownDevices("hoa");
  assert.equal((await again.news()).length, NEWS_MAX);
  again.close();
});

Deno.test("IdbKnownDevices goes on with the database of before, which had no news", async () => {
  const { key, userSince } = PHONE;
  const database = await openDB("weaprous-people:old", 1, {
    upgrade: (database) => void database.createObjectStore("users"),
  });
  await database.put("users", [{ key, userSince, compared: true }], "bob");
  database.close();
  const store = new IdbKnownDevices("old");
  assert.deepEqual(await store.compared(), [key]);
  await store.meet(LAPTOP, LATER);
  assert.equal((await store.news()).length, 1);
  store.close();
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
