/**
 * The conf language where it speaks of ports, certificates and operations.
 * @module
 */
import assert from "node:assert/strict";
import { ConfError } from "../lib/conf/conf_error.ts";
import { parseConf } from "../lib/conf/parse_conf.ts";

const HOST = 'host "*" { proxy_pass http://127.0.0.1:9000; }\n';
const CERTIFICATE = "tls_certificate a.pem;\ntls_certificate_key a.key;\n";

Deno.test("parseConf() without listen leaves the ports to the command line", () => {
  assert.deepEqual(parseConf(HOST).listens, []);
});

Deno.test("parseConf() reads every kind of listen", () => {
  const { listens, server } = parseConf(
    `listen 8081;\nlisten 0.0.0.0:8443 tls;\nlisten [::]:8444 tls http2;\nlisten localhost:8082\n${CERTIFICATE}${HOST}`,
  );
  assert.deepEqual(listens, [
    { hostname: undefined, port: 8081, tls: false, http2: false, line: 1 },
    { hostname: "0.0.0.0", port: 8443, tls: true, http2: false, line: 2 },
    { hostname: "::", port: 8444, tls: true, http2: true, line: 3 },
    { hostname: "localhost", port: 8082, tls: false, http2: false, line: 4 },
  ]);
  assert.equal(server.certificateFile, "a.pem");
  assert.equal(server.certificateKeyFile, "a.key");
});

Deno.test("parseConf() sends a host's redirect to the first tls port, or where it says", () => {
  const conf = parseConf(
    `${CERTIFICATE}host "a" { redirect https; }\nhost "b" { redirect https 443; }\nhost "c" { proxy_pass http://127.0.0.1:1; }\nlisten 80;\nlisten 8443 tls;\nlisten 8444 tls;`,
  );
  const ports = conf.hosts.map(({ locations }) => locations[0]?.httpsPort);
  assert.deepEqual(ports, [8443, 443, -1]);
});

Deno.test("parseConf() reads the directives of operations", () => {
  const { server } = parseConf(
    `workers 2;\ndrain_timeout 30s;\naccess_log data/access.log json;\nmetrics [::1]:9901;\n${HOST}`,
  );
  assert.equal(server.workers, 2);
  assert.equal(server.drainTimeoutMs, 30_000);
  assert.deepEqual(server.accessLog, {
    file: "data/access.log",
    format: "json",
  });
  assert.deepEqual(server.metrics, { hostname: "::1", port: 9901 });
});

Deno.test("parseConf() keeps no access log unless it is asked for", () => {
  for (const text of [HOST, `access_log off;\n${HOST}`]) {
    assert.equal(parseConf(text).server.accessLog.file, "");
  }
  const { accessLog } = parseConf(`access_log -;\n${HOST}`).server;
  assert.deepEqual(accessLog, { file: "-", format: "combined" });
});

const REFUSED: [string, [number, number], RegExp][] = [
  ["listen 0;", [1, 8], /bad port "0", expected a number from 1 to 65535/],
  ["listen 70000;", [1, 8], /bad port "70000"/],
  ["listen chat.lan:80;", [1, 8], /bad address "chat.lan:80", expected one/],
  ["listen ::1:80;", [1, 8], /bad address "::1:80", expected.*\[::\]:8081/],
  ["listen 80 ssl;", [1, 11], /unknown option "ssl", expected tls/],
  ["listen 80 quic;", [1, 11], /unknown option "quic", expected tls, http2/],
  ["listen 80 http2;", [1, 11], /http2 over tls only, expected "tls http2"/],
  ["listen 80;\nlisten 80 tls;", [2, 8], /port 80 is already .* in line 1/],
  ["listen 443 tls;", [1, 1], /"listen 443 tls" lacks.*tls_certificate FILE/],
  [
    "tls_certificate a.pem;\nlisten 443 tls;",
    [2, 1],
    /expected tls_certificate_key FILE/,
  ],
  ["tls_certificate;", [1, 1], /"tls_certificate" lacks a value, expected/],
  ['tls_certificate "a,b";', [1, 17], /bad path "a,b"/],
  ['host "a" { redirect http; }', [1, 21], /cannot redirect to "http"/],
  ['host "a" { redirect https 0; }', [1, 27], /bad port "0"/],
  ['host "a" { redirect https; }', [1, 21], /nothing here listens with tls/],
  ["redirect https;", [1, 1], /"redirect" cannot stand outside of a block/],
  ["workers 0;", [1, 9], /bad number "0", expected .* from 1 to 64/],
  ["workers 65;", [1, 9], /bad number "65"/],
  ["workers auto;", [1, 9], /bad number "auto"/],
  ["drain_timeout soon;", [1, 15], /bad duration "soon"/],
  ["access_log off json;", [1, 16], /unexpected "json" after off/],
  ["access_log a.log xml;", [1, 18], /unknown format "xml", expected combined/],
  ["metrics 9901;", [1, 9], /bad address "9901", expected .*127\.0\.0\.1:9901/],
  [
    "metrics 0.0.0.0:9901;",
    [1, 9],
    /"0\.0\.0\.0:9901" can be reached from other machines/,
  ],
  ["metrics 127.evil.test:9901;", [1, 9], /can be reached from other/],
  ['host "a" { workers 2; }', [1, 12], /"workers" cannot stand in a host/],
];

for (const [text, [line, column], reason] of REFUSED) {
  Deno.test(`parseConf() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseConf(`${text}\n${HOST}`), (error) => {
      assert.ok(error instanceof ConfError);
      assert.match(error.message, reason);
      assert.deepEqual([error.line, error.column], [line, column]);
      return true;
    });
  });
}
