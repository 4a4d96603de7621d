/** Pages, languages, redirects and what does not exist. @module */
import assert from "node:assert/strict";
import { BROKEN, withSite, writeFiles } from "./_fixture.ts";

Deno.test("GET / leads to the first page", () =>
  withSite(async ({ ask }) => {
    const response = await ask("/");
    assert.equal(response.status, 302);
    assert.equal(response.headers.get("location"), "/index.html");
    const page = await ask("/index.html");
    assert.equal(page.status, 200);
    assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
    assert.equal(page.headers.get("cache-control"), "no-cache");
    assert.match(await page.text(), /login\.html/);
  }));

Deno.test("the chat page needs a session, however its name is spelt", () =>
  withSite(async ({ ask }) => {
    const paths = [
      "/chat.html",
      "/%63hat.html",
      "/chat%2Ehtml",
      "/chat.html#a",
    ];
    await Promise.all(paths.map(async (path) => {
      const response = await ask(path);
      assert.equal(response.status, 303);
      const location = response.headers.get("location");
      assert.equal(location, "/login.html?next=/chat.html");
      assert.equal(response.headers.get("cache-control"), "no-store");
    }));
    const withQuery = await ask("/chat.html?channel=a&b");
    assert.equal(
      withQuery.headers.get("location"),
      "/login.html?next=/chat.html%3Fchannel%3Da%26b",
    );
    const page = await ask("/chat.html", { cookie: "yes" });
    assert.equal(page.status, 200);
    assert.equal(page.headers.get("cache-control"), "no-store");
    assert.match(await page.text(), /secret/);
  }));

Deno.test("the chat page has no other address that needs no session", () =>
  withSite(async ({ root, ask }) => {
    await writeFiles(root, { "www/chat.vi.html": "secret" });
    const paths = [
      "/chat.vi.html",
      "/chat.00000000.html",
      "/CHAT.html",
      "//chat.html",
      "/chat.html/",
      "/./chat.html%00",
      "/static/../chat.html%2f",
    ];
    await Promise.all(paths.map(async (path) => {
      const response = await ask(path);
      assert.notEqual(response.status, 200, path);
      assert.doesNotMatch(await response.text(), /secret/, path);
    }));
  }));

Deno.test("a page comes in the language that the browser prefers", () =>
  withSite(async ({ ask }) => {
    const cases = [
      ["vi-VN,vi;q=0.9,en;q=0.8", "vi"],
      ["fr,vi;q=0.5", "vi"],
      ["en-US,en;q=0.9,vi;q=0.8", "en"],
      ["vi;q=0,en", "en"],
      ["vi;q=0.2,en;q=0.7", "en"],
      ["*", "en"],
      ["", "en"],
    ];
    await Promise.all(cases.map(async ([wish = "", language]) => {
      const response = await ask("/login.html", { "accept-language": wish });
      assert.equal(response.headers.get("content-language"), language, wish);
      assert.match(response.headers.get("vary") ?? "", /Accept-Language/);
      const title = language === "vi" ? /Đăng nhập/ : /Login/;
      assert.match(await response.text(), title);
    }));
    const untranslated = await ask("/index.html", { "accept-language": "vi" });
    assert.equal(untranslated.headers.get("content-language"), "en");
    await untranslated.body?.cancel();
  }));

Deno.test("the login page carries next, escaped, and no error by itself", () =>
  withSite(async ({ ask }) => {
    const next = encodeURIComponent(`/a?"><script>&'$&`);
    const response = await ask(`/login.html?next=${next}`);
    assert.equal(
      await response.text(),
      '<input name="next" value="/a?&quot;&gt;&lt;script&gt;&amp;&#39;$&amp;"><h1>Login</h1>',
    );
    const plain = await ask("/login.html");
    assert.match(await plain.text(), /value="\/chat\.html"/);
  }));

Deno.test("the login page says who is logged in, where that is somebody and can be told", () =>
  withSite(async ({ ask }) => {
    const page = await ask("/login.html", { cookie: "Mai & <An>" });
    assert.equal(page.headers.get("cache-control"), "no-store");
    const text = await page.text();
    assert.match(text, /logged in as <bdi>Mai &amp; &lt;An&gt;<\/bdi>/);
    assert.match(text, /href="\/chat\.html"/);
    const head = { cookie: "mai", "accept-language": "vi" };
    const vietnamese = await (await ask("/login.html", head)).text();
    assert.match(vietnamese, /đăng nhập với tên <bdi>mai<\/bdi>/);
    for (const headers of [{}, { cookie: BROKEN }]) {
      const form = await ask("/login.html", headers);
      assert.deepEqual([form.status, form.headers.get("cache-control")], [
        200,
        "no-cache",
      ]);
      assert.doesNotMatch(await form.text(), /logged in|signed-in/);
    }
  }));

Deno.test("what does not exist is a page with a way back, and 404", () =>
  withSite(async ({ ask, root, clock }) => {
    const paths = [
      "/nope",
      "/nope.html",
      "/static/nope.js",
      "/static/",
      "/static/js",
      "/static/.hidden",
      "/static/app.00000000.js",
      "/__proto__",
      "/%",
      "/%ff",
      "/static%2fapp.css",
      "/static/%5c..%5csecret.txt",
      "/static/app.css%00.js",
    ];
    await Promise.all(paths.map(async (path) => {
      const response = await ask(path);
      assert.equal(response.status, 404, path);
      assert.match(await response.text(), /href="\/index\.html"/);
    }));
    clock.advance(1_000);
    await writeFiles(root, { "www/404.html": "our own words" });
    const own = await ask("/nope", { "if-none-match": "*" });
    assert.equal(own.status, 404);
    assert.equal(await own.text(), "our own words");
  }));

Deno.test("what does not exist is said in the reader's language, with 404 always", () =>
  withSite(async ({ ask, root }) => {
    const www = `${import.meta.dirname}/../../www`;
    await Promise.all(["404.html", "404.vi.html"].map(async (name) => {
      const text = await Deno.readTextFile(`${www}/${name}`);
      await writeFiles(root, { [`www/${name}`]: text });
    }));
    const asked = ["/nope", "/404.html", "/404.vi.html"].flatMap((path) =>
      ["en", "vi"].map((language) => [path, language] as const)
    );
    await Promise.all(asked.map(async ([path, language]) => {
      const response = await ask(path, { "accept-language": language });
      assert.equal(response.status, 404, path);
      assert.equal(response.headers.get("content-language"), language);
      const text = await response.text();
      assert.match(text, new RegExp(`<html lang="${language}">`));
      assert.match(text, /class="button[^>]*href="\/index\.html"/);
    }));
  }));

Deno.test("/favicon.ico leads to the icon that pages name", () =>
  withSite(async ({ ask }) => {
    const response = await ask("/favicon.ico");
    assert.equal(response.status, 308);
    assert.equal(response.headers.get("location"), "/static/img/logo.svg");
    assert.equal((await ask("/favicon.ico", {}, "HEAD")).status, 308);
    assert.equal((await ask("/favicon.ico", {}, "POST")).status, 405);
  }));

Deno.test("the site answers methods that change something with 405", () =>
  withSite(async ({ ask }) => {
    const paths = ["/index.html", "/", "/static/app.css", "/nope", "/metrics"];
    await Promise.all(paths.map(async (path) => {
      const response = await ask(path, {}, "POST");
      assert.equal(response.status, 405);
      assert.equal(response.headers.get("allow"), "GET, HEAD");
      assert.equal((await response.json()).error.code, "method-not-allowed");
    }));
  }));

Deno.test("GET /healthz says ok", () =>
  withSite(async ({ ask }) => {
    const response = await ask("/healthz");
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { status: "ok" });
  }));

Deno.test("GET /metrics counts answers, for the operator only", () =>
  withSite(async ({ ask }) => {
    assert.equal((await ask("/metrics", { via: "proxy" })).status, 404);
    const response = await ask("/metrics");
    assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
    const text = await response.text();
    assert.match(text, /^weaprous_backend_requests_total\{status="404"\} 1$/m);
    assert.match(text, /^# TYPE weaprous_backend_logins_total counter$/m);
  }));

Deno.test("every answer carries the security headers", () =>
  withSite(async ({ ask }) => {
    const asked = [
      ask("/"),
      ask("/index.html"),
      ask("/chat.html"),
      ask("/nope"),
      ask("/static/app.css"),
      ask("/healthz"),
      ask("/index.html", {}, "POST"),
    ];
    const answers = await Promise.all(asked);
    for (const { headers } of answers) {
      const policy = headers.get("content-security-policy") ?? "";
      assert.match(policy, /default-src 'self'/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe/);
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.equal(headers.get("referrer-policy"), "same-origin");
      assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
      assert.ok(headers.has("permissions-policy"));
    }
    await Promise.all(answers.map(({ body }) => body?.cancel()));
  }));

Deno.test("the opener policy is left out where browsers would complain of it", () =>
  withSite(async ({ ask }) => {
    const opener = async (headers: HeadersInit) =>
      (await ask("/healthz", headers)).headers.get(
        "cross-origin-opener-policy",
      );
    assert.equal(await opener({ "x-forwarded-host": "chat.lan:8081" }), null);
    assert.equal(
      await opener({ "x-forwarded-host": "127.0.0.1:8081" }),
      "same-origin",
    );
    assert.equal(
      await opener({
        "x-forwarded-host": "chat.lan",
        "x-forwarded-proto": "https",
      }),
      "same-origin",
    );
  }));

Deno.test("https is told to last only where it is the default port's: HSTS is a host's, not a port's", () =>
  withSite(async ({ ask }) => {
    const lasting = async (host: string, proto = "https") => {
      const { headers, body } = await ask("/healthz", {
        "x-forwarded-host": host,
        "x-forwarded-proto": proto,
      });
      await body?.cancel();
      return headers.has("strict-transport-security");
    };
    for (const host of ["chat.lan", "chat.lan:443", "[2001:db8::1]"]) {
      assert.equal(await lasting(host), true, host);
      assert.equal(await lasting(host, "http"), false, host);
    }
    // The browser would take http://chat.lan:8081 for https from then on.
    const others = ["chat.lan:8443", "[2001:db8::1]:8443", "chat.lan:4430"];
    for (const host of others) assert.equal(await lasting(host), false, host);
  }));
