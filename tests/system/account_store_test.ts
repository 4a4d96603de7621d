/** What accounts and sessions are on the disk, and that they are lived by. @module */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { Passwords } from "../../lib/auth/password.ts";
import { runUser } from "../operator/_user_process.ts";
import { peerId } from "../tools/ids.ts";
import { TestSystem } from "../tools/services.ts";
import { within } from "../tools/test_process.ts";
import { SocketPeer } from "../tracker/_doors.ts";
import { ask, form, json } from "./_door.ts";

const ADMIN = { username: "admin", password: "password" };
const GOOD = "con mèo ngủ trưa";
const HOUR_MS = 3_600_000;
const HASH = /^\$scrypt\$ln=17,r=8,p=1\$[A-Za-z\d+/]{22}\$[A-Za-z\d+/]{43}$/;

/** Reads or changes the file as another program would. */
function inDatabase<T>(
  { dataDir }: TestSystem,
  use: (database: DatabaseSync) => T,
): T {
  const database = new DatabaseSync(`${dataDir}/weaprous.db`);
  try {
    database.exec("PRAGMA busy_timeout = 2000");
    return use(database);
  } finally {
    database.close();
  }
}

function hashOf(system: TestSystem, key: string): string {
  const row = inDatabase(
    system,
    (database) =>
      database.prepare("SELECT password_hash FROM accounts WHERE key = ?")
        .get(key),
  );
  return String(row?.["password_hash"]);
}

Deno.test("the first start makes the database: a write-ahead log, for its owner only, with scrypt's own text", async () => {
  await using system = await TestSystem.start();
  const login = await ask(`${system.origin}/login`, json(ADMIN));
  assert.equal(login.status, 200);
  const mode = inDatabase(
    system,
    (database) => database.prepare("PRAGMA journal_mode").get(),
  );
  assert.equal(mode?.["journal_mode"], "wal");
  if (Deno.build.os !== "windows") {
    const file = Deno.statSync(`${system.dataDir}/weaprous.db`);
    assert.equal((file.mode ?? 0) & 0o777, 0o600);
  }
  assert.match(hashOf(system, "admin"), HASH);
  const [, token = ""] = /session=([\w-]{43})/.exec(login.cookie) ?? [];
  const ids = inDatabase(
    system,
    (database) => database.prepare("SELECT id FROM sessions").all(),
  );
  const hash = createHash("sha256").update(token).digest("base64url");
  assert.deepEqual(ids.map(({ id }) => id), [hash]);
});

Deno.test("a login by a hash of another cost is hashed anew, and lets in as before", async () => {
  await using system = await TestSystem.start();
  const flags = ["--data", system.dataDir, "--password-stdin"];
  await runUser(["add", "mai", ...flags], GOOD);
  const old = await new Passwords({ logN: 14, r: 8, p: 1 }).hash(GOOD);
  inDatabase(
    system,
    (database) =>
      database.prepare(
        "UPDATE accounts SET password_hash = ? WHERE key = 'mai'",
      )
        .run(old),
  );
  const login = (password: string) =>
    ask(`${system.origin}/login`, json({ username: "mai", password }));
  assert.equal((await login("wrong")).status, 401);
  assert.equal(hashOf(system, "mai"), old);
  assert.equal((await login(GOOD)).status, 200);
  assert.match(hashOf(system, "mai"), HASH);
  assert.equal((await login(GOOD)).status, 200);
});

Deno.test("a name is one in any case and width, and has 1 to 32 characters", async () => {
  await using system = await TestSystem.start();
  const { origin, dataDir } = system;
  const flags = ["--data", dataDir, "--password-stdin"];
  const longest = "ệ".repeat(32);
  for (const name of ["Ｍai", longest]) {
    assert.equal((await runUser(["add", name, ...flags], GOOD)).code, 0);
  }
  for (const name of ["mai", "MAI", `${longest}x`, ""]) {
    assert.equal((await runUser(["add", name, ...flags], GOOD)).code, 1, name);
  }
  const user = async (username: string) =>
    JSON.parse(
      (await ask(`${origin}/login`, json({ username, password: GOOD }))).text,
    ).username;
  assert.deepEqual(
    await Promise.all(["mAI", "ｍａｉ", longest.normalize("NFD")].map(user)),
    ["Mai", "Mai", longest],
  );
});

Deno.test("a session ends 12 hours after its login, or 30 days where that was asked for, and for every process", async () => {
  await using system = await TestSystem.start();
  const { origin } = system;
  const lives: [init: RequestInit, lifeMs: number][] = [
    [json(ADMIN), 12 * HOUR_MS],
    [form(ADMIN), 12 * HOUR_MS],
    [json({ ...ADMIN, keep: true }), 30 * 24 * HOUR_MS],
    [form({ ...ADMIN, keep: "on" }), 30 * 24 * HOUR_MS],
  ];
  for (const [index, [init, lifeMs]] of lives.entries()) {
    const { cookie } = await ask(`${origin}/login`, init);
    const headers = { cookie };
    const socket = new SocketPeer(origin, "", headers);
    await socket.opened;
    const welcome = await socket.ask({
      type: "register",
      version: 1,
      peer: peerId(`peer${index}`),
      channels: ["general"],
    });
    assert.equal(welcome.type, "welcome");
    // As if all but a minute of its life had passed, and then that as well.
    const moveBack = (byMs: number) =>
      inDatabase(system, (database) => {
        database.exec(
          `UPDATE sessions SET created_at = created_at - ${byMs},
             seen_at = seen_at - ${byMs}, ends_at = ends_at - ${byMs}`,
        );
      });
    const statuses = () =>
      Promise.all(
        ["/me", "/tracker/channels"].map(async (path) =>
          (await ask(`${origin}${path}`, { headers })).status
        ),
      );
    moveBack(lifeMs - 60_000);
    assert.deepEqual(await statuses(), [200, 200]);
    moveBack(60_000);
    assert.deepEqual(await statuses(), [401, 401]);
    const { code } = await within(socket.closed, () => "The socket is open");
    assert.equal(code, 4401);
  }
});
