/**
 * How a health check is written.
 * @module
 */
import assert from "node:assert/strict";
import { ConfError } from "../../lib/conf/conf_error.ts";
import { parseConf } from "../../lib/conf/parse_conf.ts";

function checks(text: string) {
  return parseConf(text).hosts[0]?.locations.map((it) => it.healthCheck?.path);
}

Deno.test("parseConf() reads a health check, with what it leaves out", () => {
  const inHost = (directive: string) =>
    parseConf(`host "a" { ${directive} }`).hosts[0]?.locations[0]?.healthCheck;
  assert.equal(inHost(""), undefined);
  assert.deepEqual(inHost("health_check /healthz;"), {
    path: "/healthz",
    intervalMs: 5000,
    timeoutMs: 2000,
    rises: 1,
    falls: 2,
  });
  assert.deepEqual(
    inHost("health_check /a?b=c interval=1m timeout=500ms rises=3 falls=1"),
    { path: "/a?b=c", intervalMs: 60_000, timeoutMs: 500, rises: 3, falls: 1 },
  );
});

Deno.test("a location inherits its host's health check, sets its own, or has none", () => {
  const text = `health_check /top; host "a" {
    proxy_pass http://b:1;
    location /own/ { health_check /own; }
    location /none/ { health_check off; }
    location /same/ { }
  }`;
  assert.deepEqual(checks(text), ["/top", "/own", undefined, "/top"]);
});

for (
  const [directive, reason] of [
    ["health_check;", /lacks a value, expected health_check \/PATH/],
    [
      "health_check healthz;",
      /bad path "healthz", expected one like \/healthz/,
    ],
    ['health_check "/a b";', /bad path "\/a b"/],
    ['health_check "/a\r\nX: y";', /unclosed quote/],
    ["health_check off falls=2;", /bad path "off"/],
    ["health_check /x interval=0s;", /bad value "0s" of interval/],
    ["health_check /x timeout=soon;", /bad value "soon" of timeout/],
    ["health_check /x rises=0;", /bad value "0" of rises/],
    ["health_check /x fails=2;", /unknown option "fails=2", expected interval/],
  ] as const
) {
  Deno.test(`parseConf() refuses ${JSON.stringify(directive)}`, () => {
    assert.throws(() => parseConf(`host "a" {\n${directive}\n}`), (error) => {
      assert.ok(error instanceof ConfError);
      assert.equal(error.line, 2);
      assert.match(error.message, reason);
      return true;
    });
  });
}
