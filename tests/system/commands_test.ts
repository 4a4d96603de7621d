import assert from "node:assert/strict";
import { DEFAULTS, planServices } from "../../lib/supervisor/plan.ts";
import { TestProcess } from "../tools/test_process.ts";

const COMMANDS = ["start", "backend", "proxy", "tracker", "build"];
const SERVICES = ["backend", "proxy", "tracker"];

for (const command of COMMANDS) {
  Deno.test(`deno task ${command} --help tells what it takes`, async () => {
    await using process = TestProcess.task(command, "--help");
    assert.equal((await process.ended()).code, 0);
    assert.match(
      process.text,
      new RegExp(`^Usage: deno task ${command} `, "m"),
    );
  });

  Deno.test(`deno task ${command} refuses a flag that it does not know`, async () => {
    await using process = TestProcess.task(command, "--sideways");
    assert.equal((await process.ended()).code, 2);
    assert.match(process.text, /^weaprous: .*--sideways/m);
    assert.match(process.text, new RegExp(`deno task ${command} --help`));
  });
}

for (const command of ["start", "tracker"]) {
  Deno.test(`deno task ${command} refuses a timing out of bounds`, async () => {
    await using process = TestProcess.task(command, "--poll-ms=9");
    assert.equal((await process.ended()).code, 2);
    assert.match(
      process.text,
      /^weaprous: Cannot use --poll-ms "9": give a whole number from 10 to/m,
    );
  });
}

for (const service of SERVICES) {
  Deno.test(`${service} names the flag for a port that is taken`, async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const dataDir = Deno.makeTempDirSync({ prefix: "weaprous-" });
    const plans = planServices(Deno.readTextFileSync("deno.json"), {
      ...DEFAULTS,
      proxyPort: port,
      backendPort: port,
      trackerPort: port,
      dataDir,
    });
    const { args } = plans.find(({ name }) => name === service) ?? {};
    await using process = new TestProcess(args ?? []);
    assert.equal((await process.ended()).code, 1);
    const address = `127.0.0.1:${port}`;
    assert.ok(process.text.includes(`${address}: Address already in use`));
    assert.match(process.text, /--server-port PORT/);
    assert.doesNotMatch(process.text, /\n\s+at /);
    listener.close();
    Deno.removeSync(dataDir, { recursive: true });
  });
}
