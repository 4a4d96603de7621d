/** Logged in and out again: POST /logout, GET /me, and odd cookies. @module */
import assert from "node:assert/strict";
import { authApp, cookiesOf, formLogin } from "./_auth_app.ts";

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
