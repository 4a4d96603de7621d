/**
 * A server with https as terminals meet it: one that has moved there meanwhile,
 * and certificates that they can't take.
 * @module
 */
import assert from "node:assert/strict";
import { authority } from "../proxy/doors_rig.ts";
import { httpsConf } from "../tools/https_conf.ts";
import { home, peer, running } from "../tools/peer_process.ts";
import { TestSystem } from "../tools/services.ts";

const user = ["--user", "admin"];

Deno.test("A peer whose server has moved to https says so, and at its next start the address", async () => {
  const dir = Deno.makeTempDirSync({ prefix: "weaprous-" });
  const conf = await httpsConf(dir, "localhost");
  await using system = await TestSystem.start({ configFile: conf.file });
  const former = system.origin.replace("127.0.0.1", "localhost");
  await using tail = running([former, "tail", ...user]);
  const sent = await peer([former, "send", ...user], { input: "hi" });
  assert.equal(sent.code, 0);
  await tail.line(/admin: hi$/);
  conf.redirect();
  await system.restart("proxy");
  await tail.line(
    /^The server is reached over https now: start again to be told the address$/,
  );
  const again = await peer([former, "send", ...user], { input: "hi" });
  assert.equal(again.code, 3);
  assert.equal(
    again.error,
    `weaprous: Cannot log in at ${former}: it is reached at ${conf.origin} now. Give that address: deno task peer ${conf.origin}\n`,
  );
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("A peer names what is wrong with a certificate, and what helps against that", async () => {
  const dir = Deno.makeTempDirSync({ prefix: "weaprous-" });
  const conf = await httpsConf(dir, "chat.lan");
  await using system = await TestSystem.start({ configFile: conf.file });
  const origin = conf.origin.replace("chat.lan", "localhost");
  const trusted = `${dir}/ca.pem`;
  Deno.writeTextFileSync(trusted, authority.certificate);
  const errorWith = async (env: Record<string, string>, at = origin) => {
    const run = await peer([at, "send", ...user], {
      env: { ...home(), ...env },
      input: "hi",
    });
    assert.equal(run.code, 3);
    return run.error;
  };
  assert.equal(
    await errorWith({}),
    `weaprous: Cannot reach ${origin}: its certificate is not trusted here. Set DENO_CERT to the authority's file, ca.pem\n`,
  );
  assert.equal(
    await errorWith({ DENO_CERT: trusted }),
    `weaprous: Cannot reach ${origin}: its certificate is for another name. Give the address by that name: deno task peer URL\n`,
  );
  const plain = system.origin.replace("http:", "https:");
  assert.equal(
    await errorWith({}, plain),
    `weaprous: Cannot reach ${plain}: no https is spoken there. Give the address with http://, or of another port: deno task peer URL\n`,
  );
  Deno.removeSync(dir, { recursive: true });
});
