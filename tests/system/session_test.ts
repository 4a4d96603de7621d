/** Sessions that end, for processes that know nothing of each other. @module */
import assert from "node:assert/strict";
import { SESSION_CHECK_MS } from "../../lib/tracker/hub.ts";
import { runUser } from "../operator/_user_process.ts";
import { TestSystem } from "../tools/services.ts";
import { TestProcess, within } from "../tools/test_process.ts";
import { peerId } from "../tools/ids.ts";
import { SocketPeer } from "../tracker/_doors.ts";
import { ask, json } from "./_door.ts";

const GOOD = "con mèo ngủ trưa";
const OTHER = "con chó thức khuya";
/** An ended session is honoured within this, an open socket included. */
const HONOURED_MS = 10_000;

async function loggedIn(system: TestSystem, username: string) {
  const fields = { username, password: GOOD };
  const { status, cookie } = await ask(`${system.origin}/login`, json(fields));
  assert.equal(status, 200);
  const socket = new SocketPeer(system.origin, "", { cookie });
  await socket.opened;
  const welcome = await socket.ask({
    type: "register",
    version: 1,
    peer: peerId(username),
    channels: ["general"],
  });
  assert.equal(welcome.type, "welcome");
  return { cookie, socket };
}

Deno.test("an open socket is closed after logout, disable and another password", async () => {
  assert.ok(SESSION_CHECK_MS < HONOURED_MS);
  await using system = await TestSystem.start();
  const { origin, dataDir } = system;
  const user = async (words: string[], password = "") => {
    const flags = ["--data", dataDir, "--password-stdin"];
    const { code, error } = await runUser([...words, ...flags], password);
    assert.deepEqual([code, error], [0, ""]);
  };
  const names = ["mai", "an", "linh", "bao"];
  for (const name of names) await user(["add", name], GOOD);
  const people = await Promise.all(names.map((name) => loggedIn(system, name)));
  const [mai, an, linh, bao] = people;
  assert.ok(mai && an && linh && bao);
  const logout = await ask(`${origin}/logout`, {
    method: "POST",
    headers: { cookie: mai.cookie },
  });
  assert.equal(logout.status, 303);
  await user(["disable", "an"]);
  await user(["passwd", "linh"], OTHER);
  for (const { cookie, socket } of [mai, an, linh]) {
    const { code } = await within(socket.closed, () => "The socket is open");
    assert.equal(code, 4401);
    const headers = { cookie };
    const paths = ["/me", "/tracker/channels"];
    for (const path of paths) {
      assert.equal((await ask(`${origin}${path}`, { headers })).status, 401);
    }
    const again = new SocketPeer(origin, "", headers);
    await assert.rejects(again.opened);
  }
  assert.equal(bao.socket.socket.readyState, WebSocket.OPEN);
  const headers = { cookie: bao.cookie };
  assert.equal((await ask(`${origin}/me`, { headers })).status, 200);
  await bao.socket.close();
});

Deno.test("two backends on one database agree on accounts, sessions and passwords", async () => {
  await using system = await TestSystem.start();
  const { dataDir } = system;
  await using second = new TestProcess([
    "run",
    "--no-prompt",
    "--allow-net=127.0.0.1",
    `--allow-read=www,static,${dataDir}`,
    `--allow-write=${dataDir}`,
    "backend.ts",
    "--server-port=0",
    `--data=${dataDir}`,
  ]);
  const line = await second.line(/listening on/);
  const there = /http:\S+/.exec(line)?.[0] ?? "";
  const here = system.origin;
  const flags = ["--data", dataDir, "--password-stdin"];
  await runUser(["add", "mai", ...flags], GOOD);
  const mai = { username: "mai", password: GOOD };
  const me = async (origin: string, cookie: string) =>
    (await ask(`${origin}/me`, { headers: { cookie } })).status;
  const [one, two] = await Promise.all([
    ask(`${here}/login`, json(mai)),
    ask(`${there}/login`, json({ ...mai, keep: true })),
  ]);
  for (const { cookie } of [one, two]) {
    assert.deepEqual([await me(here, cookie), await me(there, cookie)], [
      200,
      200,
    ]);
  }
  await ask(`${there}/logout`, {
    method: "POST",
    headers: { cookie: one.cookie },
  });
  assert.deepEqual([await me(here, one.cookie), await me(there, one.cookie)], [
    401,
    401,
  ]);
  assert.equal(await me(here, two.cookie), 200);
  await runUser(["passwd", "mai", ...flags], OTHER);
  assert.deepEqual([await me(here, two.cookie), await me(there, two.cookie)], [
    401,
    401,
  ]);
  const stale = await Promise.all(
    [here, there].map((origin) => ask(`${origin}/login`, json(mai))),
  );
  assert.deepEqual(stale.map(({ status }) => status), [401, 401]);
});

Deno.test("a database that is stolen opens no session", async () => {
  await using system = await TestSystem.start();
  const fields = { username: "admin", password: "password" };
  const { cookie } = await ask(`${system.origin}/login`, json(fields));
  const token = /session=([\w-]{43})/.exec(cookie)?.[1] ?? "none";
  const files = [...Deno.readDirSync(system.dataDir)].map(({ name }) => name);
  assert.ok(files.includes("weaprous.db"));
  for (const name of files) {
    const bytes = await Deno.readFile(`${system.dataDir}/${name}`);
    const text = new TextDecoder("latin1").decode(bytes);
    assert.ok(!text.includes(token), name);
    assert.equal(
      (Deno.statSync(`${system.dataDir}/${name}`).mode ?? 0) & 0o777,
      0o600,
      name,
    );
  }
});
