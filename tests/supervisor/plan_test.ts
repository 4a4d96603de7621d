import assert from "node:assert/strict";
import {
  DEFAULTS,
  denoArgs,
  planServices,
  readTask,
  type ServiceName,
  type SystemOptions,
} from "../../lib/supervisor/plan.ts";

const DENO_JSON = JSON.stringify({
  tasks: {
    backend: {
      command:
        "deno run --allow-net=127.0.0.1 --allow-read=www,static,data --allow-write=data backend.ts",
      dependencies: ["build"],
    },
    tracker: "deno run --allow-net=127.0.0.1 --allow-read=data tracker.ts",
    proxy: "deno run --allow-net --allow-read=config/proxy.conf proxy.ts",
  },
});

function argsOf(name: ServiceName, options: Partial<SystemOptions>): string[] {
  const plans = planServices(DENO_JSON, { ...DEFAULTS, ...options });
  const plan = plans.find((candidate) => candidate.name === name);
  assert.ok(plan);
  return plan.args;
}

Deno.test("planServices() starts the backend with its task's permissions", () => {
  assert.deepEqual(argsOf("backend", {}), [
    "run",
    "--allow-net=127.0.0.1",
    "--allow-read=www,static,data",
    "--allow-write=data",
    "backend.ts",
    "--server-ip",
    "127.0.0.1",
    "--server-port",
    "9000",
    "--data",
    "data",
    "--stop-with-stdin",
  ]);
});

Deno.test("planServices() grants another data folder in place of the default", () => {
  const args = argsOf("backend", { dataDir: "/srv/our talk" });
  assert.ok(args.includes("--allow-read=www,static,/srv/our talk"));
  assert.ok(args.includes("--allow-write=/srv/our talk"));
  assert.equal(args[args.indexOf("--data") + 1], "/srv/our talk");
});

Deno.test("planServices() names further proxies beside our own to backend and tracker", () => {
  const trustedProxies = ["10.0.0.9", "fd00:7::/32"];
  const expected =
    "--trusted-proxy loopback --trusted-proxy 10.0.0.9 --trusted-proxy fd00:7::/32";
  for (const name of ["backend", "tracker"] as const) {
    assert.ok(argsOf(name, { trustedProxies }).join(" ").includes(expected));
    assert.ok(!argsOf(name, {}).includes("--trusted-proxy"));
  }
});

Deno.test("planServices() grants another conf file in place of the default", () => {
  const args = argsOf("proxy", { configFile: "/etc/proxy.conf" });
  assert.ok(args.includes("--allow-read=/etc/proxy.conf"));
  assert.equal(args[args.indexOf("--config") + 1], "/etc/proxy.conf");
});

Deno.test("planServices() refuses a path that would grant others as well", () => {
  assert.throws(
    () => argsOf("backend", { dataDir: "a,/etc" }),
    /Cannot use "a,\/etc"/,
  );
});

Deno.test("planServices() grants the proxy, and nobody else, the files of its conf", () => {
  const proxyFiles = { reads: ["/etc/a.pem", "/etc/a.key"], writes: [] };
  const args = argsOf("proxy", { proxyFiles });
  assert.ok(
    args.includes("--allow-read=config/proxy.conf,/etc/a.pem,/etc/a.key"),
  );
  assert.ok(!argsOf("backend", { proxyFiles }).join().includes("/etc/a"));
});

Deno.test("planServices() leaves the ports to the conf where it has its own", () => {
  const args = argsOf("proxy", { proxyPort: undefined });
  assert.ok(!args.includes("--server-port"));
  assert.ok(args.includes("--server-ip"));
});

Deno.test("planServices() keeps backend and tracker on loopback", () => {
  for (const name of ["backend", "tracker"] as const) {
    const args = argsOf(name, { serverIp: "0.0.0.0" });
    assert.equal(args[args.indexOf("--server-ip") + 1], "127.0.0.1");
  }
  const proxy = argsOf("proxy", { serverIp: "0.0.0.0" });
  assert.equal(proxy[proxy.indexOf("--server-ip") + 1], "0.0.0.0");
});

Deno.test("planServices() passes the timings to the tracker, and to it alone", () => {
  const periods = { heartbeatMs: 3_000, syncMs: 2_000, pollMs: 500 };
  const args = argsOf("tracker", { periods });
  assert.equal(args[args.indexOf("--heartbeat-ms") + 1], "3000");
  assert.equal(args[args.indexOf("--sync-ms") + 1], "2000");
  assert.equal(args[args.indexOf("--poll-ms") + 1], "500");
  for (const name of ["backend", "proxy"] as const) {
    assert.ok(!argsOf(name, { periods }).includes("--heartbeat-ms"));
  }
});

Deno.test("planServices() tells the proxy of moved ports only", () => {
  const args = argsOf("proxy", { trackerPort: 8100 });
  const mapped = args.filter((_, index) => args[index - 1] === "--map-target");
  assert.deepEqual(mapped, ["127.0.0.1:8000=127.0.0.1:8100"]);
  assert.ok(!argsOf("proxy", {}).includes("--map-target"));
});

Deno.test("readTask() names a task that is missing", () => {
  assert.throws(
    () => readTask(DENO_JSON, "mail"),
    /Cannot find the task "mail"/,
  );
});

Deno.test("denoArgs() refuses a command that needs a shell", () => {
  for (
    const command of [
      "deno run $FLAGS a.ts",
      'deno run "a b.ts"',
      "deno test",
      "ls",
      "",
    ]
  ) {
    assert.throws(() => denoArgs(command), SyntaxError);
  }
});
