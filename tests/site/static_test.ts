/** Static files: versions, caching, encodings, ranges. @module */
import assert from "node:assert/strict";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { SCRIPT, versionedPath, withSite, writeFiles } from "./_fixture.ts";

const VERSIONED_SCRIPT = /\/static\/js\/chat\.[0-9a-f]{8}\.js/;
const VERSIONED_STYLE = /\/static\/app\.[0-9a-f]{8}\.css/;
const LOGGED_IN = { cookie: "yes" };

Deno.test("pages and style sheets name assets by version, served for ever", () =>
  withSite(async ({ ask }) => {
    const page = await (await ask("/index.html")).text();
    const style = await ask(versionedPath(page, VERSIONED_STYLE));
    assert.equal(
      style.headers.get("cache-control"),
      "public, max-age=31536000, immutable",
    );
    const dot = /\/static\/dot\.[0-9a-f]{8}\.svg/;
    const picture = await ask(versionedPath(await style.text(), dot));
    assert.match(picture.headers.get("cache-control") ?? "", /immutable/);
    assert.equal(await picture.text(), "<svg/>");
    const plain = await ask("/static/app.css");
    assert.equal(plain.headers.get("cache-control"), "no-cache");
    await plain.body?.cancel();
  }));

Deno.test("a changed file gets another name within a second, up to the page", () =>
  withSite(async ({ ask, root, clock }) => {
    const first = await (await ask("/index.html")).text();
    await writeFiles(root, { "static/dot.svg": "<svg>changed</svg>" });
    assert.equal(await (await ask("/index.html")).text(), first);
    clock.advance(1_000);
    const second = await (await ask("/index.html")).text();
    assert.notEqual(second, first);
    // A page from before the change still works, but is not kept for ever.
    const old = await ask(versionedPath(first, VERSIONED_STYLE));
    assert.equal(old.status, 200);
    assert.equal(old.headers.get("cache-control"), "no-cache");
    const current = versionedPath(second, VERSIONED_STYLE);
    assert.match(
      (await ask(current)).headers.get("cache-control") ?? "",
      /immutable/,
    );
  }));

Deno.test("files come and go while the site runs", () =>
  withSite(async ({ ask, root, clock }) => {
    assert.equal((await ask("/static/new.txt")).status, 404);
    await writeFiles(root, { "static/new.txt": "new" });
    clock.advance(1_000);
    assert.equal(await (await ask("/static/new.txt")).text(), "new");
    await Deno.remove(`${root}/static/new.txt`);
    clock.advance(1_000);
    assert.equal((await ask("/static/new.txt")).status, 404);
  }));

Deno.test({
  name: "a link out of the site is not followed, also when it replaces a file",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withSite(async ({ ask, root, clock }) => {
      await Deno.symlink(`${root}/secret.txt`, `${root}/static/link.txt`);
      assert.equal((await ask("/static/link.txt")).status, 404);
      assert.equal((await ask("/robots.txt")).status, 200);
      await Deno.remove(`${root}/www/robots.txt`);
      await Deno.symlink(`${root}/secret.txt`, `${root}/www/robots.txt`);
      clock.advance(1_000);
      assert.equal((await ask("/robots.txt")).status, 404);
    }),
});

Deno.test("names of any script are found by their escaped form", () =>
  withSite(async ({ ask }) => {
    const path = `/static/${encodeURIComponent("ảnh mèo.txt")}`;
    assert.equal(await (await ask(path)).text(), "meo");
  }));

Deno.test("scripts and texts are compressed as the client prefers", () =>
  withSite(async ({ ask }) => {
    const cases: [string, string | null][] = [
      ["gzip, deflate, br, zstd", "br"],
      ["gzip", "gzip"],
      ["br;q=0.1, gzip;q=0.9", "gzip"],
      ["br;q=0, gzip;q=0", null],
      ["*", "br"],
      ["*, br;q=0", "gzip"],
      ["identity, br;q=0.5", null],
      ["GZIP", "gzip"],
      ["deflate", null],
      ["", null],
    ];
    await Promise.all(cases.map(async ([accepted, encoding]) => {
      const response = await ask("/static/js/chat.js", {
        "accept-encoding": accepted,
      });
      assert.equal(
        response.headers.get("content-encoding"),
        encoding,
        accepted,
      );
      assert.equal(response.headers.get("vary"), "Accept-Encoding");
      const bytes = new Uint8Array(await response.arrayBuffer());
      assert.equal(
        Number(response.headers.get("content-length")),
        bytes.length,
      );
      const plain = encoding === "br"
        ? brotliDecompressSync(bytes)
        : encoding === "gzip"
        ? gunzipSync(bytes)
        : bytes;
      assert.equal(new TextDecoder().decode(plain), SCRIPT);
    }));
    const tiny = await ask("/robots.txt", { "accept-encoding": "br" });
    assert.equal(tiny.headers.get("content-encoding"), null);
  }));

Deno.test("304 answers a client that has this very representation", () =>
  withSite(async ({ ask }) => {
    const path = "/static/js/chat.js";
    const plain = (await ask(path)).headers;
    const etag = plain.get("etag") ?? "";
    const modified = plain.get("last-modified") ?? "";
    assert.match(etag, /^"[0-9a-f]{32}"$/);
    const brotli = { "accept-encoding": "br" };
    const brotliTag = (await ask(path, brotli)).headers.get("etag") ?? "";
    assert.notEqual(brotliTag, etag);
    const past = new Date(Date.parse(modified) - 1_000).toUTCString();
    const cases: [Record<string, string>, number][] = [
      [{ "if-none-match": etag }, 304],
      [{ "if-none-match": `W/${etag}` }, 304],
      [{ "if-none-match": `"x", ${etag}` }, 304],
      [{ "if-none-match": "*" }, 304],
      [{ "if-none-match": brotliTag, ...brotli }, 304],
      [{ "if-none-match": brotliTag }, 200],
      [{ "if-none-match": '"x"', "if-modified-since": modified }, 200],
      [{ "if-modified-since": modified }, 304],
      [{ "if-modified-since": past }, 200],
      [{ "if-modified-since": "yesterday" }, 200],
    ];
    await Promise.all(cases.map(async ([headers, status]) => {
      const response = await ask(path, headers);
      assert.equal(response.status, status, JSON.stringify(headers));
      assert.ok(response.headers.has("etag"));
      const text = await response.text();
      if (status === 304) assert.equal(text, "");
    }));
  }));

Deno.test("a page is answered with 304 too, until what it names changes", () =>
  withSite(async ({ ask, root, clock }) => {
    const etag = (await ask("/chat.html", LOGGED_IN)).headers.get("etag") ?? "";
    const headers = { ...LOGGED_IN, "if-none-match": etag };
    assert.equal((await ask("/chat.html", headers)).status, 304);
    await writeFiles(root, { "static/js/chat.js": "changed" });
    clock.advance(1_000);
    const page = await ask("/chat.html", headers);
    assert.equal(page.status, 200);
    assert.match(await page.text(), VERSIONED_SCRIPT);
  }));

Deno.test("HEAD sends the headers of GET and no body", () =>
  withSite(async ({ ask }) => {
    const path = "/static/js/chat.js";
    const [get, head] = [await ask(path), await ask(path, {}, "HEAD")];
    assert.equal(await head.text(), "");
    assert.deepEqual([...head.headers], [...get.headers]);
    await get.body?.cancel();
    const missing = await ask("/nope", {}, "HEAD");
    assert.equal(missing.status, 404);
    assert.equal(await missing.text(), "");
  }));

Deno.test("one range is served from the plain content, others as the whole", () =>
  withSite(async ({ ask }) => {
    const { headers } = await ask("/robots.txt");
    const etag = headers.get("etag") ?? "";
    const date = headers.get("last-modified") ?? "";
    const text = "User-agent: *";
    const cases: [Record<string, string>, number, string, string?][] = [
      [{ range: "bytes=0-3" }, 206, "User", "bytes 0-3/13"],
      [{ range: "bytes=12-" }, 206, "*", "bytes 12-12/13"],
      [{ range: "bytes=-1" }, 206, "*", "bytes 12-12/13"],
      [{ range: "bytes=-99" }, 206, text, "bytes 0-12/13"],
      [{ range: "bytes=5-999999" }, 206, "agent: *", "bytes 5-12/13"],
      [{ range: "bytes=13-" }, 416, "", "bytes */13"],
      [{ range: "bytes=-0" }, 416, "", "bytes */13"],
      [{ range: "bytes=3-1" }, 200, text],
      [{ range: "bytes=-" }, 200, text],
      [{ range: "bytes=0-1,3-4" }, 200, text],
      [{ range: "lines=0-1" }, 200, text],
      [{ range: "bytes=0-3", "if-range": etag }, 206, "User", "bytes 0-3/13"],
      [{ range: "bytes=0-3", "if-range": date }, 206, "User", "bytes 0-3/13"],
      [{ range: "bytes=0-3", "if-range": '"x"' }, 200, text],
      [{ range: "bytes=0-3", "if-range": `W/${etag}` }, 200, text],
    ];
    await Promise.all(cases.map(async ([asked, status, body, range]) => {
      const response = await ask("/robots.txt", asked);
      assert.equal(response.status, status, JSON.stringify(asked));
      assert.equal(response.headers.get("content-range"), range ?? null);
      assert.equal(await response.text(), body);
    }));
    const part = await ask("/static/js/chat.js", {
      range: "bytes=0-5",
      "accept-encoding": "br",
    });
    assert.equal(part.headers.get("content-encoding"), null);
    assert.equal(await part.text(), "export");
  }));

Deno.test("a file too large to hold is streamed, whole and in parts", () =>
  withSite(async ({ ask, root }) => {
    const bytes = new Uint8Array(5 * 1_024 * 1_024);
    for (let at = 0; at < bytes.length; at += 1_000) bytes[at] = at / 1_000;
    await Deno.writeFile(`${root}/static/film.mp4`, bytes);
    const whole = await ask("/static/film.mp4", { "accept-encoding": "br" });
    assert.equal(whole.headers.get("content-type"), "video/mp4");
    assert.equal(whole.headers.get("content-length"), String(bytes.length));
    assert.deepEqual(new Uint8Array(await whole.arrayBuffer()), bytes);
    const part = await ask("/static/film.mp4", { range: "bytes=999-2000" });
    assert.equal(part.status, 206);
    assert.deepEqual(
      new Uint8Array(await part.arrayBuffer()),
      bytes.slice(999, 2_001),
    );
    const left = await ask("/static/film.mp4");
    await left.body?.cancel();
    const etag = whole.headers.get("etag") ?? "";
    const again = await ask("/static/film.mp4", { "if-none-match": etag });
    assert.equal(again.status, 304);
  }));

Deno.test("an empty file is served as one", () =>
  withSite(async ({ ask, root }) => {
    await writeFiles(root, { "static/empty.txt": "" });
    const response = await ask("/static/empty.txt");
    assert.equal(response.headers.get("content-length"), "0");
    assert.equal(await response.text(), "");
    const part = await ask("/static/empty.txt", { range: "bytes=0-" });
    assert.equal(part.status, 416);
    assert.equal((await ask("/static/empty.txt", {}, "HEAD")).status, 200);
  }));
