import assert from "node:assert/strict";
import { DEFAULTS, planServices } from "../../lib/supervisor/plan.ts";
import { TestProcess } from "../tools/test_process.ts";

const COMMANDS = ["start", "backend", "proxy", "tracker", "user", "build"];
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

for (const command of ["start", "backend", "tracker"]) {
  Deno.test(`deno task ${command} names a trusted proxy that is no address`, async () => {
    await using process = TestProcess.task(command, "--trusted-proxy=front");
    assert.equal((await process.ended()).code, 2);
    assert.match(
      process.text,
      /^weaprous: Cannot use --trusted-proxy: "front" is neither an address nor/m,
    );
  });
}

/** A path that no task has permission for, and how far its command comes. */
const ELSEWHERE = [
  { service: "backend", flags: ["--data=DIR/data"], says: /listening on/ },
  { service: "tracker", flags: ["--data", "DIR/data"], says: /listening on/ },
  { service: "proxy", flags: ["--config=DIR/p.conf"], says: /listening on/ },
  {
    service: "proxy",
    flags: ["--config", "DIR/p.conf", "--check"],
    says: /p\.conf is valid/,
  },
];

for (const { service, flags, says } of ELSEWHERE) {
  const typed = [...flags, "--server-port=0"];
  Deno.test(`${service} ${flags.join(" ")} names the command that may do so`, async () => {
    const dir = Deno.makeTempDirSync({ prefix: "weaprous-" });
    Deno.copyFileSync("config/proxy.conf", `${dir}/p.conf`);
    const placed = typed.map((flag) => flag.replace("DIR", dir));
    await using refused = TestProcess.task(service, ...placed);
    assert.equal((await refused.ended()).code, 1);
    const [, command = ""] =
      /^weaprous: Cannot .*\. Run (deno run .+)$/m.exec(refused.text) ?? [];
    const [deno, ...args] = command.split(" ");
    assert.equal(deno, "deno", refused.text);
    await using granted = new TestProcess(args);
    await granted.line(says);
    await granted[Symbol.asyncDispose]();
    Deno.removeSync(dir, { recursive: true });
  });
}

for (const service of SERVICES) {
  Deno.test(`${service} --help names the command for another path`, async () => {
    await using process = TestProcess.task(service, "--help");
    await process.ended();
    const typed = service === "proxy" ? "--config FILE" : "--data DIR";
    const [, path] = typed.split(" ");
    assert.match(
      process.text,
      new RegExp(
        `${typed} .*deno task start ${typed}, or deno run .*=.*${path} .*${service}\\.ts ${typed}$`,
        "m",
      ),
    );
  });

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
