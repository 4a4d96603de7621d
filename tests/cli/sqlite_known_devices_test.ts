import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { SqliteKnownDevices } from "../../lib/cli/sqlite_known_devices.ts";
import {
  FIRST_MEETING_MS,
  KNOWN_USERS_MAX,
  NEWS_MAX,
} from "../../lib/mesh/known_devices.ts";
import { deviceKey } from "../tools/cheap_keys.ts";

const PHONE = { user: "bob", userSince: 1_000, key: deviceKey("phone") };
const LAPTOP = { ...PHONE, key: deviceKey("laptop") };
const FIRST = 1_000_000;
const LATER = FIRST + FIRST_MEETING_MS;
const folder = Deno.makeTempDirSync();
let count = 0;

globalThis.addEventListener("unload", () => {
  Deno.removeSync(folder, { recursive: true });
});

function newPath(): string {
  return `${folder}/${++count}.db`;
}

function open(path = newPath(), user = "mai"): SqliteKnownDevices {
  return new SqliteKnownDevices(path, { user });
}

Deno.test("SqliteKnownDevices remembers devices and marks over a restart, for its owner alone", () => {
  const path = newPath();
  {
    using before = open(path);
    assert.equal(before.meet(PHONE, FIRST), undefined);
    before.mark("bob", PHONE.key, true);
  }
  assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  using after = open(path);
  assert.deepEqual(after.compared(), [PHONE.key]);
  const news = after.meet(LAPTOP, LATER);
  assert.deepEqual([news?.kind, news?.compared], ["device", true]);
  assert.equal(after.meet(LAPTOP, LATER), undefined);
  after.mark("bob", PHONE.key, false);
  assert.deepEqual(after.compared(), []);
});

Deno.test("SqliteKnownDevices says nothing of one's own devices", () => {
  using devices = open(newPath(), "bob");
  devices.meet(PHONE, FIRST);
  devices.mark("bob", PHONE.key, true);
  assert.equal(devices.meet(LAPTOP, LATER), undefined);
  const tablet = { ...PHONE, key: deviceKey("tablet") };
  assert.equal(devices.meetUnread(tablet, LATER), undefined);
  assert.deepEqual(devices.takeNews(), []);
});

Deno.test("SqliteKnownDevices leaves what nobody read to whoever reads next, in another process as well", () => {
  const path = newPath();
  using script = open(path);
  using talk = open(path);
  assert.equal(script.meetUnread(PHONE, FIRST), undefined);
  // Calm: it is told by whoever meets it where somebody reads.
  assert.equal(script.meetUnread(LAPTOP, LATER), undefined);
  assert.equal(talk.meet(LAPTOP, LATER)?.compared, false);
  assert.deepEqual(talk.takeNews(), []);
  talk.mark("bob", PHONE.key, true);
  const tablet = { ...PHONE, key: deviceKey("tablet") };
  const news = script.meetUnread(tablet, LATER);
  assert.equal(news?.compared, true);
  assert.equal(script.meetUnread(tablet, LATER), undefined);
  using next = open(path);
  assert.deepEqual(next.takeNews(), [news]);
  assert.deepEqual(next.takeNews(), []);
  assert.equal(next.meet(tablet, LATER), undefined);
});

Deno.test("SqliteKnownDevices tells each of several talks, also what another process met first", () => {
  const path = newPath();
  using one = open(path);
  using other = open(path);
  using script = open(path);
  assert.equal(one.meet(PHONE, FIRST), undefined);
  assert.equal(other.meet(PHONE, FIRST), undefined);
  one.mark("bob", PHONE.key, true);
  const news = one.meet(LAPTOP, LATER);
  assert.equal(news?.compared, true);
  assert.deepEqual(other.meet(LAPTOP, LATER), news);
  assert.equal(other.meet(LAPTOP, LATER), undefined);
  const tablet = { ...PHONE, key: deviceKey("tablet") };
  const found = script.meetUnread(tablet, LATER);
  assert.deepEqual(one.meet(tablet, LATER), found);
  // What was told needs not be told to the next who comes.
  assert.deepEqual(one.takeNews(), []);
  assert.deepEqual(other.meet(tablet, LATER), found);
  using late = open(path);
  assert.equal(late.meet(tablet, LATER), undefined);
});

Deno.test("SqliteKnownDevices tells once what was left while a talk goes on", () => {
  const path = newPath();
  using talk = open(path);
  using script = open(path);
  talk.meet(PHONE, FIRST);
  talk.mark("bob", PHONE.key, true);
  const news = script.meetUnread(LAPTOP, LATER);
  assert.deepEqual(talk.takeNews(), [news]);
  assert.equal(talk.meet(LAPTOP, LATER), undefined);
});

Deno.test("SqliteKnownDevices keeps so many people and news", () => {
  using devices = open();
  const bob = (key: string) => ({ ...PHONE, key: deviceKey(key) });
  devices.meet(PHONE, FIRST);
  devices.mark("bob", PHONE.key, true);
  for (let at = 0; at < NEWS_MAX + 2; at++) {
    devices.meetUnread(bob(`d${at}`), LATER);
  }
  assert.equal(devices.takeNews().length, NEWS_MAX);
  const path = newPath();
  using full = open(path);
  const database = new DatabaseSync(path);
  database.exec(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
    INSERT INTO users SELECT 'user' || i, '[]' FROM n LIMIT ${KNOWN_USERS_MAX};
  `);
  database.close();
  full.meet(PHONE, FIRST);
  assert.equal(full.meet(LAPTOP, LATER), undefined);
});

Deno.test("SqliteKnownDevices takes a row that does not read for none", () => {
  const path = newPath();
  {
    using devices = open(path);
    devices.meet(PHONE, FIRST);
  }
  const database = new DatabaseSync(path);
  database.exec(`
    UPDATE users SET row = 'not JSON';
    INSERT INTO users VALUES ('carol', '[{"key": "short"}, null]');
    INSERT INTO news VALUES ('bob', 'x', '{"kind": "device"}');
  `);
  database.close();
  using devices = open(path);
  assert.deepEqual(devices.compared(), []);
  assert.deepEqual(devices.takeNews(), []);
  assert.equal(devices.meet(LAPTOP, LATER), undefined);
  assert.equal(devices.meet({ ...LAPTOP, user: "carol" }, LATER), undefined);
});
