/** A link of the operator's, and the accounts that are made with it. @module */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { runUser } from "../operator/_user_process.ts";
import { TestSystem } from "../tools/services.ts";
import { ask, auditOf, form, invite, json } from "./_door.ts";

const GOOD = "con mèo ngủ trưa";
const HEX = "0123456789abcdef".repeat(2);

function accountsIn(dataDir: string): string[] {
  const database = new DatabaseSync(`${dataDir}/weaprous.db`);
  try {
    return database.prepare("SELECT username FROM accounts ORDER BY key").all()
      .map(({ username }) => String(username));
  } finally {
    database.close();
  }
}

async function me(origin: string, cookie: string): Promise<string> {
  const { status, text } = await ask(`${origin}/me`, { headers: { cookie } });
  return status === 200 ? JSON.parse(text).username : String(status);
}

Deno.test("an invitation makes one account, logged in at once, and then nothing", async () => {
  await using system = await TestSystem.start();
  const { origin, dataDir } = system;
  const token = await invite(dataDir);
  const page = await ask(`${origin}/join.html?invite=${token}`);
  assert.equal(page.status, 200);
  assert.equal(page.headers.get("cache-control"), "no-store");
  assert.equal(page.headers.get("referrer-policy"), "same-origin");
  assert.match(page.text, /<form [^>]*method="post" action="\/join"/);
  assert.match(page.text, new RegExp(`name="invite" value="${token}"`));
  assert.match(page.text, /autocomplete="username"/);
  assert.match(page.text, /autocomplete="new-password"/);
  for (const id of ["username", "password"]) {
    assert.match(page.text, new RegExp(`<label [^>]*for="${id}"`));
  }
  assert.doesNotMatch(page.text, /onpaste|autocomplete="off"|maxlength/);

  const choice = { invite: token, username: "Nguyễn Mai", password: GOOD };
  const joined = await ask(`${origin}/join`, form(choice));
  assert.deepEqual([joined.status, joined.location], [303, "/chat.html"]);
  assert.equal(joined.headers.get("cache-control"), "no-store");
  assert.equal(await me(origin, joined.cookie), "Nguyễn Mai");
  const { cookie } = joined;
  const chat = await ask(`${origin}/chat.html`, { headers: { cookie } });
  assert.equal(chat.status, 200);
  const login = json({ username: "NGUYỄN MAI", password: GOOD });
  assert.equal((await ask(`${origin}/login`, login)).status, 200);

  const again = await ask(
    `${origin}/join`,
    form({ ...choice, username: "An" }),
  );
  assert.equal(again.status, 404);
  assert.match(again.text, /This invitation can’t be used/);
  // There a login is asked for, where there is none.
  assert.match(again.text, /href="\/chat\.html"/);
  assert.doesNotMatch(again.text, /login/i);
  assert.deepEqual(accountsIn(dataDir), ["admin", "Nguyễn Mai"]);

  const { out } = await runUser(["invites", "--data", dataDir]);
  assert.match(out, /^ {3}1 {2}used up {3}1 of 1 used .* {2}Nguyễn Mai\n$/);
  const lines = (await auditOf(dataDir)).map(({ time: _, ...rest }) => rest);
  assert.deepEqual(lines.slice(0, 2), [
    { event: "invite-made", by: "operator", invite: 1 },
    { event: "invite-used", user: "Nguyễn Mai", by: "127.0.0.1", invite: 1 },
  ]);
  assert.doesNotMatch(JSON.stringify(lines), new RegExp(`${token}|mèo|scrypt`));
  const kept = await Promise.all(
    [...Deno.readDirSync(dataDir)].map(({ name }) =>
      Deno.readFile(`${dataDir}/${name}`)
    ),
  );
  for (const bytes of kept) {
    assert.ok(!new TextDecoder("latin1").decode(bytes).includes(token));
  }
});

Deno.test("every link that opens nothing has one answer", async () => {
  await using system = await TestSystem.start();
  const { origin, dataDir } = system;
  const [used, revoked, expired] = [
    await invite(dataDir),
    await invite(dataDir),
    await invite(dataDir, "--expires", "1m"),
  ];
  const first = { invite: used, username: "Mai", password: GOOD };
  assert.equal((await ask(`${origin}/join`, json(first))).status, 201);
  await runUser(["revoke", "2", "--data", dataDir]);
  const database = new DatabaseSync(`${dataDir}/weaprous.db`);
  database.exec("UPDATE invites SET expires_at = 1 WHERE number = 3");
  database.close();

  const tokens = [
    used,
    revoked,
    expired,
    HEX,
    HEX.slice(1),
    "",
    "é\0",
    "x"
      .repeat(8_000),
  ];
  const pages = await Promise.all(
    tokens.map((token) =>
      ask(`${origin}/join.html?invite=${encodeURIComponent(token)}`)
    ),
  );
  const bare = await ask(`${origin}/join.html`);
  const forms = await Promise.all(
    tokens.map((token) =>
      ask(`${origin}/join`, form({ ...first, invite: token, username: "An" }))
    ),
  );
  for (const { status, text, headers, cookie } of [...pages, ...forms]) {
    assert.deepEqual([status, cookie], [404, ""]);
    assert.equal(text, bare.text);
    assert.equal(headers.get("cache-control"), "no-store");
  }
  const tools = await Promise.all(
    tokens.map((token) =>
      ask(`${origin}/join`, json({ ...first, invite: token, username: "An" }))
    ),
  );
  for (const { status, text } of tools) {
    assert.equal(status, 404);
    assert.equal(JSON.parse(text).error.code, "invite-not-open");
  }
  assert.match(bare.text, /Ask whoever invited you for a new link/);
  const vi = await ask(`${origin}/join.html`, {
    headers: { "accept-language": "vi" },
  });
  assert.match(vi.text, /Không dùng được lời mời này/);
  assert.deepEqual(accountsIn(dataDir), ["admin", "Mai"]);
});

Deno.test("what was chosen badly is said in place, with the name kept and the password not", async () => {
  await using system = await TestSystem.start();
  const { origin, dataDir } = system;
  const token = await invite(dataDir);
  const cases: [string, string, number, string, RegExp][] = [
    ["ADMIN", GOOD, 409, "username-taken", /Somebody has this name already/],
    ["a\u202eb", GOOD, 422, "bad-username", /1 to 32 visible characters/],
    ["x".repeat(33), GOOD, 422, "bad-username", /1 to 32 visible characters/],
    ["Mai", "ngắn", 422, "password-too-short", /at least 8 characters/],
    ["Mai", "password1", 422, "password-common", /tried first/],
    ["Maimai", "maimai123", 422, "password-contains-name", /than the name/],
    ["Mai", "ê".repeat(513), 422, "password-too-long", /too long/],
  ];
  for (const [username, password, status, code, sentence] of cases) {
    const choice = { invite: token, username, password };
    const [page, tool] = await Promise.all([
      ask(`${origin}/join`, form(choice)),
      ask(`${origin}/join`, json(choice)),
    ]);
    assert.deepEqual([page.status, page.cookie], [status, ""], code);
    assert.match(page.text, /role="alert"/);
    assert.match(page.text, sentence);
    assert.ok(page.text.includes(`name="invite" value="${token}"`));
    assert.ok(page.text.includes(`value="${username}"`), code);
    assert.ok(!page.text.includes(password), code);
    assert.equal(tool.status, status);
    assert.equal(JSON.parse(tool.text).error.code, code);
  }
  assert.deepEqual(accountsIn(dataDir), ["admin"]);
  const spaced = "  con mèo  ngủ ";
  const choice = { invite: token, username: "Mai", password: spaced };
  assert.equal((await ask(`${origin}/join`, form(choice))).status, 303);
  const login = (password: string) =>
    ask(`${origin}/login`, json({ username: "mai", password }));
  assert.equal((await login(spaced)).status, 200);
  assert.equal((await login(spaced.trim())).status, 401);
});

Deno.test("of many who take the last uses at once as many get an account", async () => {
  await using system = await TestSystem.start();
  const { origin, dataDir } = system;
  const token = await invite(dataDir, "--uses", "2");
  const tries = Array.from({ length: 8 }, (_, index) =>
    ask(
      `${origin}/join`,
      json({ invite: token, username: `Người ${index}`, password: GOOD }),
    ));
  const answers = await Promise.all(tries);
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [201, 201, ...Array(6).fill(404)]);
  const names = answers.filter(({ status }) => status === 201)
    .map(({ text }) => JSON.parse(text).username);
  assert.deepEqual(accountsIn(dataDir), ["admin", ...names.sort()]);
});

Deno.test("POST /join takes what the login takes, and refuses what it refuses", async () => {
  await using system = await TestSystem.start();
  const { origin, dataDir } = system;
  const token = await invite(dataDir);
  const choice = { invite: token, username: "Mai", password: GOOD };
  const url = `${origin}/join`;
  const long = JSON.stringify({ ...choice, password: "x".repeat(17_000) });
  const chunked = new Blob([long]).stream();
  const refused: [RequestInit, number][] = [
    [{ method: "GET" }, 405],
    [{ method: "PUT", body: "x" }, 405],
    [{ ...json(choice), body: long }, 413],
    [{ ...json(choice), body: chunked }, 413],
    [{ ...json(choice), headers: { "content-type": "text/plain" } }, 415],
    [{ ...json(choice), body: "{" }, 400],
    [json({ ...choice, password: 12_345_678 }), 400],
    [json([choice]), 400],
    [form(choice, { origin: "null" }), 403],
    [form(choice, { origin: "http://evil.example" }), 403],
    [form(choice, { "sec-fetch-site": "cross-site" }), 403],
  ];
  for (const [init, status] of refused) {
    const answer = await ask(url, init);
    assert.deepEqual([answer.status, answer.cookie], [status, ""]);
  }
  assert.equal(
    (await ask(url, { method: "GET" })).headers.get("allow"),
    "POST",
  );
  const planted = `session=${"A".repeat(43)}`;
  const joined = await ask(url, form(choice, { cookie: planted, origin }));
  assert.equal(joined.status, 303);
  assert.ok(!joined.cookie.includes(planted));
  assert.equal(await me(origin, planted), "401");
});

Deno.test("a database that can't be written makes no account, and takes no use", async () => {
  await using system = await TestSystem.start();
  const { origin, dataDir } = system;
  const token = await invite(dataDir);
  const choice = { invite: token, username: "Mai", password: GOOD };
  // The default account is made first: without it a backend does not start.
  const admin = { username: "admin", password: "password" };
  assert.equal((await ask(`${origin}/login`, json(admin))).status, 200);
  const other = new DatabaseSync(`${dataDir}/weaprous.db`);
  other.exec("BEGIN IMMEDIATE");
  const [page, tool] = await Promise.all([
    ask(`${origin}/join`, form(choice)),
    ask(`${origin}/join`, json(choice)),
  ]);
  other.exec("ROLLBACK");
  other.close();
  assert.deepEqual([page.status, page.cookie], [503, ""]);
  assert.match(page.text, /role="alert">The server is busy/);
  assert.ok(page.text.includes('value="Mai"'));
  assert.match(page.headers.get("retry-after") ?? "", /^\d+$/);
  assert.equal(tool.status, 503);
  assert.deepEqual(accountsIn(dataDir), ["admin"]);
  assert.equal((await ask(`${origin}/join`, form(choice))).status, 303);
});

Deno.test("a process killed while people join leaves each account with its use", async () => {
  await using system = await TestSystem.start();
  const { origin, dataDir } = system;
  const token = await invite(dataDir, "--uses", "500");
  const acknowledged: string[] = [];
  for (let round = 0; round < 4; round++) {
    const joining = Array.from({ length: 4 }, async (_, index) => {
      const username = `Người ${round} ${index}`;
      const choice = { invite: token, username, password: GOOD };
      const answer = await ask(`${origin}/join`, json(choice))
        .catch(() => undefined);
      if (answer?.status === 201) acknowledged.push(username);
      return answer;
    });
    await Promise.race(joining);
    await system.kill("backend");
    await Promise.all(joining);
    await system.run("backend");
  }
  const made = accountsIn(dataDir).filter((name) => name !== "admin");
  assert.ok(acknowledged.every((name) => made.includes(name)));
  const { out } = await runUser(["invites", "--data", dataDir]);
  const used = /UTC {2}(Người .*)\n$/.exec(out)?.[1]?.split(", ") ?? [];
  assert.deepEqual(used.sort(), made.sort());
});

Deno.test("whoever is logged in is told so by an invitation, and is the new account after it", async () => {
  await using system = await TestSystem.start();
  const { origin, dataDir } = system;
  const token = await invite(dataDir);
  const admin = { username: "admin", password: "password" };
  const { cookie } = await ask(`${origin}/login`, form(admin));
  const link = `${origin}/join.html?invite=${token}`;
  const stranger = await ask(link);
  assert.doesNotMatch(stranger.text, /logged in as|signed-in/);
  for (const language of ["en", "vi"]) {
    const headers = { cookie, "accept-language": language };
    const page = await ask(link, { headers });
    assert.match(page.text, /<bdi>admin<\/bdi>.*href="\/chat\.html"/s);
    assert.match(page.text, /<form [^>]*action="\/join"/);
  }
  const choice = { invite: token, username: "An", password: "ngắn" };
  const refused = await ask(`${origin}/join`, form(choice, { cookie }));
  assert.equal(refused.status, 422);
  assert.match(refused.text, /<bdi>admin<\/bdi>/);
  const good = form({ ...choice, password: GOOD }, { cookie });
  const joined = await ask(`${origin}/join`, good);
  assert.equal(await me(origin, joined.cookie), "An");
  assert.equal(await me(origin, cookie), "401");
  const wrong = form({ ...admin, password: "x" }, { cookie: joined.cookie });
  const login = await ask(`${origin}/login`, wrong);
  assert.equal(login.status, 401);
  assert.match(login.text, /logged in as <bdi>An<\/bdi>/);
});
