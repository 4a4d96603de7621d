/** The joined backend over real sockets, asked in ways that browsers don't. @module */
import assert from "node:assert/strict";
import { joinBackend } from "../../backend.ts";
import { openAuth } from "../../lib/auth/auth.ts";
import { openDatabase } from "../../lib/auth/database.ts";
import { openServerKey } from "../../lib/auth/server_key.ts";
import { systemClock as clock } from "../../lib/clock.ts";
import { LOOPBACK, trustedProxies } from "../../lib/forwarded.ts";
import { serveHttp } from "../../lib/service/http_server.ts";
import { openSite } from "../../lib/site/site.ts";
import { TEST_COST } from "../auth/_auth_app.ts";
import { rawExchange, requestText } from "./_raw_http.ts";

const FORM = "application/x-www-form-urlencoded";

async function withBackend(use: (url: string) => Promise<void>) {
  const root = await Deno.makeTempDir();
  await Deno.mkdir(`${root}/www`);
  await Deno.mkdir(`${root}/static`);
  await Deno.writeTextFile(`${root}/secret.txt`, "secret");
  await Deno.writeTextFile(`${root}/www/chat.html`, "the chat");
  await Deno.writeTextFile(`${root}/static/app.css`, "a{}".repeat(400));
  await Deno.writeTextFile(
    `${root}/www/login.html`,
    '<!--login-error--><input name="next" value="{{next}}">',
  );
  const database = openDatabase(`${root}/data`);
  const auth = openAuth(database, {
    clock,
    audit: { record() {} },
    serverKey: openServerKey(`${root}/data`, database),
    cost: TEST_COST,
  });
  const site = openSite(root, clock);
  const trusts = trustedProxies([LOOPBACK]);
  const handler = joinBackend({ auth, site, trusts, log() {} });
  const listening = { ip: "127.0.0.1", port: 0, flag: "server-port" };
  const server = serveHttp(listening, handler);
  try {
    await auth.ready;
    await use(server.url);
  } finally {
    await server.stop(clock);
    database.close();
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("no target leads out of the site, raw over TCP", () =>
  withBackend(async (url) => {
    const targets = [
      "/../secret.txt",
      "/static/../../secret.txt",
      "/static/..%2f..%2fsecret.txt",
      "/%2e%2e/secret.txt",
      "/static/%2e%2e/%2e%2e/secret.txt",
      "/static/%252e%252e/secret.txt",
      "/static\\..\\..\\secret.txt",
      "/static/..%5c..%5csecret.txt",
      "/static/app.css%00",
      "//secret.txt",
      "/static//app.css",
      "/static/./app.css",
      "http://127.0.0.1/../secret.txt",
      "/data/weaprous.db",
      "/backend.ts",
      "/static/\u00ff",
      "*",
      "secret.txt",
    ];
    await Promise.all(targets.map(async (target) => {
      const { status, body } = await rawExchange(
        url,
        requestText("GET", target),
      );
      assert.ok(status === 404 || status === 400, `${target}: ${status}`);
      assert.ok(!body.includes("secret"), target);
    }));
  }));

Deno.test("a Host that would move into the path is refused", () =>
  withBackend(async (url) => {
    const text = "GET /x HTTP/1.1\r\nHost: a/static/app.css?@c\r\n" +
      "Connection: close\r\n\r\n";
    const { status } = await rawExchange(url, text);
    assert.equal(status, 400);
  }));

Deno.test("a login over a socket sets cookies that open the chat", () =>
  withBackend(async (url) => {
    const body = "username=admin&password=password";
    const login = await fetch(`${url}/login`, {
      method: "POST",
      body,
      headers: { "content-type": FORM },
      redirect: "manual",
    });
    await login.body?.cancel();
    assert.equal(login.status, 303);
    const cookie = login.headers.getSetCookie()
      .map((set) => set.split(";", 1)[0]).join("; ");
    const chat = await fetch(`${url}/chat.html`, { headers: { cookie } });
    assert.equal(await chat.text(), "the chat");
    const me = await fetch(`${url}/me`, { headers: { cookie } });
    assert.deepEqual(await me.json(), { username: "admin" });
    const doubled = requestText("GET", "/me", [
      `Cookie: ${cookie}`,
      `Cookie: session=${"a".repeat(43)}`,
    ]);
    assert.equal((await rawExchange(url, doubled)).status, 401);
  }));

Deno.test("a wrong password gets the page with the sentence, in its language", () =>
  withBackend(async (url) => {
    const body = "username=admin&password=wrong&next=//evil.example";
    const answer = await rawExchange(
      url,
      requestText("POST", "/login", [
        `Content-Type: ${FORM}`,
        `Content-Length: ${body.length}`,
        "Accept-Language: en",
      ]),
      body,
    );
    assert.equal(answer.status, 401);
    assert.match(answer.head, /cache-control: no-store/i);
    assert.match(answer.body, /role="alert">Username or password is wrong/);
    assert.match(answer.body, /value="\/chat\.html"/);
  }));

Deno.test("a body over the limit is 413, with its length and in chunks", () =>
  withBackend(async (url) => {
    const big = "a".repeat(20_000);
    const announced = await rawExchange(
      url,
      requestText("POST", "/login", [
        `Content-Type: ${FORM}`,
        `Content-Length: ${big.length}`,
      ]),
      big,
    );
    assert.equal(announced.status, 413);
    const chunked = await rawExchange(
      url,
      requestText("POST", "/login", [
        `Content-Type: application/json`,
        "Transfer-Encoding: chunked",
      ]),
      `${big.length.toString(16)}\r\n${big}\r\n0\r\n\r\n`,
    );
    assert.equal(chunked.status, 413);
    assert.match(chunked.body, /"code":"body-too-large"/);
  }));

Deno.test("HEAD over a socket announces the length and sends nothing", () =>
  withBackend(async (url) => {
    const { status, head, body } = await rawExchange(
      url,
      requestText("HEAD", "/static/app.css"),
    );
    assert.equal(status, 200);
    assert.match(head, /content-length: 1200/i);
    assert.equal(body, "");
  }));

Deno.test("GET /metrics answers this machine, but not through a proxy", () =>
  withBackend(async (url) => {
    const direct = await rawExchange(url, requestText("GET", "/metrics"));
    assert.equal(direct.status, 200);
    const forwarded = ["X-Forwarded-For: 127.0.0.1"];
    const proxied = await rawExchange(
      url,
      requestText("GET", "/metrics", forwarded),
    );
    assert.equal(proxied.status, 404);
  }));
