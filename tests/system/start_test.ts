import assert from "node:assert/strict";
import { connect } from "node:tls";
import { systemClock } from "../../lib/clock.ts";
import { waitForAnswer } from "../../lib/supervisor/ready.ts";
import { authority, certificateFor } from "../proxy/doors_rig.ts";
import { httpsConf } from "../tools/https_conf.ts";
import { freePorts, pidOf } from "../tools/services.ts";
import { TestProcess, within } from "../tools/test_process.ts";

interface Ports {
  proxy: number;
  backend: number;
  tracker: number;
}

/** `deno task start` on free ports over a data folder of its own, once ready. */
async function withStart(
  run: (start: TestProcess, ports: Ports) => Promise<void>,
  flags: string[] = [],
): Promise<void> {
  const [proxy = 0, backend = 0, tracker = 0] = freePorts(3);
  const dataDir = Deno.makeTempDirSync({ prefix: "weaprous data " });
  await using start = TestProcess.task(
    "start",
    `--proxy-port=${proxy}`,
    `--backend-port=${backend}`,
    `--tracker-port=${tracker}`,
    `--data=${dataDir}`,
    ...flags,
  );
  try {
    await start.line(/^Open http/);
    await run(start, { proxy, backend, tracker });
  } finally {
    start.signalIfRunning("SIGTERM");
    await start.ended();
    await Deno.remove(dataDir, { recursive: true });
  }
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}

/** Waits until nobody listens on any of the ports. */
function allFree(ports: Ports): Promise<void> {
  const free = async (): Promise<void> => {
    if (Object.values(ports).every(isFree)) return;
    await new Promise<void>((resume) => systemClock.after(20, resume));
    return free();
  };
  return within(free(), () => `Still listening: ${JSON.stringify(ports)}`);
}

async function status(url: string): Promise<number> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.status;
}

async function killProcess(script: string, word: string): Promise<void> {
  Deno.kill(await pidOf(script, word), "SIGKILL");
}

Deno.test("start brings up all three, and the address to open is the last it prints", () =>
  withStart(async (start, { proxy, backend, tracker }) => {
    const origin = `http://127.0.0.1:${proxy}`;
    assert.match(start.text, /^backend \| The default account is on/m);
    assert.deepEqual(start.lines.filter((line) => line !== "").slice(-2), [
      "Ctrl-C stops everything.",
      `Open ${origin}/index.html`,
    ]);
    assert.ok(!start.text.includes("Others open"));
    assert.equal(await status(`${origin}/index.html`), 200);
    assert.equal(await status(`${origin}/tracker/healthz`), 200);
    assert.equal(await status(`http://127.0.0.1:${backend}/healthz`), 200);
    assert.equal(
      await status(`http://127.0.0.1:${tracker}/tracker/healthz`),
      200,
    );
    for (const name of ["backend", "proxy  ", "tracker"]) {
      assert.match(start.text, new RegExp(`^${name} \\| .*listening on`, "m"));
    }
  }));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`start stops everything on one ${signal}`, () =>
    withStart(async (start, ports) => {
      start.signal(signal);
      assert.equal((await start.ended()).code, 0);
      assert.ok(Object.values(ports).every(isFree));
      assert.doesNotMatch(start.text, /starting it again|weaprous:/);
    }));
}

Deno.test("start leaves nothing behind when it is killed itself", () =>
  withStart(async (_, ports) => {
    await killProcess("start.ts", `--proxy-port=${ports.proxy}`);
    await allFree(ports);
  }));

Deno.test("start brings back a service that was killed", () =>
  withStart(async (start, ports) => {
    const told = start.nextLine(/tracker ended by SIGKILL; starting it again/);
    const back = start.nextLine(/^tracker \| .*listening on/);
    await killProcess("tracker.ts", `${ports.tracker}`);
    await told;
    await back;
    const origin = `http://127.0.0.1:${ports.proxy}`;
    const answered = await waitForAnswer(`${origin}/tracker/healthz`, {
      clock: systemClock,
      withinMs: 15_000,
    });
    assert.ok(answered);
    assert.equal(await status(`${origin}/index.html`), 200);
  }));

Deno.test("start gives up when a service died five times", () =>
  withStart(async (start, ports) => {
    const dieAgain = async (times: number): Promise<void> => {
      const back = start.nextLine(/^tracker \| .*listening on/);
      await killProcess("tracker.ts", `${ports.tracker}`);
      await back;
      if (times > 1) await dieAgain(times - 1);
    };
    await dieAgain(4);
    await killProcess("tracker.ts", `${ports.tracker}`);
    assert.equal((await start.ended()).code, 1);
    assert.match(
      start.text,
      /^weaprous: The tracker ended 5 times within a minute \(ended by SIGKILL\)/m,
    );
    assert.ok(Object.values(ports).every(isFree));
  }));

Deno.test("start opens the front door to the network, and nothing else", () =>
  withStart(async (start, { proxy, backend, tracker }) => {
    // 127.0.0.2 is this machine, too, but not where 127.0.0.1 is listened on.
    assert.equal(await status(`http://127.0.0.2:${proxy}/index.html`), 200);
    await assert.rejects(status(`http://127.0.0.2:${backend}/healthz`));
    await assert.rejects(status(`http://127.0.0.2:${tracker}/tracker/healthz`));
    await start.line(/^They log in|^This machine is on no network/);
    assert.match(
      start.text,
      /^Others open http:\/\/.+\/index\.html\n(Others .+\n)*They log in with accounts of their own|^This machine is on no network/m,
    );
  }, ["--server-ip=0.0.0.0"]));

Deno.test("start finds its services where HTTP_PROXY is set", async () => {
  const [proxy = 0, backend = 0, tracker = 0] = freePorts(3);
  const dataDir = Deno.makeTempDirSync({ prefix: "weaprous-" });
  // Nobody listens there: whoever asks through it gets no answer.
  const env = { HTTP_PROXY: "http://127.0.0.1:1", NO_PROXY: "" };
  await using start = new TestProcess([
    "task",
    "start",
    `--proxy-port=${proxy}`,
    `--backend-port=${backend}`,
    `--tracker-port=${tracker}`,
    `--data=${dataDir}`,
    "--stop-with-stdin",
  ], { ...env, http_proxy: env.HTTP_PROXY, no_proxy: env.NO_PROXY });
  await start.line(/Ctrl-C stops everything/);
  start.signal("SIGTERM");
  assert.equal((await start.ended()).code, 0);
  Deno.removeSync(dataDir, { recursive: true });
});

Deno.test("start names the flag for each port that is taken", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [first = 0, second = 0] = freePorts(2);
  const flags = ["--proxy-port", "--backend-port", "--tracker-port"];
  const attempts = flags.map(async (taken) => {
    const others = flags.filter((flag) => flag !== taken);
    await using start = TestProcess.task(
      "start",
      `${taken}=${listener.addr.port}`,
      `${others[0]}=${first}`,
      `${others[1]}=${second}`,
    );
    assert.equal((await start.ended()).code, 1);
    assert.match(start.text, /Address already in use/);
    assert.match(start.text, new RegExp(`${taken} PORT`));
    assert.doesNotMatch(start.text, /\n\s+at /);
  });
  await Promise.all(attempts);
  listener.close();
});

Deno.test("start refuses a conf file that is not there, and stops the others", async () => {
  const [proxy = 0, backend = 0, tracker = 0] = freePorts(3);
  const dataDir = Deno.makeTempDirSync({ prefix: "weaprous-" });
  await using start = TestProcess.task(
    "start",
    `--proxy-port=${proxy}`,
    `--backend-port=${backend}`,
    `--tracker-port=${tracker}`,
    `--data=${dataDir}`,
    "--config=config/absent.conf",
  );
  assert.equal((await start.ended()).code, 1);
  assert.match(
    start.text,
    /^weaprous: The proxy could not start .*absent\.conf/m,
  );
  assert.ok([proxy, backend, tracker].every(isFree));
  Deno.removeSync(dataDir, { recursive: true });
});

/** The front page by https, and the names that the certificate shows. */
function ask(port: number): Promise<{ text: string; names: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: "127.0.0.1",
      port,
      ca: authority.certificate,
    });
    let text = "";
    let names = "";
    socket.on("secureConnect", () => {
      names = socket.getPeerCertificate().subjectaltname ?? "";
      socket.write(
        "GET /index.html HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n",
      );
    });
    socket.on("data", (piece) => text += piece);
    socket.on("end", () => resolve({ text, names }));
    socket.on("error", reject);
  });
}

Deno.test("start serves https by the conf alone, and passes SIGHUP on to the proxy", async () => {
  const dir = Deno.makeTempDirSync({ prefix: "weaprous-" });
  const [port = 0, plain = 0, backend = 0, tracker = 0] = freePorts(4);
  const write = async (name: string) => {
    const { chain, key } = await certificateFor(name, "127.0.0.1");
    Deno.writeTextFileSync(`${dir}/a.pem`, chain);
    Deno.writeTextFileSync(`${dir}/a.key`, key);
  };
  await write("first.test");
  const conf = `${dir}/proxy.conf`;
  Deno.writeTextFileSync(
    conf,
    `listen ${port} tls http2;
listen ${plain};
tls_certificate ${dir}/a.pem;
tls_certificate_key ${dir}/a.key;
access_log ${dir}/access.log;
host "*" {
  redirect https;
  proxy_pass http://127.0.0.1:9000;
  location /tracker/ { proxy_pass http://127.0.0.1:8000; }
}
`,
  );
  await using start = TestProcess.task(
    "start",
    `--backend-port=${backend}`,
    `--tracker-port=${tracker}`,
    `--data=${dir}/data`,
    `--config=${conf}`,
  );
  await start.line(/^Open http/);
  assert.ok(start.lines.includes(`Open https://127.0.0.1:${port}/index.html`));
  const page = await ask(port);
  assert.match(page.text, /^HTTP\/1\.1 200 [\s\S]+Login/);
  assert.match(page.names, /first\.test/);
  const sent = await fetch(`http://127.0.0.1:${plain}/chat.html?x=1`, {
    redirect: "manual",
  });
  await sent.body?.cancel();
  assert.equal(sent.status, 308);
  assert.equal(
    sent.headers.get("location"),
    `https://127.0.0.1:${port}/chat.html?x=1`,
  );
  await write("second.test");
  const told = start.nextLine(/^proxy {3}\| .*read again/);
  Deno.kill(await pidOf("start.ts", `--config=${conf}`), "SIGHUP");
  await told;
  assert.match((await ask(port)).names, /second\.test/);
  start.signal("SIGTERM");
  assert.equal((await start.ended()).code, 0);
  assert.match(
    Deno.readTextFileSync(`${dir}/access.log`),
    /GET \/index\.html HTTP/,
  );
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("start prints an address that the certificate is good for", async () => {
  const dir = Deno.makeTempDirSync({ prefix: "weaprous-" });
  const conf = await httpsConf(dir, "chat.lan");
  const [backend = 0, tracker = 0] = freePorts(2);
  await using start = TestProcess.task(
    "start",
    "--server-ip=0.0.0.0",
    `--backend-port=${backend}`,
    `--tracker-port=${tracker}`,
    `--data=${dir}/data`,
    `--config=${conf.file}`,
  );
  await start.line(/^They log in/);
  const opened = start.lines.filter((line) => /^(Open|Others)/.test(line));
  const page = `${conf.origin}/index.html`;
  assert.deepEqual(opened, [`Open ${page}`, `Others open ${page}`]);
  start.signal("SIGTERM");
  assert.equal((await start.ended()).code, 0);
  Deno.removeSync(dir, { recursive: true });
});
