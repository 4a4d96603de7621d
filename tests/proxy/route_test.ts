/**
 * Which location a request goes to.
 * @module
 */
import assert from "node:assert/strict";
import { cleanPath, Router, stripPrefix } from "../../lib/proxy/route.ts";

interface Place {
  prefix: string;
  name: string;
}

function host(pattern: string, ...prefixes: string[]) {
  const locations: Place[] = ["/", ...prefixes].map((prefix) => ({
    prefix,
    name: `${pattern}${prefix}`,
  }));
  return { pattern, locations };
}

const router = new Router<Place>([
  host("*.test"),
  host("*.b.test"),
  host("*.b.test:81"),
  host("a.test", "/api", "/api/v2/", "/static/"),
  host("a.test:8081"),
  host("[::1]:80"),
  host("[::1]"),
]);

for (
  const [asked, found] of [
    ["a.test", "a.test/"],
    ["a.test:9", "a.test/"],
    ["a.test:8081", "a.test:8081/"],
    ["a.test.", "a.test/"],
    ["a.test.:8081", "a.test:8081/"],
    ["x.test", "*.test/"],
    ["y.x.test:1", "*.test/"],
    ["x.b.test", "*.b.test/"],
    ["x.b.test:81", "*.b.test:81/"],
    ["b.test", "*.test/"],
    ["[::1]:80", "[::1]:80/"],
    ["[::1]:81", "[::1]/"],
    ["test", undefined],
    ["a.tests", undefined],
    ["xa.test.org", undefined],
    ["", undefined],
  ] as const
) {
  Deno.test(`Router.find() sends host "${asked}" to ${found ?? "nobody"}`, () => {
    assert.equal(router.find(asked, "/")?.name, found);
  });
}

Deno.test("Router.find() falls back to the host *", () => {
  const open = new Router<Place>([host("a.test"), host("*")]);
  assert.equal(open.find("b.test:1", "/x")?.name, "*/");
  assert.equal(open.find("", "/x")?.name, "*/");
  assert.equal(open.find("a.test", "/x")?.name, "a.test/");
});

for (
  const [path, found] of [
    ["/", "a.test/"],
    ["/api", "a.test/api"],
    ["/api/", "a.test/api"],
    ["/api/x", "a.test/api"],
    ["/apix", "a.test/"],
    ["/api/v2", "a.test/api"],
    ["/api/v2/x", "a.test/api/v2/"],
    ["/static", "a.test/"],
    ["/static/", "a.test/static/"],
    ["/x/api", "a.test/"],
  ] as const
) {
  Deno.test(`Router.find() sends ${path} to ${found}`, () => {
    assert.equal(router.find("a.test", path)?.name, found);
  });
}

for (
  const [target, path] of [
    ["/", "/"],
    ["/a/b?c=/../d", "/a/b"],
    ["/a%20b", "/a b"],
    ["/a/../b", "/b"],
    ["/a/%2e%2E/b", "/b"],
    ["/a/./b/.", "/a/b/"],
    ["//host/x", "/host/x"],
    ["/a//b/", "/a/b/"],
    ["/a/..", "/"],
    ["/..", undefined],
    ["/%2e%2e/x", undefined],
    ["/a/../../x", undefined],
    ["/tracker%2fx", "/tracker/x"],
    ["/.hidden", "/.hidden"],
    ["/%zz", "/%zz"],
  ] as const
) {
  Deno.test(`cleanPath() reads ${target} as ${path}`, () => {
    assert.equal(cleanPath(target), path);
  });
}

Deno.test("stripPrefix() leaves a path that starts with a slash", () => {
  assert.equal(stripPrefix("/api/login?x=/api", "/api"), "/login?x=/api");
  assert.equal(stripPrefix("/api/login", "/api/"), "/login");
  assert.equal(stripPrefix("/api", "/api"), "/");
  assert.equal(stripPrefix("/api?x", "/api"), "/?x");
  assert.equal(stripPrefix("/api//x", "/api"), "//x");
});
