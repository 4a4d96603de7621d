/**
 * A server that is reached over https from now on, as terminals meet it at the
 * address by which they knew it.
 * @module
 */
import assert from "node:assert/strict";
import { httpsConf } from "../tools/https_conf.ts";
import { peer, running } from "../tools/peer_process.ts";
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
