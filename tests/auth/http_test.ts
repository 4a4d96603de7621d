/** The login routes, asked as browsers and tools ask them. @module */
import assert from "node:assert/strict";
import { authApp, cookiesOf, formLogin, jsonLogin, MAI } from "./_auth_app.ts";

Deno.test("POST /login by form leads to the chat with both cookies", async () => {
  const { ask, outcomes } = await authApp();
  const response = await ask("/login", formLogin());
  assert.equal(response.status, 303);
  assert.equal(response.headers.get("location"), "/chat.html");
  assert.equal(response.headers.get("cache-control"), "no-store");
  const [session = "", hint = ""] = response.headers.getSetCookie();
  assert.match(session, /^session=[\w-]{43};/);
  assert.match(session, /; HttpOnly/);
  for (const cookie of [session, hint]) {
    assert.match(cookie, /; Path=\/(;|$)/);
    assert.match(cookie, /; SameSite=Lax/);
  }
  assert.match(hint, /^auth=true;/);
  assert.doesNotMatch(hint, /HttpOnly/i);
  assert.deepEqual(outcomes, ["ok"]);
});

Deno.test("POST /login by form leads where next says, on this site only", async () => {
  const { ask } = await authApp();
  const ends = [["/chat.html#lớp", "/chat.html#l%E1%BB%9Bp"], [
    "//evil.example",
    "/chat.html",
  ]];
  await Promise.all(ends.map(async ([next = "", end]) => {
    const response = await ask("/login", formLogin({ ...MAI, next }));
    assert.equal(response.headers.get("location"), end);
  }));
});

Deno.test("POST /login sets cookies that end with the browser, or after 30 days", async () => {
  const { ask } = await authApp();
  const livesOf = async (init: RequestInit) => {
    const response = await ask("/login", init);
    await response.body?.cancel();
    return response.headers.getSetCookie()
      .filter((cookie) => !cookie.includes("Domain="))
      .map((cookie) => /(?:max-age|expires)=[^;]*/i.exec(cookie)?.[0]);
  };
  for (const keep of ["on", "1", "true"]) {
    const lives = await livesOf(formLogin({ ...MAI, keep }));
    assert.deepEqual(lives, ["Max-Age=2592000", "Max-Age=2592000"]);
  }
  const kept = await livesOf(jsonLogin({ ...MAI, keep: true }));
  assert.deepEqual(kept, ["Max-Age=2592000", "Max-Age=2592000"]);
  const ended = [formLogin(), jsonLogin(), jsonLogin({ ...MAI, keep: false })];
  for (const keep of ["", "off", "0", "false"]) {
    ended.push(formLogin({ ...MAI, keep }));
  }
  for (const init of ended) {
    assert.deepEqual(await livesOf(init), [undefined, undefined]);
  }
  const odd = await ask("/login", jsonLogin({ ...MAI, keep: "yes" }));
  assert.equal(odd.status, 400);
  assert.match((await odd.json()).error.message, /keep.* true or false/);
});

Deno.test("POST /login takes away what a neighbouring host may have planted, over http", async () => {
  const { ask } = await authApp();
  const takenAway = async (headers: Record<string, string>) => {
    const response = await ask("/login", { ...formLogin(), headers });
    await response.body?.cancel();
    return response.headers.getSetCookie()
      .filter((cookie) => cookie.includes("Max-Age=0"));
  };
  const proxied = (host: string, proto = "http") =>
    takenAway({ "x-forwarded-host": host, "x-forwarded-proto": proto });
  const taken = await proxied("chat.lan:8081");
  for (const path of ["/", "/chat.html", "/me", "/tracker/"]) {
    const wanted = `session=; Max-Age=0; Domain=chat.lan; Path=${path}`;
    assert.ok(taken.includes(wanted), taken.join("\n"));
  }
  const domainsOf = (cookies: string[]) =>
    new Set(cookies.map((cookie) => /Domain=([^;]*)/.exec(cookie)?.[1]));
  assert.deepEqual(
    domainsOf(await proxied("a.chat.example.org")),
    new Set(["a.chat.example.org", "chat.example.org", "example.org"]),
  );
  const most = (await proxied("a.b.c.d.example.org")).join("").length;
  assert.ok(most < 4_096, "an answer's head has no room for more");
  for (
    const host of ["192.168.1.5:8081", "[::1]:8081", "chat", "chat.", "x y"]
  ) {
    assert.deepEqual(await proxied(host), [], host);
  }
  assert.deepEqual(await proxied("chat.lan", "https"), [], "__Host- does it");
});

Deno.test("POST /login keeps who asked for it signed in for 30 days, others for 12 hours", async () => {
  const { ask, clock } = await authApp();
  const [kept, plain] = await Promise.all([
    ask("/login", jsonLogin({ ...MAI, keep: true })),
    ask("/login", jsonLogin()),
  ]);
  const statuses = () =>
    Promise.all([kept, plain].map(async (login) => {
      const headers = { cookie: cookiesOf(login) };
      const response = await ask("/me", { headers });
      await response.body?.cancel();
      return response.status;
    }));
  const hourMs = 3_600_000;
  clock.advance(12 * hourMs - 1);
  assert.deepEqual(await statuses(), [200, 200]);
  clock.advance(1);
  assert.deepEqual(await statuses(), [200, 401], "used or not");
  clock.advance(29.5 * 24 * hourMs - 1);
  assert.deepEqual(await statuses(), [200, 401]);
  clock.advance(1);
  assert.deepEqual(await statuses(), [401, 401]);
});

Deno.test("POST /login by form leaves the box as it was after a wrong password", async () => {
  const { ask } = await authApp();
  const typed = { username: "mai", password: "wrong", keep: "on" };
  const wrong = await ask("/login", formLogin(typed));
  assert.equal(
    await wrong.text(),
    "page: wrong-credentials /chat.html mai (keep)",
  );
});

Deno.test("POST /login ends the session that this browser had, and no other", async () => {
  const { ask, records } = await authApp();
  const [first, elsewhere] = await Promise.all([
    ask("/login", jsonLogin()),
    ask("/login", jsonLogin()),
  ]);
  const headers = { cookie: cookiesOf(first) };
  const wrong = formLogin({ ...MAI, password: "wrong" });
  await ask("/login", { ...wrong, headers });
  assert.equal((await ask("/me", { headers })).status, 200);
  records.length = 0;
  const again = await ask("/login", { ...formLogin(), headers });
  assert.equal((await ask("/me", { headers })).status, 401);
  const live = [again, elsewhere].map((login) =>
    ask("/me", { headers: { cookie: cookiesOf(login) } })
  );
  for (const me of await Promise.all(live)) assert.equal(me.status, 200);
  assert.deepEqual(records.map(({ event, reason }) => [event, reason]), [
    ["login", undefined],
    ["logout", "new-login"],
  ]);
});

Deno.test("the audit log tells a disabled account from a wrong password, and the answer does not", async () => {
  const { ask, records, accounts } = await authApp();
  const answerTo = async (login: RequestInit) => {
    const response = await ask("/login", login);
    return [response.status, await response.text()];
  };
  const mistyped = jsonLogin({ ...MAI, password: "wrong" });
  const wrong = await answerTo(mistyped);
  accounts.setDisabled("mai", true);
  assert.deepEqual(await answerTo(jsonLogin()), wrong);
  assert.deepEqual(await answerTo(mistyped), wrong);
  assert.deepEqual(
    records.map(({ reason }) => reason),
    ["wrong-credentials", "account-disabled", "wrong-credentials"],
  );
});

Deno.test("POST /login by JSON answers with the account's name", async () => {
  const { ask } = await authApp();
  const response = await ask(
    "/login",
    jsonLogin({ ...MAI, username: "MAI" }),
  );
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { username: "mai" });
});

Deno.test("POST /login answers an unknown user as it does a wrong password", async () => {
  const { ask, outcomes } = await authApp();
  const answers = await Promise.all(["mai", "nobody", "__proto__", "\0", ""]
    .map(async (username) => {
      const fields = { username, password: "wrong" };
      const byJson = await ask("/login", jsonLogin(fields));
      const byForm = await ask("/login", formLogin(fields));
      assert.deepEqual(byForm.headers.getSetCookie(), []);
      return [
        byJson.status,
        await byJson.text(),
        byForm.status,
        (await byForm.text()).replace(/ [^ ]*$/, ""),
      ];
    }));
  const message = "Username or password is wrong";
  const error = { code: "wrong-credentials", message };
  for (const answer of answers) {
    assert.deepEqual(answer, [
      401,
      JSON.stringify({ error }),
      401,
      "page: wrong-credentials /chat.html",
    ]);
  }
  assert.deepEqual(new Set(outcomes), new Set(["wrong-credentials"]));
});

Deno.test("POST /login by form gives back the name that was typed, and no more", async () => {
  const { ask } = await authApp();
  const typed = { username: "Mai", password: "wrong" };
  const wrong = await ask("/login", formLogin(typed));
  assert.equal(
    await wrong.text(),
    "page: wrong-credentials /chat.html Mai",
  );
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const half = { method: "POST", headers, body: "username=mai" };
  const unread = await ask("/login", half);
  assert.equal(await unread.text(), "page: bad-message /chat.html undefined");
});

Deno.test("POST /login takes the password byte for byte", async () => {
  const { ask } = await authApp();
  const near = [" con mèo nhỏ", MAI.password.normalize("NFD"), "con meo nho"];
  const statuses = await Promise.all(near.map(async (password) => {
    const response = await ask("/login", jsonLogin({ ...MAI, password }));
    await response.body?.cancel();
    return response.status;
  }));
  assert.deepEqual(statuses, [401, 401, 401]);
});

Deno.test("POST /login gives a new session each time and adopts none", async () => {
  const { ask } = await authApp();
  const planted = "a".repeat(43);
  const headers = { cookie: `session=${planted}` };
  const [first, second] = await Promise.all([
    ask("/login", { ...formLogin(), headers }),
    ask("/login", { ...formLogin(), headers }),
  ]);
  assert.notEqual(cookiesOf(first), cookiesOf(second));
  assert.ok(!cookiesOf(first).includes(planted));
  const mine = { headers: { cookie: cookiesOf(first) } };
  assert.equal((await ask("/me", mine)).status, 200);
  assert.equal((await ask("/me", { headers })).status, 401);
});

Deno.test("POST /login of a client that leaves in its middle is no fault of the backend's", async () => {
  const { ask, lines, outcomes } = await authApp();
  // What Deno.serve says of a body whose connection has gone.
  const gone = new Deno.errors.BadResource("Cannot read request body");
  const headers = { "content-type": "application/json" };
  const body = ReadableStream.from((function* () {
    yield new TextEncoder().encode('{"username":');
    throw gone;
  })());
  const response = await ask("/login", { method: "POST", headers, body });
  assert.equal(response.status, 400);
  assert.equal((await response.json()).error.code, "bad-message");
  assert.deepEqual(lines, []);
  assert.deepEqual(outcomes, ["bad-message"]);
});

Deno.test("POST /login refuses bodies that are none with 400, 413 and 415", async () => {
  const { ask, lines } = await authApp();
  const json = { "content-type": "application/json" };
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const post = (headers: HeadersInit, body: BodyInit) =>
    ask("/login", { method: "POST", headers, body });
  const chunked = () =>
    ReadableStream.from([
      new Uint8Array(9_000).fill(97),
      new Uint8Array(9_000).fill(97),
    ]);
  const answers = await Promise.all([
    post(json, "{"),
    post(json, "null"),
    post(json, '["mai"]'),
    post(json, '{"username":"mai"}'),
    post(json, '{"username":"mai","password":7}'),
    post(json, Uint8Array.of(34, 255, 34)),
    post(form, "username=mai"),
    post(form, "username=mai&password=m%e1%ba%a1i%ff"),
    post(form, "username=mai&password=%e1%ba"),
    post(json, '{"username":"mai","password":"\\ud800"}'),
    post(json, " ".repeat(16_385)),
    post(json, chunked()),
    post(form, chunked()),
    post({ "content-type": "text/plain" }, "{}"),
    post({}, new Uint8Array(2)),
  ]);
  const statuses = answers.map(({ status }) => status);
  const expected = [...Array(10).fill(400), 413, 413, 413, 415, 415];
  assert.deepEqual(statuses, expected);
  assert.deepEqual(lines, []);
});

Deno.test("POST /login from another site's page is refused before it counts", async () => {
  const { ask, outcomes } = await authApp();
  const foreign: Record<string, string>[] = [
    { origin: "null" },
    { origin: "http://evil.example" },
    { origin: "http://chat.lan:81" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site", origin: "http://chat.lan" },
  ];
  const statuses = await Promise.all(foreign.map(async (headers) => {
    const response = await ask("/login", { ...formLogin(), headers });
    assert.equal((await response.json()).error.code, "forbidden-origin");
    return response.status;
  }));
  assert.deepEqual(statuses, foreign.map(() => 403));
  assert.deepEqual(outcomes, []);
  const headers = {
    origin: "http://chat.lan",
    "sec-fetch-site": "same-origin",
  };
  const own = await ask("/login", { ...formLogin(), headers });
  assert.equal(own.status, 303);
});

Deno.test("POST /login slows down after ten failures, for that address only", async () => {
  const { ask, clock } = await authApp();
  const wrong = jsonLogin({ ...MAI, password: "wrong" });
  await Promise.all(Array.from({ length: 10 }, () => ask("/login", wrong)));
  const refused = await ask("/login", jsonLogin());
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get("retry-after"), "1");
  const headers = { "x-forwarded-for": "192.168.1.9" };
  const elsewhere = await ask("/login", {
    ...formLogin(),
    headers,
  });
  assert.equal(elsewhere.status, 303);
  clock.advance(1_000);
  assert.equal((await ask("/login", jsonLogin())).status, 200);
});

Deno.test("the login routes answer other methods with 405 and Allow", async () => {
  const { ask } = await authApp();
  const asked = [
    ["GET", "/logout", "POST"],
    ["GET", "/login", "POST"],
    ["PUT", "/login", "POST"],
    ["DELETE", "/me", "GET, HEAD"],
  ];
  await Promise.all(asked.map(async ([method = "", path = "", allowed]) => {
    const response = await ask(path, { method });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), allowed);
  }));
});

Deno.test("a Host that is no host is refused", async () => {
  const { ask } = await authApp();
  const response = await ask("/me", { headers: { host: "a/b@c" } });
  assert.equal(response.status, 400);
});

Deno.test("a fault of the database is 503 without its words, and one log line each", async () => {
  const { ask, accounts, lines } = await authApp();
  const fault = Object.assign(new Error("database is locked"), {
    code: "ERR_SQLITE_ERROR",
  });
  accounts.find = () => {
    throw fault;
  };
  const byJson = await ask("/login", jsonLogin());
  assert.equal(byJson.status, 503);
  assert.equal(byJson.headers.get("retry-after"), "5");
  assert.doesNotMatch(await byJson.text(), /locked/);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /^backend: POST "\/login" failed: .*locked/);
  const byForm = await ask("/login", formLogin());
  assert.equal(byForm.status, 503);
  assert.equal(await byForm.text(), "page: unavailable /chat.html mai");
  assert.equal(lines.length, 2);
});

Deno.test("a fault of the code is 500 without a stack", async () => {
  const { ask, sessions, lines } = await authApp();
  sessions.authenticate = () => {
    throw new RangeError("secret detail\nsecond line");
  };
  const response = await ask("/me");
  assert.equal(response.status, 500);
  assert.doesNotMatch(await response.text(), /secret/);
  assert.deepEqual(lines, [
    'backend: GET "/me" failed: secret detail second line',
  ]);
});
