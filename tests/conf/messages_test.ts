/**
 * How a conf is refused: whatever is wrong, the message says where, shows the
 * line, and says what was expected.
 * @module
 */
import assert from "node:assert/strict";
import { ConfError } from "../../lib/conf/conf_error.ts";
import { DIRECTIVES } from "../../lib/conf/directives.ts";
import { parseConf } from "../../lib/conf/parse_conf.ts";

const FILE = "config/some.conf";

/** One conf for each kind of fault that there is. */
const FAULTS = [
  // Blocks.
  'host "a" {',
  "}",
  "{",
  "; {",
  "host {\n}",
  'host "a";',
  'host "a" "b" {}',
  'host "a" {\nhost "b" {}\n}',
  "location /a { location /b {} }",
  "location {}",
  "location api {}",
  "default x {}",
  'host "a b" {}',
  'host "a:99999" {}',
  'host "a {\n}',
  "host 'a {\n}",
  'host "$HOST" {}',
  'host "a" { proxy_pass http://b:1; }\nhost "A" { proxy_pass http://c:1; }',
  "<<<<<<< HEAD",
  'host "a" {}\n=======',
  // Directives in general.
  "nonsense 1;",
  "proxy_pass http://a:1;",
  'host "a" { workers 1; }',
  "dist_policy;",
  "dist_policy random extra;",
  "dist_policy random {",
  "dist_policy random; dist_policy ip-hash;",
  "dist_policy fastest;",
  // Targets.
  'host "a" { proxy_pass a:1; }',
  'host "a" { proxy_pass https://a:1; }',
  'host "a" { proxy_pass http://a:0; }',
  'host "a" { proxy_pass http://[::1:1; }',
  'host "a" { proxy_pass http://999.1.1.1; }',
  'host "a" { proxy_pass http://$HOST:1; }',
  'host "a" { proxy_pass http://a:1/x; }',
  'host "a" { proxy_pass http://a:1 heavy; }',
  'host "a" { proxy_pass http://a:1 weight=0; }',
  'host "a" { proxy_pass http://a:1 max_fails=x; }',
  'host "a" { proxy_pass http://a:1 fail_timeout=x; }',
  'host "a" { proxy_pass http://a:1; proxy_pass http://a:1 max_fails=9; }',
  // Headers.
  "proxy_set_header Bad: x;",
  "proxy_set_header Upgrade x;",
  "proxy_set_header X $upstream;",
  'add_header X "a\u0001";',
  // Health checks.
  "health_check up;",
  "health_check /up interval=x;",
  "health_check /up timeout=0;",
  "health_check /up rises=0;",
  "health_check /up falls=x;",
  "health_check /up often;",
  // Values.
  "location / { strip_prefix maybe; }",
  "proxy_read_timeout soon;",
  "keepalive_timeout 0;",
  "client_max_body_size 1x;",
  "client_max_header_size 1g;",
  "client_max_headers 0;",
  "limit_conn many;",
  "limit_rate fast;",
  "limit_rate 1r/s often;",
  "limit_rate 1r/s burst=0;",
  "proxy_keepalive x;",
  "proxy_next_upstream_tries 0;",
  "trusted_proxies 10.0.0.0/33;",
  // Doors and operations.
  "listen 0;",
  "listen chat.lan:80;",
  "listen 80 quic;",
  "listen 80 ssl;",
  "listen 80 http2;",
  "listen 80;\nlisten 80;",
  Array.from({ length: 17 }, (_, at) => `listen ${at + 1};`).join("\n"),
  "listen 443 tls;",
  "tls_certificate a;\nlisten 443 tls;",
  'tls_certificate "a,b";',
  'host "a" { redirect http; }',
  'host "a" { redirect https 0; }',
  'host "a" { redirect https; }',
  "workers 0;",
  "drain_timeout x;",
  'access_log "a,b";',
  "access_log off json;",
  "access_log a xml;",
  "metrics 9901;",
  "metrics 0.0.0.0:9901;",
];

function refusalOf(text: string): ConfError {
  try {
    parseConf(text, FILE);
  } catch (error) {
    if (error instanceof ConfError) return error;
    throw error;
  }
  return assert.fail(`read without a word: ${text}`);
}

const MESSAGE =
  /^Cannot read config\/some\.conf line (\d+) column (\d+): (.+)\n(.*)\n(\s*)\^$/;

for (const fault of FAULTS) {
  const shown = JSON.stringify(fault.slice(0, 60));
  Deno.test(`the refusal of ${shown} says where, shows the line and what was expected`, () => {
    const { message, line, column } = refusalOf(fault);
    const parts = MESSAGE.exec(message);
    assert.ok(parts !== null, message);
    const [, atLine, atColumn, reason, text, indent] = parts;
    assert.deepEqual([Number(atLine), Number(atColumn)], [line, column]);
    assert.match(reason!, /, expected /);
    assert.equal(text, fault.split("\n")[line - 1]);
    assert.equal(indent!.length, column - 1);
    assert.ok(column <= text!.length + 1, "beyond the line");
  });
}

Deno.test("every directive without its value says how it is written", () => {
  for (const [name, { within }] of Object.entries(DIRECTIVES)) {
    const directive = `${name};`;
    const place = within.includes("top")
      ? directive
      : within.includes("host")
      ? `host "a" {\n${directive}\n}`
      : `location /a {\n${directive}\n}`;
    const { message } = refusalOf(place);
    const reason = new RegExp(`: "${name}" lacks a value, expected .+;\\n`);
    assert.match(message, reason);
  }
});

Deno.test("the caret stands under the fault, behind tabs and wide letters too", () => {
  const [, line, caret] = refusalOf('\thost "cổng"\t{\n}').message.split("\n");
  assert.equal(line, '\thost "cổng"\t{');
  assert.equal(caret, "\t     ^");
});
