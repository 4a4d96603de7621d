/** A person's own password and sessions, from outside. @module */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { runUser } from "../operator/_user_process.ts";
import { TestSystem } from "../tools/services.ts";
import { ask, auditOf, form, json } from "./_door.ts";

const GOOD = "con mèo ngủ trưa";
const OTHER = "con chó thức khuya";
const FIREFOX =
  "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const SAFARI =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";

interface Shown {
  id: string;
  browser: { name: string; system: string };
  address: string;
  createdAt: number;
  seenAt: number;
  current: boolean;
}

/** The people of a test, at one front door. */
class House implements AsyncDisposable {
  readonly system: TestSystem;

  private constructor(system: TestSystem) {
    this.system = system;
  }

  static async open(...names: string[]): Promise<House> {
    const house = new House(await TestSystem.start());
    const flags = ["--data", house.system.dataDir, "--password-stdin"];
    for (const name of names) await runUser(["add", name, ...flags], GOOD);
    return house;
  }

  async login(username: string, browser = FIREFOX, password = GOOD) {
    const headers = { "user-agent": browser };
    const login = json({ username, password }, headers);
    return (await ask(`${this.system.origin}/login`, login)).cookie;
  }

  async ask(path: string, cookie: string, init: RequestInit = {}) {
    const headers = new Headers(init.headers);
    headers.set("cookie", cookie);
    return await ask(`${this.system.origin}${path}`, { ...init, headers });
  }

  async sessions(cookie: string): Promise<Shown[]> {
    const { status, text } = await this.ask("/account/sessions", cookie);
    assert.equal(status, 200);
    return JSON.parse(text).sessions;
  }

  /** The statuses of GET /me and of the tracker. */
  async isIn(cookie: string): Promise<boolean> {
    const paths = ["/me", "/tracker/channels"];
    const answers = await Promise.all(
      paths.map((path) => this.ask(path, cookie)),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    assert.equal(statuses.size, 1);
    return statuses.has(200);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.system[Symbol.asyncDispose]();
  }
}

function change(currentPassword: string, newPassword: string) {
  return { currentPassword, newPassword };
}

Deno.test("a changed password keeps this browser under a new id and ends the others", async () => {
  await using house = await House.open("Mai", "An");
  const [here, phone, other] = [
    await house.login("mai"),
    await house.login("mai", SAFARI),
    await house.login("an"),
  ];
  const [before] = await house.sessions(here);
  const path = "/account/password";
  const changed = await house.ask(path, here, form(change(GOOD, OTHER)));
  assert.equal(changed.status, 303);
  assert.equal(changed.location, "/account.html?done=password");
  assert.equal(changed.headers.get("cache-control"), "no-store");
  assert.deepEqual(
    await Promise.all(
      [here, phone, changed.cookie, other].map((cookie) => house.isIn(cookie)),
    ),
    [false, false, true, true],
  );
  const [after, ...others] = await house.sessions(changed.cookie);
  assert.deepEqual(others, []);
  assert.notEqual(after?.id, before?.id);
  assert.equal(after?.createdAt, before?.createdAt);
  assert.equal(await house.login("mai"), "");
  const again = await house.login("mai", FIREFOX, OTHER);
  assert.equal(await house.isIn(again), true);

  const page = await house.ask("/account.html?done=password", changed.cookie);
  assert.match(page.text, /role="status">Your password is changed/);
  const lines = await auditOf(house.system.dataDir);
  const told = lines.map(({ event, user, by }) => `${event} ${user} ${by}`);
  assert.ok(told.includes("password-changed Mai 127.0.0.1"));
  assert.doesNotMatch(JSON.stringify(lines), /mèo|chó|scrypt/);
});

Deno.test("a password is changed by who knows the current one, to a good one", async () => {
  await using house = await House.open("Mai");
  const [here, phone] = [await house.login("mai"), await house.login("mai")];
  const cases: [string, string, number, string, RegExp][] = [
    [OTHER, OTHER, 403, "wrong-password", /not your current password/],
    ["", OTHER, 403, "wrong-password", /not your current password/],
    [` ${GOOD}`, OTHER, 403, "wrong-password", /not your current password/],
    [GOOD, "ngắn", 422, "password-too-short", /at least 8 characters/],
    [GOOD, "matkhau123", 422, "password-common", /tried first/],
    [GOOD, "Mai?!?!?!?", 422, "password-contains-name", /than the name/],
    [GOOD, GOOD, 422, "password-same", /the password that you have/],
  ];
  for (const [current, chosen, status, code, sentence] of cases) {
    const path = "/account/password";
    const page = await house.ask(path, here, form(change(current, chosen)));
    const tool = await house.ask(path, here, json(change(current, chosen)));
    assert.deepEqual([page.status, page.cookie], [status, ""], code);
    assert.match(page.text, /role="alert"/);
    assert.match(page.text, sentence);
    assert.ok(chosen === "" || !page.text.includes(chosen), code);
    assert.equal(tool.status, status);
    assert.equal(JSON.parse(tool.text).error.code, code);
  }
  assert.equal(await house.isIn(here), true);
  assert.equal(await house.isIn(phone), true);
  assert.ok(await house.login("mai"));
  const lines = await auditOf(house.system.dataDir);
  const failed = lines.filter(({ event }) =>
    event === "password-change-failed"
  );
  assert.equal(failed.length, 6);
});

Deno.test("who asked to stay signed in still is after a change, for what was left", async () => {
  await using house = await House.open("Mai");
  const { origin } = house.system;
  const login = json({ username: "mai", password: GOOD, keep: true });
  const { cookie } = await ask(`${origin}/login`, login);
  const path = "/account/password";
  const changed = await house.ask(path, cookie, json(change(GOOD, OTHER)));
  const [set = ""] = changed.headers.getSetCookie();
  const seconds = Number(/; Max-Age=(\d+)/.exec(set)?.[1]);
  const days30 = 30 * 86_400;
  assert.ok(seconds > days30 - 600 && seconds <= days30, set);
  assert.match(set, /; HttpOnly/);
  assert.match(set, /; SameSite=Lax/);
});

Deno.test("a change that the database can't take whole leaves everything as it was", async () => {
  await using house = await House.open("Mai");
  const [here, phone] = [await house.login("mai"), await house.login("mai")];
  const path = "/account/password";
  const file = `${house.system.dataDir}/weaprous.db`;
  const fault = (sql: string) => {
    const database = new DatabaseSync(file);
    database.exec(sql);
    database.close();
  };
  fault(`CREATE TRIGGER full BEFORE DELETE ON sessions
    BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`);
  const page = await house.ask(path, here, form(change(GOOD, OTHER)));
  const tool = await house.ask(path, here, json(change(GOOD, OTHER)));
  assert.deepEqual([page.status, page.cookie], [503, ""]);
  assert.match(page.text, /role="alert">The server is busy/);
  assert.match(page.headers.get("retry-after") ?? "", /^\d+$/);
  assert.equal(tool.status, 503);
  assert.equal(JSON.parse(tool.text).error.code, "unavailable");
  assert.doesNotMatch(page.text + tool.text, /SQLITE|trigger|disk is full/i);
  fault("DROP TRIGGER full");
  assert.equal(await house.isIn(here), true);
  assert.equal(await house.isIn(phone), true);
  const again = await house.ask(path, here, json(change(GOOD, OTHER)));
  assert.equal(again.status, 200);
  assert.equal(await house.isIn(phone), false);
});

Deno.test("whoever guesses the current password has to wait, and at the login nobody does", async () => {
  await using house = await House.open("Mai");
  const here = await house.login("mai");
  const path = "/account/password";
  let answer = await house.ask(path, here, json(change("wrong", OTHER)));
  for (let tries = 1; tries < 30 && answer.status === 403; tries++) {
    answer = await house.ask(path, here, json(change("wrong", OTHER)));
  }
  assert.equal(answer.status, 429);
  assert.match(answer.headers.get("retry-after") ?? "", /^\d+$/);
  assert.ok(await house.login("mai"));
  assert.equal(await house.isIn(here), true);
});

Deno.test("the account page tells of every session and works without script", async () => {
  await using house = await House.open("Mai");
  const [here, _phone, tool] = [
    await house.login("mai"),
    await house.login("mai", SAFARI),
    await house.login("mai", "<b>x</b>/1 (y)"),
  ];
  const sessions = await house.sessions(here);
  assert.deepEqual(
    sessions.map(({ browser, address, current }) => [
      browser.name,
      browser.system,
      address,
      current,
    ]),
    [
      ["Firefox", "Linux", "127.0.0.1", true],
      ["<b>x</b>", "", "127.0.0.1", false],
      ["Safari", "iOS", "127.0.0.1", false],
    ],
  );
  assert.ok(sessions.every(({ createdAt, seenAt }) => seenAt >= createdAt));
  assert.ok(sessions.every(({ id }) => !`${here}${tool}`.includes(id)));

  const page = await house.ask("/account.html", here);
  assert.equal(page.status, 200);
  assert.equal(page.headers.get("cache-control"), "no-store");
  assert.match(
    page.text,
    /<bdi>Firefox on Linux<\/bdi>[^<]*<span[^>]*>this br/,
  );
  assert.match(page.text, /<bdi>Safari on iOS<\/bdi><\/p>/);
  assert.match(page.text, /<bdi>&lt;b&gt;x&lt;\/b&gt;<\/bdi>/);
  assert.match(page.text, /<time datetime="[^"]+Z">[^<]+ UTC<\/time>/);
  const ids = [...page.text.matchAll(/name="session" value="([^"]+)"/g)]
    .map(([, id]) => id);
  assert.deepEqual(ids, sessions.slice(1).map(({ id }) => id));
  for (const name of ["current-password", "new-password", "username"]) {
    assert.match(page.text, new RegExp(`autocomplete="${name}"`));
  }
  const vi = await house.ask("/account.html", here, {
    headers: { "accept-language": "vi" },
  });
  assert.match(vi.text, /Firefox trên Linux/);

  const stranger = await house.ask("/account.html", "");
  assert.equal(stranger.status, 303);
  assert.equal(stranger.location, "/login.html?next=/account.html");
});

Deno.test("a person ends one session, or all others, and nobody else's", async () => {
  await using house = await House.open("Mai", "An");
  const [here, second, third, fourth, stranger] = [
    await house.login("mai"),
    await house.login("mai", SAFARI),
    await house.login("mai"),
    await house.login("mai"),
    await house.login("an"),
  ];
  const idOf = async (cookie: string) =>
    (await house.sessions(cookie)).find(({ current }) => current)?.id ?? "";
  const end = "/account/sessions/end";
  const del = { method: "DELETE" };

  for (const id of [await idOf(stranger), "x", "é", "%00", "a".repeat(4_000)]) {
    const path = `/account/sessions/${encodeURIComponent(id)}`;
    const answer = await house.ask(path, here, del);
    assert.deepEqual([answer.status, answer.cookie], [404, ""], id);
    assert.equal(JSON.parse(answer.text).error.code, "not-found");
    await house.ask(end, here, form({ session: id }));
    assert.equal(
      (await house.ask(end, here, json({ session: id }))).status,
      404,
    );
  }
  assert.equal(await house.isIn(stranger), true);

  const secondPath = `/account/sessions/${await idOf(second)}`;
  assert.equal((await house.ask(secondPath, here, del)).status, 204);
  assert.equal((await house.ask(secondPath, here, del)).status, 404);
  const session = await idOf(third);
  const ended = await house.ask(end, here, form({ session }));
  assert.deepEqual(
    [ended.status, ended.location],
    [303, "/account.html?done=session"],
  );
  const others = "/account/sessions/end-others";
  const rest = await house.ask(others, here, form({}));
  assert.deepEqual(
    [rest.status, rest.location],
    [303, "/account.html?done=others"],
  );
  assert.deepEqual(
    await Promise.all(
      [here, second, third, fourth, stranger].map((one) => house.isIn(one)),
    ),
    [true, false, false, false, true],
  );
  const more = await house.login("mai");
  const all = await house.ask("/account/sessions", here, del);
  assert.deepEqual([all.status, all.text], [200, '{"ended":1}']);
  assert.equal(await house.isIn(more), false);

  const own = await house.ask(end, here, form({ session: await idOf(here) }));
  assert.deepEqual([own.status, own.location], [303, "/index.html"]);
  assert.equal(own.cookie, "session=; auth=");
  assert.equal(await house.isIn(here), false);
  const events = (await auditOf(house.system.dataDir))
    .filter(({ event }) => String(event).includes("session"))
    .map(({ event, user }) => `${event} ${user}`);
  assert.deepEqual(events, [
    "session-ended Mai",
    "session-ended Mai",
    "other-sessions-ended Mai",
    "other-sessions-ended Mai",
    "session-ended Mai",
  ]);
});

Deno.test("the account's addresses refuse strangers, foreign pages and odd bodies", async () => {
  await using house = await House.open("Mai");
  const here = await house.login("mai");
  const good = change(GOOD, OTHER);
  const changing: [string, RequestInit][] = [
    ["/account/password", json(good)],
    ["/account/sessions/end", json({ session: "x" })],
    ["/account/sessions/end-others", json({})],
    ["/account/sessions", { method: "DELETE" }],
    ["/account/sessions/x", { method: "DELETE" }],
  ];
  for (const [path, init] of changing) {
    for (
      const cookie of ["", `session=${"A".repeat(43)}`, `${here}; ${here}`]
    ) {
      assert.equal((await house.ask(path, cookie, init)).status, 401, path);
    }
    for (
      const foreign of [
        { origin: "null" },
        { origin: "http://evil.example" },
        { "sec-fetch-site": "same-site" },
        { "sec-fetch-site": "cross-site" },
      ]
    ) {
      const headers = new Headers(init.headers);
      for (const [name, value] of Object.entries(foreign)) {
        headers.set(name, value);
      }
      const answer = await house.ask(path, here, { ...init, headers });
      assert.equal(answer.status, 403, `${path} ${JSON.stringify(foreign)}`);
    }
  }
  const login = "/login.html?next=/account.html";
  const stranger = await house.ask("/account/password", "", form(good));
  assert.deepEqual([stranger.status, stranger.location], [303, login]);

  const type = { "content-type": "application/json" };
  const long = JSON.stringify(change(GOOD, "x".repeat(17_000)));
  const post = (body: BodyInit, headers: HeadersInit = type) =>
    ({ method: "POST", body, headers }) as const;
  for (const path of ["password", "sessions/end", "sessions/end-others"]) {
    const at = `/account/${path}`;
    const cases: [RequestInit, number][] = [
      [{ method: "GET" }, 405],
      [post(long), 413],
      [post(new Blob([long]).stream()), 413],
      [post("x", { "content-type": "text/plain" }), 415],
      [post("{"), 400],
    ];
    for (const [init, status] of cases) {
      assert.equal((await house.ask(at, here, init)).status, status, at);
    }
  }
  for (const path of ["password", "sessions/end"]) {
    const answer = await house.ask(`/account/${path}`, here, json({}));
    assert.equal(answer.status, 400, path);
  }
  assert.equal(await house.isIn(here), true);
});

Deno.test("the default account gets a password of its own on its page, and is no default then", async () => {
  await using house = await House.open();
  const here = await house.login("admin", FIREFOX, "password");
  const changed = await house.ask(
    "/account/password",
    here,
    json(change("password", OTHER)),
  );
  assert.equal(changed.status, 200);
  await house.system.restart("backend");
  assert.doesNotMatch(house.system.output("backend"), /default account/);
  const { out } = await runUser(["list", "--data", house.system.dataDir]);
  assert.match(out, /^active .* admin\n$/);
});
