import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { keptHosts, writeCertificate } from "../../lib/operator/cert_files.ts";
import {
  HOSTS_MAX,
  LOCAL_HOSTS,
  readHosts,
} from "../../lib/operator/cert_hosts.ts";
import { UsageError } from "../../lib/service/command.ts";
import { TestProcess } from "../tools/test_process.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");

Deno.test("readHosts() takes names and addresses once, and adds the machine itself", () => {
  assert.deepEqual(
    readHosts(["Chat.LAN", "192.168.1.5", "[fe80::1]", "chat.lan", "*.lan"]),
    [
      "chat.lan",
      "192.168.1.5",
      "fe80::1",
      "*.lan",
      "localhost",
      "127.0.0.1",
      "::1",
    ],
  );
});

for (
  const host of [
    "https://chat.lan",
    "chat.lan:8443",
    "chat lan",
    "1.2.3",
    "1.2.3.400",
    "::zz",
    "-a",
    "",
    "a..b",
    `${"a".repeat(300)}`,
  ]
) {
  Deno.test(`readHosts() refuses ${JSON.stringify(host.slice(0, 20))}`, () => {
    assert.throws(() => readHosts([host]), (error) => {
      assert.ok(error instanceof UsageError);
      assert.ok(error.message.includes(`"${host}"`));
      return true;
    });
  });
}

Deno.test("readHosts() refuses more hosts than a certificate has room for", () => {
  const many = Array.from({ length: HOSTS_MAX }, (_, index) => `host${index}`);
  assert.throws(() => readHosts(many), /room for 50/);
});

Deno.test("writeCertificate() keeps its authority, and its keys to their owner", async () => {
  const dir = Deno.makeTempDirSync({ prefix: "weaprous-" });
  const first = await writeCertificate(["a.lan"], { dir, now: NOW });
  const authority = Deno.readTextFileSync(first.authorityFile);
  const again = await writeCertificate(["b.lan"], { dir, now: NOW });
  assert.deepEqual([first.isNewAuthority, again.isNewAuthority], [true, false]);
  assert.equal(Deno.readTextFileSync(again.authorityFile), authority);
  const leaf = new X509Certificate(Deno.readTextFileSync(`${dir}/server.pem`));
  assert.match(leaf.subjectAltName ?? "", /DNS:b\.lan/);
  assert.ok(leaf.verify(new X509Certificate(authority).publicKey));
  for (const key of ["ca-key.pem", "server-key.pem"]) {
    assert.equal(Deno.statSync(`${dir}/${key}`).mode! & 0o777, 0o600);
  }
  assert.deepEqual(
    [...Deno.readDirSync(dir)].map(({ name }) => name).sort(),
    ["ca-key.pem", "ca.pem", "server-key.pem", "server.pem"],
  );
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("deno task cert tells what to put into the conf", async () => {
  const dir = Deno.makeTempDirSync({ prefix: "weaprous-" });
  await using cert = TestProcess.task("cert", "chat.lan", `--dir=${dir}/tls`);
  assert.equal((await cert.ended()).code, 0);
  assert.match(cert.text, /for chat\.lan, localhost, 127\.0\.0\.1, ::1\./);
  const lines = cert.lines.filter((line) => /^(listen|tls_)/.test(line));
  assert.deepEqual(lines, [
    "listen 8443 tls;",
    `tls_certificate ${dir}/tls/server.pem;`,
    `tls_certificate_key ${dir}/tls/server-key.pem;`,
  ]);
  // With a listen in the conf, the port of http is no longer there by itself.
  assert.match(cert.text, /add "listen 8081;".*\n.*"redirect https;"/);
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("deno task cert keeps the names that its folder's certificate has, where none are given", async () => {
  const dir = Deno.makeTempDirSync({ prefix: "weaprous-" });
  const hosts = ["chat.lan", "192.168.1.5", "fd00::5", ...LOCAL_HOSTS];
  await writeCertificate(hosts, { dir, now: NOW });
  const before = Deno.readTextFileSync(`${dir}/server.pem`);
  await using cert = TestProcess.task("cert", `--dir=${dir}`);
  assert.equal((await cert.ended()).code, 0);
  assert.ok(cert.text.includes(`Made a certificate for ${hosts.join(", ")}.`));
  assert.notEqual(Deno.readTextFileSync(`${dir}/server.pem`), before);
  assert.deepEqual(await keptHosts(dir), hosts);
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("deno task cert asks for the names where it cannot read those that it had", async () => {
  const dir = Deno.makeTempDirSync({ prefix: "weaprous-" });
  const file = `${dir}/server.pem`;
  Deno.writeTextFileSync(file, "no certificate");
  await using cert = TestProcess.task("cert", `--dir=${dir}`);
  assert.equal((await cert.ended()).code, 1);
  assert.ok(cert.text.includes(`weaprous: Cannot read the names in ${file}`));
  assert.equal(Deno.readTextFileSync(file), "no certificate");
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("keptHosts() knows none in a folder without a certificate", async () => {
  const dir = Deno.makeTempDirSync({ prefix: "weaprous-" });
  assert.deepEqual(await keptHosts(`${dir}/tls`), []);
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("deno task cert names a host that it cannot use", async () => {
  await using cert = TestProcess.task("cert", "http://chat.lan");
  assert.equal((await cert.ended()).code, 2);
  assert.match(
    cert.text,
    /^weaprous: Cannot use the host "http:\/\/chat\.lan"/m,
  );
});
