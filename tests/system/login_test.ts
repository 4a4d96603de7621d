/** The login from outside: through the proxy, as browsers, tools and others. @module */
import assert from "node:assert/strict";
import { rawExchange, requestText } from "../backend/_raw_http.ts";
import { runUser } from "../operator/_user_process.ts";
import { networkAddress, TestSystem } from "../tools/services.ts";
import { ask, auditOf, form, json } from "./_door.ts";

const ADMIN = { username: "admin", password: "password" };
const FORM = "Content-Type: application/x-www-form-urlencoded";
const JSON_TYPE = "Content-Type: application/json";

/** A system whose proxy believes what this machine says, as a front on it. */
async function withFront(use: (system: TestSystem) => Promise<void>) {
  const configFile = Deno.makeTempFileSync({ suffix: ".conf" });
  const shipped = Deno.readTextFileSync("config/proxy.conf");
  Deno.writeTextFileSync(configFile, `trusted_proxies 127.0.0.1;\n${shipped}`);
  try {
    await using system = await TestSystem.start({ configFile });
    await use(system);
  } finally {
    Deno.removeSync(configFile);
  }
}

async function addUser(system: TestSystem, name: string, password: string) {
  const flags = ["--data", system.dataDir, "--password-stdin"];
  const { code, error } = await runUser(["add", name, ...flags], password);
  assert.deepEqual([code, error], [0, ""]);
}

async function statusOf(url: string, cookie: string): Promise<number> {
  return (await ask(url, { headers: { cookie } })).status;
}

Deno.test("the login's cookies last as long as was asked for, and carry what they need", async () => {
  await using system = await TestSystem.start();
  const url = `${system.origin}/login`;
  for (const init of [form(ADMIN), json(ADMIN)]) {
    const { headers } = await ask(url, init);
    const [session = "", hint = ""] = headers.getSetCookie();
    assert.match(
      session,
      /^session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    assert.match(hint, /^auth=true; Path=\/; SameSite=Lax$/);
  }
  for (
    const init of [
      form({ ...ADMIN, keep: "on" }),
      json({ ...ADMIN, keep: true }),
    ]
  ) {
    for (const cookie of (await ask(url, init)).headers.getSetCookie()) {
      assert.match(cookie, /; Max-Age=2592000/);
    }
  }
  const wrong = form({ ...ADMIN, password: "wrong", keep: "on" });
  assert.match((await ask(url, wrong)).text, /name="keep"\s+checked\s/);
});

Deno.test("behind https the cookies are the host's own, and so is every page", () =>
  withFront(async ({ origin, dataDir }) => {
    const https = {
      "x-forwarded-proto": "https",
      "x-forwarded-host": "chat.example",
      "x-forwarded-for": "198.51.100.7",
    };
    const flags = ["--data", dataDir, "--password-stdin"];
    await runUser(["add", "mai", ...flags], "con mèo ngủ trưa");
    const mai = { username: "mai", password: "con mèo ngủ trưa" };
    const own = { ...https, origin: "https://chat.example" };
    const login = await ask(`${origin}/login`, form(mai, own));
    assert.equal(login.status, 303);
    const [session = "", hint = ""] = login.headers.getSetCookie();
    assert.match(
      session,
      /^__Host-session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    assert.match(hint, /^auth=true; Path=\/; Secure; SameSite=Lax$/);
    const [pair = ""] = login.cookie.split("; ");
    const me = (cookie: string) =>
      ask(`${origin}/me`, { headers: { ...https, cookie } });
    const tracker = (cookie: string) =>
      ask(`${origin}/tracker/channels`, { headers: { ...https, cookie } });
    for (const get of [me, tracker]) {
      const known = await get(pair);
      assert.equal(known.status, 200);
      const plain = await get(pair.replace("__Host-", ""));
      assert.equal(plain.status, 401);
    }
    const page = await ask(`${origin}/index.html`, { headers: https });
    assert.match(
      page.headers.get("strict-transport-security") ?? "",
      /^max-age=\d{7,}/,
    );
    assert.equal(page.headers.get("cross-origin-opener-policy"), "same-origin");
    const lines = await auditOf(dataDir);
    assert.equal(lines.at(-1)?.["by"], "198.51.100.7");
  }));

Deno.test("every answer carries the headers that keep other sites out", async () => {
  await using system = await TestSystem.start();
  const { origin } = system;
  const { cookie } = await ask(`${origin}/login`, form(ADMIN));
  const paths = ["/index.html", "/login.html", "/chat.html", "/me", "/nope"];
  paths.push("/static/css/app.css", "/account.html", "/join.html", "/login");
  for (const headers of [{ cookie }, {}]) {
    const answers = await Promise.all(
      paths.map((path) => ask(`${origin}${path}`, { headers })),
    );
    for (const [index, { headers }] of answers.entries()) {
      const path = paths[index];
      const policy = headers.get("content-security-policy") ?? "";
      assert.match(policy, /default-src 'self'/, path);
      assert.match(policy, /frame-ancestors 'none'/, path);
      assert.doesNotMatch(policy, /unsafe/, path);
      assert.equal(headers.get("x-content-type-options"), "nosniff", path);
      assert.equal(headers.get("referrer-policy"), "same-origin", path);
      assert.match(
        headers.get("permissions-policy") ?? "",
        /camera=\(\)/,
        path,
      );
      assert.equal(
        headers.get("cross-origin-opener-policy"),
        "same-origin",
        path,
      );
      assert.equal(headers.get("strict-transport-security"), null, path);
    }
  }
  const personal = ["/me", "/chat.html", "/account.html", "/account/sessions"];
  for (const path of [...personal, "/tracker/channels"]) {
    const { status, headers } = await ask(`${origin}${path}`, {
      headers: { cookie },
    });
    assert.deepEqual(
      [status, headers.get("cache-control")],
      [200, "no-store"],
      path,
    );
  }
});

Deno.test("another site's page can neither log in nor out, nor open the socket", async () => {
  await using system = await TestSystem.start();
  const { origin } = system;
  const { cookie } = await ask(`${origin}/login`, form(ADMIN));
  const foreign: Record<string, string>[] = [
    { origin: "null" },
    { origin: "https://evil.example" },
    { origin: origin.replace("127.0.0.1", "127.0.0.2") },
    { origin: "https://evil.example", "x-forwarded-host": "evil.example" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ];
  for (const headers of foreign) {
    const named = JSON.stringify(headers);
    const login = await ask(`${origin}/login`, form(ADMIN, headers));
    assert.equal(login.status, 403, named);
    assert.equal(login.cookie, "", named);
    const logout = form({}, { ...headers, cookie });
    assert.equal((await ask(`${origin}/logout`, logout)).status, 403, named);
    const create = json({}, { ...headers, cookie });
    const tracker = await ask(`${origin}/tracker/channels`, create);
    assert.equal(tracker.status, 403, named);
  }
  for (const { origin: page } of foreign.filter(({ origin }) => origin)) {
    const headers = ["Connection: Upgrade", "Upgrade: websocket"];
    headers.push("Sec-WebSocket-Version: 13", `Cookie: ${cookie}`);
    headers.push(
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
      `Origin: ${page}`,
    );
    const text = `GET /tracker/socket HTTP/1.1\r\nHost: ${
      new URL(origin).host
    }\r\n${headers.join("\r\n")}\r\n\r\n`;
    // An upgrade that is refused is answered, and the connection stays open.
    using connection = await Deno.connect({ port: system.ports.proxy });
    await connection.write(new TextEncoder().encode(text));
    const answer = new Uint8Array(512);
    const length = await connection.read(answer) ?? 0;
    const [line] = new TextDecoder().decode(answer.subarray(0, length)).split(
      "\r\n",
    );
    assert.match(line ?? "", / 403 /, page);
  }
  assert.equal(await statusOf(`${origin}/me`, cookie), 200);
  const own = { origin, "sec-fetch-site": "same-origin" };
  assert.equal((await ask(`${origin}/login`, form(ADMIN, own))).status, 303);
});

Deno.test("a login leads to a path of this site and nowhere else", async () => {
  await using system = await TestSystem.start();
  const tricks = [
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
  ];
  tricks.push(
    "javascript:alert(1)",
    "/\t/evil.example",
    "/.//evil.example",
    " /x",
    "chat.html",
    "",
  );
  for (const next of tricks) {
    const { status, location } = await ask(
      `${system.origin}/login`,
      form({ ...ADMIN, next }),
    );
    assert.deepEqual([status, location], [303, "/chat.html"], next);
    const page = await ask(
      `${system.origin}/login.html?next=${encodeURIComponent(next)}`,
    );
    assert.match(page.text, /name="next" value="\/chat\.html"/, next);
  }
  const own = form({ ...ADMIN, next: "/chat.html?channel=a#b" });
  assert.equal(
    (await ask(`${system.origin}/login`, own)).location,
    "/chat.html?channel=a#b",
  );
});

Deno.test("a session id that the browser brought along is never adopted", async () => {
  await using system = await TestSystem.start();
  const { origin } = system;
  const planted = `session=${"a".repeat(43)}`;
  const login = await ask(`${origin}/login`, form(ADMIN, { cookie: planted }));
  assert.equal(login.status, 303);
  assert.ok(!login.cookie.includes(planted));
  assert.equal(await statusOf(`${origin}/me`, planted), 401);
  const again = await ask(
    `${origin}/login`,
    form(ADMIN, { cookie: login.cookie }),
  );
  assert.notEqual(again.cookie, login.cookie);
  assert.equal(await statusOf(`${origin}/me`, login.cookie), 401);
  assert.equal(await statusOf(`${origin}/me`, again.cookie), 200);
});

Deno.test("odd cookies are nobody's: 401, or a refusal of the proxy, never a fault", async () => {
  await using system = await TestSystem.start();
  const { origin } = system;
  const { cookie } = await ask(`${origin}/login`, form(ADMIN));
  const [session = ""] = cookie.split("; ");
  const odd: [cookie: string, statuses: number[]][] = [
    ["session=", [401]],
    [session.slice(0, -1), [401]],
    [`${session}x`, [401]],
    [`${session}; ${session}`, [401]],
    [`${session.slice(0, -3)}%00`, [401]],
    [`session="${session.slice(8)}"`, [401]],
    ["session=../../etc/passwd", [401]],
    ["session=' OR 1=1 --", [401]],
    [`session=${"a".repeat(43)}`, [401]],
    [`session=${"a".repeat(8_192)}`, [401, 431]],
    // A field value with NUL is no HTTP (RFC 9110 5.5).
    [`${session.slice(0, -1)}\0`, [400]],
    [`session=${"\u00e9".repeat(20)}`, [401]],
  ];
  for (const path of ["/me", "/tracker/channels"]) {
    for (const [value, statuses] of odd) {
      const text = requestText("GET", path, [`Cookie: ${value}`]);
      const { status } = await rawExchange(origin, text);
      assert.ok(
        statuses.includes(status),
        `${path} ${JSON.stringify(value.slice(0, 60))}: ${status}`,
      );
    }
    const twice = requestText("GET", path, [
      `Cookie: ${session}`,
      `Cookie: ${session}`,
    ]);
    assert.equal((await rawExchange(origin, twice)).status, 401);
    assert.equal(await statusOf(`${origin}${path}`, cookie), 200);
  }
  assert.doesNotMatch(system.output("backend"), /failed:/);
});

Deno.test("what is no login is refused by its reason: 400, 405, 413, 415", async () => {
  await using system = await TestSystem.start();
  const { origin } = system;
  const post = (path: string, headers: string[], body: string) =>
    rawExchange(origin, requestText("POST", path, headers), body);
  const big = "a".repeat(16 * 1_024 + 1);
  const chunked = `${big.length.toString(16)}\r\n${big}\r\n0\r\n\r\n`;
  for (const type of [FORM, JSON_TYPE]) {
    const sized = [type, `Content-Length: ${big.length}`];
    assert.equal((await post("/login", sized, big)).status, 413);
    const inChunks = [type, "Transfer-Encoding: chunked"];
    assert.equal((await post("/login", inChunks, chunked)).status, 413);
  }
  const body = "{}";
  const length = `Content-Length: ${body.length}`;
  for (
    const type of [
      "text/plain",
      "multipart/form-data; boundary=x",
      "application/jsonp",
      "",
    ]
  ) {
    const { status } = await post(
      "/login",
      [`Content-Type: ${type}`, length],
      body,
    );
    assert.equal(status, 415, type);
  }
  assert.equal((await post("/login", [JSON_TYPE, length], body)).status, 400);
  for (const path of ["/logout", "/login"]) {
    const { status, headers } = await ask(`${origin}${path}`);
    assert.deepEqual([status, headers.get("allow")], [405, "POST"]);
  }
});

Deno.test("a password is taken byte for byte, with its blanks and accents", async () => {
  await using system = await TestSystem.start();
  const password = "  con mèo  nhỏ ngủ 😴 ";
  await addUser(system, "mai", password);
  const statuses = [];
  const near = [
    password,
    password.trim(),
    password.normalize("NFD"),
    password.replaceAll("  ", " "),
  ];
  for (const typed of [...near, "con meo  nho ngu 😴"]) {
    const fields = { username: "mai", password: typed };
    const byForm = await ask(`${system.origin}/login`, form(fields));
    const byJson = await ask(`${system.origin}/login`, json(fields));
    statuses.push([byForm.status, byJson.status]);
  }
  assert.deepEqual(statuses, [[303, 200], ...near.map(() => [401, 401])]);
  const flags = ["--data", system.dataDir, "--password-stdin"];
  for (
    const refused of ["seven b", "x".repeat(1_025), "slipknot", "matkhau123"]
  ) {
    const { code } = await runUser(["add", "an", ...flags], refused);
    assert.equal(code, 1, refused);
  }
});

Deno.test("guessing is slowed with 429 and Retry-After, and shuts out nobody who is in", async () => {
  await using system = await TestSystem.start();
  const { origin } = system;
  await addUser(system, "mai", "con mèo ngủ trưa");
  const mai = { username: "mai", password: "con mèo ngủ trưa" };
  const wrong = { ...mai, password: "wrong" };
  const inside = await ask(`${origin}/login`, json(mai));
  let refused = await ask(`${origin}/login`, json(wrong));
  for (let tries = 1; refused.status === 401 && tries < 12; tries++) {
    refused = await ask(`${origin}/login`, json(wrong));
  }
  assert.equal(refused.status, 429);
  assert.match(refused.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
  assert.equal(JSON.parse(refused.text).error.code, "too-many-requests");
  const page = await ask(`${origin}/login`, form(mai));
  assert.deepEqual([page.status, page.cookie], [429, ""]);
  assert.match(page.text, /role="alert">[^<]*wrong passwords/i);
  // Other accounts, and the person who is in, even to log in anew.
  assert.equal((await ask(`${origin}/login`, json(ADMIN))).status, 200);
  assert.equal(await statusOf(`${origin}/me`, inside.cookie), 200);
  const again = json(mai, { cookie: inside.cookie });
  assert.equal((await ask(`${origin}/login`, again)).status, 200);
});

Deno.test("all addresses of one /64 of IPv6 are one guesser, those of the next another", () =>
  withFront(async (system) => {
    await addUser(system, "mai", "con mèo ngủ trưa");
    const tryFrom = async (ip: string) => {
      const wrong = { username: "mai", password: "wrong" };
      const init = json(wrong, { "x-forwarded-for": ip });
      return (await ask(`${system.origin}/login`, init)).status;
    };
    const statuses = [];
    for (let host = 1; host <= 11; host++) {
      statuses.push(await tryFrom(`2001:db8:1:2:${host}::${host}`));
    }
    assert.deepEqual(statuses, [...Array(10).fill(401), 429]);
    assert.equal(await tryFrom("2001:db8:1:3::1"), 401);
  }));

const address = await networkAddress();

Deno.test({
  name: "a forged X-Forwarded-For from the network makes no other guesser",
  ignore: address === undefined,
  async fn() {
    const flags = { proxy: ["--server-ip", "0.0.0.0"] };
    await using system = await TestSystem.start({ flags });
    const url = `${system.origin.replace("127.0.0.1", address ?? "")}/login`;
    const statuses = [];
    for (let i = 0; i < 11; i++) {
      const ip = `198.51.100.${i}`;
      const claims = {
        "x-forwarded-for": ip,
        "forwarded": `for=${ip}`,
        "x-real-ip": ip,
      };
      const fields = { username: "admin", password: "wrong" };
      const { status, headers } = await ask(
        url,
        json(fields, { ...claims, "x-forwarded-proto": "https" }),
      );
      assert.equal(headers.get("strict-transport-security"), null);
      statuses.push(status);
    }
    assert.deepEqual(statuses, [...Array(10).fill(401), 429]);
    const by = (await auditOf(system.dataDir)).map((line) => line["by"]);
    assert.deepEqual(new Set(by), new Set([address]));
  },
});

Deno.test("a proxy that nobody trusts speaks for nobody, and is not the machine itself", async () => {
  const flags = { backend: ["--trusted-proxy", "192.0.2.77"] };
  await using system = await TestSystem.start({ flags });
  const direct = `http://127.0.0.1:${system.ports.backend}/login`;
  const claim = {
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-proto": "https",
  };
  const claimed = await ask(direct, json(ADMIN, claim));
  assert.equal(claimed.status, 401);
  assert.equal(claimed.headers.get("strict-transport-security"), null);
  assert.equal((await ask(direct, json(ADMIN))).status, 200);
});

Deno.test("line breaks and colours of a name stay within their line of the logs", async () => {
  await using system = await TestSystem.start();
  const username =
    'mai\r\n{"event":"login","user":"root"}\x1b[2J\x1b]0;x\x07\u202e';
  const login = await ask(
    `${system.origin}/login`,
    json({ username, password: "wrong" }),
  );
  assert.equal(login.status, 401);
  await ask(`${system.origin}/${encodeURIComponent(username)}`);
  const log = await Deno.readTextFile(`${system.dataDir}/audit.log`);
  assert.equal(log.trimEnd().split("\n").length, 1);
  assert.doesNotMatch(log.trimEnd(), /\p{Cc}|\u202e/u);
  assert.equal((await auditOf(system.dataDir))[0]?.["user"], username);
  for (const name of ["backend", "proxy", "tracker"] as const) {
    // deno-lint-ignore no-control-regex -- what must not be there
    assert.doesNotMatch(system.output(name), /\x1b|root/);
  }
});

Deno.test("the login form works without script, with labels, autocomplete and pasting", async () => {
  await using system = await TestSystem.start();
  for (const language of ["en", "vi"]) {
    const { text } = await ask(`${system.origin}/login.html`, {
      headers: { "accept-language": language },
    });
    assert.match(text, new RegExp(`<html lang="${language}"`));
    const [, action, fields = ""] =
      /<form[^>]*method="post"\s+action="([^"]*)"[^>]*>(.*?)<\/form>/s.exec(
        text,
      ) ?? [];
    assert.equal(action, "/login");
    assert.match(fields, /<label[^>]*for="username"/);
    assert.match(fields, /<label[^>]*for="password"/);
    assert.match(fields, /id="username"[^>]*autocomplete="username"/);
    assert.match(
      fields,
      /id="password"[^>]*type="password"[^>]*autocomplete="current-password"/,
    );
    assert.match(fields, /<input\s+type="checkbox"\s+id="keep"\s+name="keep"/);
    assert.match(fields, /<label[^>]*for="keep"/);
    assert.match(fields, /<button[^>]*type="submit"/);
    // Nothing inline could run, and no script of ours listens for it either.
    assert.doesNotMatch(
      text,
      /on(paste|copy|drop)=|autocomplete="off"|readonly/i,
    );
  }
});
