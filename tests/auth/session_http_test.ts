/** Logged in and out again: POST /logout, GET /me, and odd cookies. @module */
import assert from "node:assert/strict";
import { authApp, cookiesOf, formLogin, peer } from "./_auth_app.ts";

Deno.test("POST /logout ends the session on the server and clears the cookies", async () => {
  const { ask } = await authApp();
  const cookie = cookiesOf(await ask("/login", formLogin()));
  const other = cookiesOf(await ask("/login", formLogin()));
  const response = await ask("/logout", {
    method: "POST",
    headers: { cookie },
  });
  assert.equal(response.status, 303);
  assert.equal(response.headers.get("location"), "/index.html");
  assert.equal(cookiesOf(response), "session=; auth=");
  for (const cleared of response.headers.getSetCookie()) {
    assert.match(cleared, /Max-Age=0/);
  }
  const after = await ask("/me", { headers: { cookie } });
  assert.equal(after.status, 401);
  assert.equal((await after.json()).error.code, "session-expired");
  const others = await ask("/me", { headers: { cookie: other } });
  assert.equal(others.status, 200);
});

Deno.test("POST /logout answers a script with 204, logged in or not", async () => {
  const { ask } = await authApp();
  const headers = { accept: "application/json" };
  const response = await ask("/logout", { method: "POST", headers });
  assert.equal(response.status, 204);
});

Deno.test("GET /me takes odd session cookies for none, never for a fault", async () => {
  const { ask } = await authApp();
  const cookie = cookiesOf(await ask("/login", formLogin()));
  const session = cookie.split("; ")[0] ?? "";
  const odd = [
    "session=",
    "session",
    session.slice(0, -1),
    `${session}; ${session}`,
    `${session.slice(0, -1)}%00`,
    `session=${"a".repeat(8_192)}`,
    `${"x=y; ".repeat(500)}session=é`,
    "auth=true",
    `Session=${session.slice(8)}`,
  ];
  const statuses = await Promise.all(odd.map(async (value) => {
    const response = await ask("/me", { headers: { cookie: value } });
    await response.body?.cancel();
    return response.status;
  }));
  assert.deepEqual(statuses, odd.map(() => 401));
  const among = `a=b;${session};c="d"`;
  assert.equal((await ask("/me", { headers: { cookie: among } })).status, 200);
});

const HTTPS = { "x-forwarded-proto": "https" };

Deno.test("over https the cookies are Secure and the session's bound to the host", async () => {
  const { ask } = await authApp();
  const login = await ask("/login", { ...formLogin(), headers: HTTPS });
  const [session = "", hint = ""] = login.headers.getSetCookie();
  assert.match(session, /^__Host-session=[\w-]{43};/);
  assert.match(hint, /^auth=true;/);
  for (const cookie of [session, hint]) {
    assert.match(cookie, /; Secure/);
    assert.match(cookie, /; Path=\/(;|$)/);
    assert.match(cookie, /; SameSite=Lax/);
    assert.doesNotMatch(cookie, /Domain/i);
  }
  assert.match(session, /; HttpOnly/);
  const headers = { ...HTTPS, cookie: cookiesOf(login) };
  assert.equal((await ask("/me", { headers })).status, 200);
  const logout = await ask("/logout", { method: "POST", headers });
  assert.equal(cookiesOf(logout), "__Host-session=; session=; auth=");
  for (const cleared of logout.headers.getSetCookie()) {
    assert.match(cleared, /Max-Age=0.*; Secure|; Secure.*Max-Age=0/);
  }
  assert.equal((await ask("/me", { headers })).status, 401);
});

Deno.test("who asked is told by a trusted proxy only, the scheme as well", async () => {
  const { ask } = await authApp();
  const stranger = peer("203.0.113.9");
  const init = { ...formLogin(), headers: HTTPS };
  const login = await ask("/login", init, stranger);
  for (const cookie of login.headers.getSetCookie()) {
    assert.doesNotMatch(cookie, /Secure|__Host-/);
  }
});

Deno.test("https and http of one host are two places to be logged in", async () => {
  const { ask } = await authApp();
  const [mine, planted] = await Promise.all([
    ask("/login", { ...formLogin(), headers: HTTPS }),
    ask("/login", formLogin()),
  ]);
  const [own = ""] = cookiesOf(mine).split("; ");
  const [other = ""] = cookiesOf(planted).split("; ");
  const status = async (cookie: string, headers = {}) => {
    const init = { headers: { ...headers, cookie } };
    const response = await ask("/me", init);
    await response.body?.cancel();
    return response.status;
  };
  assert.equal(await status(other), 200);
  assert.equal(await status(other, HTTPS), 401);
  assert.equal(await status(other.replace("session", "__Host-session")), 401);
  // What lies beside it, dead or alive, says nothing. Browsers send the cookies
  // of https to http on the machine itself, too.
  assert.equal(await status(`${other}; ${own}`, HTTPS), 200);
  assert.equal(await status(`__Host-session=x; ${other}`), 200);
  assert.equal(await status(`${own}; session=x`), 401);
  assert.equal(await status(`${own}; ${own}`, HTTPS), 401);
  assert.equal(await status(own.replace("__Host", "__host"), HTTPS), 401);
});
