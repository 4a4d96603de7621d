import assert from "node:assert/strict";
import type { ListenConf } from "../../lib/conf/conf.ts";
import { certificateFor } from "../proxy/doors_rig.ts";
import { frontDoorOf, readConfFacts } from "../../lib/supervisor/front_door.ts";

function factsOf(conf: string): ReturnType<typeof readConfFacts> {
  const file = Deno.makeTempFileSync({ prefix: "weaprous-" });
  Deno.writeTextFileSync(file, conf);
  try {
    return readConfFacts(file);
  } finally {
    Deno.removeSync(file);
  }
}

function listen(port: number, fields: Partial<ListenConf> = {}): ListenConf {
  return {
    hostname: undefined,
    port,
    tls: false,
    http2: false,
    line: 1,
    ...fields,
  };
}

const FLAGS = { ip: "127.0.0.1", port: undefined };

Deno.test("frontDoorOf() leads people to https where there is some", () => {
  const listens = [listen(80), listen(443, { tls: true, hostname: "0.0.0.0" })];
  assert.deepEqual(frontDoorOf(listens, { ip: "127.0.0.1", port: 8081 }), {
    ip: "0.0.0.0",
    port: 443,
    secure: true,
  });
});

Deno.test("frontDoorOf() leads to the port typed, or else to the conf's first", () => {
  const listens = [listen(80), listen(81)];
  assert.equal(frontDoorOf(listens, { ...FLAGS, port: 8081 }).port, 8081);
  assert.equal(frontDoorOf(listens, FLAGS).port, 80);
  assert.equal(frontDoorOf([], { ...FLAGS, port: 8081 }).secure, false);
});

Deno.test("readConfFacts() names the files that the proxy needs, and its time to end", () => {
  const facts = factsOf(
    'drain_timeout 30s;\nlisten 1 tls;\ntls_certificate a.pem;\ntls_certificate_key b.pem;\naccess_log c.log;\nhost "*" {}',
  );
  assert.deepEqual(facts.reads, ["a.pem", "b.pem"]);
  assert.deepEqual(facts.writes, ["c.log"]);
  assert.equal(facts.drainMs, 30_000);
  assert.deepEqual(factsOf("access_log -;\ndefault {}").writes, []);
});

Deno.test("readConfFacts() names for whom the certificate is, where it can be read", async () => {
  const { chain } = await certificateFor("chat.lan", "*.chat.lan", "::1");
  const file = Deno.makeTempFileSync({ prefix: "weaprous-" });
  Deno.writeTextFileSync(file, chain);
  const certifiedBy = (file: string) =>
    factsOf(
      `listen 1 tls;\ntls_certificate ${file};\ntls_certificate_key b;\nhost "*" {}`,
    ).certified;
  assert.deepEqual(certifiedBy(file), ["chat.lan", "*.chat.lan", "::1"]);
  Deno.writeTextFileSync(file, "nonsense");
  assert.equal(certifiedBy(file), undefined);
  Deno.removeSync(file);
  assert.equal(certifiedBy(file), undefined);
  assert.equal(factsOf('host "*" {}').certified, undefined);
});

Deno.test("readConfFacts() has a name to open where no address is served", () => {
  assert.equal(factsOf('host "chat.lan:8443" {}').name, "chat.lan");
  for (const served of ["*", "127.0.0.1", "127.0.0.1:8081", "localhost"]) {
    const conf = `host "chat.lan" {}\nhost "${served}" {}`;
    assert.equal(factsOf(conf).name, undefined, served);
  }
});

Deno.test("readConfFacts() leaves a conf that is wrong to the proxy to tell of", () => {
  assert.deepEqual(factsOf("nonsense;").listens, []);
  assert.deepEqual(readConfFacts("/no/such.conf").reads, []);
});
