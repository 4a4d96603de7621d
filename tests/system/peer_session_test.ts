/**
 * What becomes of a terminal's peer when its session ends on the server: it
 * logs in again where it can, and says so where it can't.
 * @module
 */
import assert from "node:assert/strict";
import { runUser } from "../operator/_user_process.ts";
import { home, peer, running } from "../tools/peer_process.ts";
import { TestSystem } from "../tools/services.ts";
import { certifyTooMany } from "./_devices.ts";

const user = ["--user", "admin"];

/** Ends the session that a peer with this home has kept. */
async function logOut(
  { origin }: TestSystem,
  env: Record<string, string>,
): Promise<string> {
  const host = encodeURIComponent(new URL(origin).host);
  const path = `${env["XDG_STATE_HOME"]}/weaprous/${host}/@admin/session.json`;
  const { cookie } = JSON.parse(await Deno.readTextFile(path));
  const response = await fetch(`${origin}/logout`, {
    method: "POST",
    headers: { cookie, origin },
    redirect: "manual",
  });
  await response.body?.cancel();
  assert.equal(response.status, 303);
  return cookie;
}

Deno.test("A peer whose session was ended logs in again with the password it was given", async () => {
  await using system = await TestSystem.start();
  const env = home();
  await using tail = running([system.origin, "tail", ...user], env);
  const send = (input: string) =>
    peer([system.origin, "send", ...user, "--timeout", "30s"], { input });
  assert.equal((await send("before")).code, 0);
  await tail.line(/admin: before$/);
  const ended = await logOut(system, env);
  await tail.line(/^The session had ended: logged in again$/);
  assert.equal((await send("after")).code, 0);
  await tail.line(/admin: after$/);
  // The new session is the one that is kept, and works for the next start.
  assert.notEqual(await logOut(system, env), ended);
});

Deno.test("A peer whose password does not hold any more ends with 3 and a sentence", async () => {
  await using system = await TestSystem.start();
  await using tail = running([system.origin, "tail", ...user]);
  const sent = await peer([system.origin, "send", ...user], { input: "hi" });
  assert.equal(sent.code, 0);
  await tail.line(/admin: hi$/);
  const flags = ["--data", system.dataDir, "--password-stdin"];
  const changed = await runUser(
    ["passwd", "admin", ...flags],
    "nobody will guess this one\n",
  );
  assert.deepEqual([changed.code, changed.error], [0, ""]);
  const { code } = await tail.ended();
  assert.equal(code, 3);
  assert.match(tail.text, /^weaprous: The session has ended: start again$/m);
});

Deno.test("A peer that is one device too many says so, and not that nobody answers", async () => {
  await using system = await TestSystem.start();
  const account = { username: "admin", password: "password" };
  await certifyTooMany(system.origin, account);
  await using tail = running([system.origin, "tail", ...user]);
  await tail.line(
    /^Very many devices have signed in to this account lately\. The server takes one more each minute, and it is asked again$/,
  );
  assert.doesNotMatch(tail.text, /does not answer/);
  const sent = await peer(
    [system.origin, "send", ...user, "--timeout", "1s"],
    { input: "hi" },
  );
  assert.equal(sent.code, 4);
  assert.match(sent.error, /very many devices.*Try again in a minute/);
});
