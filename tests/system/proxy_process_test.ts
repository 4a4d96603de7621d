/**
 * The proxy as its operator meets it: a process that is checked, told to read its
 * conf again, and asked to stop, under load.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- requests and reloads take turns
import assert from "node:assert/strict";
import { certificateFor } from "../proxy/doors_rig.ts";
import { parseExposition, valueOf } from "../proxy/parse_exposition.ts";
import { settled, Wire } from "../proxy/rig.ts";
import { freePorts } from "../tools/services.ts";
import { TestProcess } from "../tools/test_process.ts";

const RELOADS = 20;

/** A backend that answers every request with its name. */
function namedBackend(name: string): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/slow") return slowAnswer(name);
      if (pathname === "/silent") return noAnswer(request);
      if (pathname === "/echo") return echo(request);
      return new Response(name);
    },
  );
}

const slow = { finish: () => {}, asked: Promise.withResolvers<void>() };

/** Begins at once and ends when a test says so. */
function slowAnswer(name: string): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(`${name} begins`));
      slow.finish = () => {
        controller.enqueue(new TextEncoder().encode(", and ends"));
        controller.close();
      };
      slow.asked.resolve();
    },
  });
  return new Response(body);
}

function echo(request: Request): Response {
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onmessage = ({ data }) => socket.send(data);
  return response;
}

/** Nothing, until whoever asked is gone. */
function noAnswer({ signal }: Request): Promise<Response> {
  slow.asked.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(new Response()))
  );
}

class Scene implements AsyncDisposable {
  readonly dir = Deno.makeTempDirSync({ prefix: "weaprous-" });
  readonly file = `${this.dir}/proxy.conf`;
  readonly port = freePorts(1)[0]!;
  readonly url = `http://127.0.0.1:${this.port}/`;
  readonly backends = [namedBackend("one"), namedBackend("two")];
  proxy!: TestProcess;

  /** `{one}` and `{two}` are the backends' ports. */
  write(conf: string): void {
    const [one, two] = this.backends.map(({ addr }) => String(addr.port));
    Deno.writeTextFileSync(
      this.file,
      conf.replaceAll("{one}", one!).replaceAll("{two}", two!),
    );
  }

  run(...flags: string[]): TestProcess {
    this.proxy = new TestProcess([
      "run",
      "--allow-net",
      `--allow-read=${this.dir},lib`,
      `--allow-write=${this.dir}`,
      "proxy.ts",
      "--config",
      this.file,
      "--server-port",
      String(this.port),
      ...flags,
    ]);
    return this.proxy;
  }

  async start(conf: string): Promise<void> {
    this.write(conf);
    await this.run().line(/^proxy listening on/);
  }

  async ask(path = ""): Promise<string> {
    const response = await fetch(this.url + path);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return text;
  }

  /** On a connection of its own. */
  async askAnew(): Promise<string> {
    const wire = new Wire(await Deno.connect({ port: this.port }));
    try {
      await wire.send(
        "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n",
      );
      const answer = await wire.rest();
      assert.match(answer, /^HTTP\/1\.1 200 /);
      return answer.slice(answer.indexOf("\r\n\r\n") + 4);
    } finally {
      wire.close();
    }
  }

  /** Waits until nobody can connect any more. */
  async closed(): Promise<void> {
    for (let tries = 0; tries < 1_000; tries++) {
      try {
        (await Deno.connect({ port: this.port })).close();
      } catch (error) {
        if (error instanceof Deno.errors.ConnectionRefused) return;
      }
      await settled();
    }
    assert.fail("still taking connections");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    await Promise.all(this.backends.map((backend) => backend.shutdown()));
    Deno.removeSync(this.dir, { recursive: true });
  }
}

const ONE = 'host "*" { proxy_pass http://127.0.0.1:{one}; }\n';
const TWO = 'host "*" { proxy_pass http://127.0.0.1:{two}; }\n';

for (const workers of [1, 2]) {
  Deno.test(`SIGHUP again and again under load loses no request (${workers} workers)`, async () => {
    await using scene = new Scene();
    await scene.start(`workers ${workers};\n${ONE}`);
    let over = false;
    const answers = new Set<string>();
    let asked = 0;
    const load = async (ask: () => Promise<string>) => {
      while (!over) {
        answers.add(await ask());
        asked++;
      }
    };
    const loads = [
      ...Array.from({ length: 6 }, () => load(() => scene.ask())),
      ...Array.from({ length: 3 }, () => load(() => scene.askAnew())),
    ];
    for (let reload = 0; reload < RELOADS; reload++) {
      scene.write(`workers ${workers};\n${reload % 2 === 0 ? TWO : ONE}`);
      const told = scene.proxy.nextLine(/proxy\.conf read again/);
      scene.proxy.signal("SIGHUP");
      await told;
      const before = asked;
      while (asked < before + 20) await scene.ask();
    }
    over = true;
    await Promise.all(loads);
    assert.deepEqual([...answers].sort(), ["one", "two"]);
    assert.ok(asked >= RELOADS * 20, String(asked));
  });
}

Deno.test("SIGHUP with a conf that is wrong says why, and changes nothing", async () => {
  await using scene = new Scene();
  await scene.start(ONE);
  scene.write(`${TWO}nonsense here;\n`);
  const told = scene.proxy.nextLine(
    /the conf stays as it was: Cannot read .*proxy\.conf line 2 column 1: unknown directive "nonsense"/,
  );
  scene.proxy.signal("SIGHUP");
  await told;
  assert.equal(await scene.ask(), "one");
  scene.write(`listen ${scene.backends[0]!.addr.port};\n${TWO}`);
  const taken = scene.proxy.nextLine(
    /stays as it was: Cannot listen on .*Address already in use/,
  );
  scene.proxy.signal("SIGHUP");
  await taken;
  assert.equal(await scene.ask(), "one");
  scene.write(TWO);
  const read = scene.proxy.nextLine(/read again/);
  scene.proxy.signal("SIGHUP");
  await read;
  assert.equal(await scene.ask(), "two");
});

for (const workers of [1, 2]) {
  Deno.test(`SIGTERM lets the request under way finish, and takes no other (${workers} workers)`, async () => {
    await using scene = new Scene();
    await scene.start(`workers ${workers};\n${ONE}`);
    await scene.ask();
    slow.asked = Promise.withResolvers();
    const answer = scene.ask("slow");
    await slow.asked.promise;
    scene.proxy.signal("SIGTERM");
    await scene.closed();
    slow.finish();
    assert.equal(await answer, "one begins, and ends");
    assert.equal((await scene.proxy.ended()).code, 0);
  });
}

Deno.test("drain_timeout bounds how long the end may take", async () => {
  await using scene = new Scene();
  await scene.start(`drain_timeout 200ms;\n${ONE}`);
  slow.asked = Promise.withResolvers();
  const answer = scene.ask("slow");
  await slow.asked.promise;
  scene.proxy.signal("SIGTERM");
  // Cut short it must not look whole.
  await assert.rejects(answer);
  assert.equal((await scene.proxy.ended()).code, 0);
});

Deno.test("--check reads the certificate, too", async () => {
  await using scene = new Scene();
  const [mine, other] = [
    await certificateFor("a.test"),
    await certificateFor("b.test"),
  ];
  const [certificate, key] = [`${scene.dir}/a.pem`, `${scene.dir}/a.key`];
  scene.write(
    `listen 8443 tls;\ntls_certificate ${certificate};\ntls_certificate_key ${key};\n${ONE}`,
  );
  const check = async (code: number, says: RegExp) => {
    await using proxy = scene.run("--check");
    assert.equal((await proxy.ended()).code, code);
    assert.match(proxy.text, says);
  };
  await check(1, /^weaprous: Cannot read tls_certificate .*a\.pem: No such/m);
  Deno.writeTextFileSync(certificate, mine.chain);
  Deno.writeTextFileSync(key, other.key);
  await check(
    1,
    /Cannot use tls_certificate_key .*it is not the key of .*a\.pem/,
  );
  Deno.writeTextFileSync(key, "-----BEGIN nothing-----\n");
  await check(1, /it holds no private key in PEM/);
  Deno.writeTextFileSync(key, mine.key);
  await check(0, /proxy\.conf is valid/);
});

Deno.test("--check finds an access log that can't be written, and makes none", async () => {
  await using scene = new Scene();
  const check = async (file: string, code: number, says: RegExp) => {
    scene.write(`access_log ${file};\n${ONE}`);
    await using proxy = scene.run("--check");
    assert.equal((await proxy.ended()).code, code);
    assert.match(proxy.text, says);
  };
  const missing = `${scene.dir}/logs/access.log`;
  await check(
    missing,
    1,
    /^weaprous: Cannot open access_log .*\/logs\/access\.log: No such file/m,
  );
  Deno.mkdirSync(`${scene.dir}/logs`);
  await check(missing, 0, /proxy\.conf is valid/);
  assert.deepEqual([...Deno.readDirSync(`${scene.dir}/logs`)], []);
  Deno.writeTextFileSync(missing, "a line\n");
  await check(missing, 0, /proxy\.conf is valid/);
  assert.equal(Deno.readTextFileSync(missing), "a line\n");
  await check("-", 0, /proxy\.conf is valid/);
});

Deno.test("a conf that names no host is refused: checked, started with, and read again", async () => {
  await using scene = new Scene();
  const sentence =
    `Cannot use ${scene.file}: it names no host, so nothing would be served. Add a block: host "*" { proxy_pass http://127.0.0.1:9000; }`;
  scene.write("# all of it commented out\ndrain_timeout 1s;\n");
  await Promise.all([["--check"], []].map(async (flags) => {
    await using proxy = scene.run(...flags);
    assert.equal((await proxy.ended()).code, 1);
    assert.deepEqual(proxy.lines, [`weaprous: ${sentence}`]);
  }));
  await scene.start(ONE);
  scene.write("");
  const told = scene.proxy.nextLine(/the conf stays as it was/);
  scene.proxy.signal("SIGHUP");
  assert.ok((await told).endsWith(sentence));
});

Deno.test("--check shows the line that is wrong, and what was expected", async () => {
  await using scene = new Scene();
  scene.write('host "a" {\n\tproxy_pass http://127.0.0.1:{one} wieght=2;\n}\n');
  await using proxy = scene.run("--check");
  assert.equal((await proxy.ended()).code, 1);
  const port = scene.backends[0]!.addr.port;
  const line = `\tproxy_pass http://127.0.0.1:${port} wieght=2;`;
  const column = line.indexOf("wieght") + 1;
  assert.deepEqual(proxy.lines, [
    `weaprous: Cannot read ${scene.file} line 2 column ${column}: unknown option "wieght=2", expected weight=N, max_fails=N, fail_timeout=10s, backup or ";"`,
    line,
    `\t${" ".repeat(column - 2)}^`,
  ]);
});

Deno.test("a certificate that may not be read is named with the command that may", async () => {
  await using scene = new Scene();
  scene.write(
    `listen 8443 tls;\ntls_certificate /etc/hostname;\ntls_certificate_key /etc/hosts;\n${ONE}`,
  );
  await using proxy = scene.run();
  assert.equal((await proxy.ended()).code, 1);
  assert.match(
    proxy.text,
    /^weaprous: Cannot read tls_certificate \/etc\/hostname: .*\. Run deno task start --config .*, or deno run --allow-net --allow-read=.*proxy\.conf,\/etc\/hostname,\/etc\/hosts proxy\.ts --config .*proxy\.conf/m,
  );
});

Deno.test("the access log tells of every request, and is opened anew on SIGHUP", async () => {
  await using scene = new Scene();
  const log = `${scene.dir}/access.log`;
  await scene.start(`access_log ${log};\n${ONE}`);
  await scene.ask("first?a=1");
  slow.asked = Promise.withResolvers();
  const wire = new Wire(await Deno.connect({ port: scene.port }));
  await wire.send(
    'GET /silent HTTP/1.1\r\nHost: a\r\nUser-Agent: A "b"\r\n\r\n',
  );
  await slow.asked.promise;
  wire.close();
  Deno.renameSync(log, `${log}.1`);
  const told = scene.proxy.nextLine(/read again/);
  scene.proxy.signal("SIGHUP");
  await told;
  await scene.ask("second");
  scene.proxy.signal("SIGTERM");
  assert.equal((await scene.proxy.ended()).code, 0);
  const before = Deno.readTextFileSync(`${log}.1`);
  const after = Deno.readTextFileSync(log);
  assert.match(
    before,
    /^127\.0\.0\.1 - - \[.+\] "GET \/first HTTP\/1\.1" 200 \d+ "-" "Deno\/.+"$/m,
  );
  assert.match(after, /"GET \/second HTTP\/1\.1" 200 /);
  assert.doesNotMatch(before, /second|a=1/);
  assert.match(
    before + after,
    /"GET \/silent HTTP\/1\.1" 499 0 "-" "A \\x22b\\x22"/,
  );
});

Deno.test("no access log is kept unless one is asked for, and then as JSON where that is said", async () => {
  await using scene = new Scene();
  await scene.start(ONE);
  const port = scene.backends[0]!.addr.port;
  await scene.ask("unseen");
  const log = `${scene.dir}/access.log`;
  scene.write(`access_log ${log} json;\n${ONE}`);
  const told = scene.proxy.nextLine(/read again/);
  scene.proxy.signal("SIGHUP");
  await told;
  await scene.ask("seen?a=1");
  scene.proxy.signal("SIGTERM");
  assert.equal((await scene.proxy.ended()).code, 0);
  assert.doesNotMatch(scene.proxy.text, /unseen/);
  const lines = Deno.readTextFileSync(log).trimEnd().split("\n");
  assert.equal(lines.length, 1);
  const { status, backend, method } = JSON.parse(lines[0]!);
  assert.deepEqual([status, method, backend], [
    200,
    "GET",
    `127.0.0.1:${port}`,
  ]);
  assert.match(lines[0]!, /"\/seen"/);
});

Deno.test("an access log that cannot be opened is refused, at the start and on SIGHUP", async () => {
  await using scene = new Scene();
  await scene.start(ONE);
  scene.write(`access_log ${scene.dir}/no/such.log;\n${TWO}`);
  const told = scene.proxy.nextLine(/stays as it was: Cannot open access_log/);
  scene.proxy.signal("SIGHUP");
  await told;
  assert.equal(await scene.ask(), "one");
});

Deno.test("/metrics is true, parses strictly, and answers this machine's names only", async () => {
  await using scene = new Scene();
  const [port = 0] = freePorts(1);
  await scene.start(
    `metrics 127.0.0.1:${port};\nhost "127.0.0.1" { proxy_pass http://127.0.0.1:{one}; proxy_pass http://127.0.0.1:1 max_fails=1 fail_timeout=1h; }\n`,
  );
  for (let asked = 0; asked < 4; asked++) await scene.ask();
  const stranger = await fetch(scene.url, { headers: { host: "x" } });
  await stranger.body?.cancel();
  const page = `http://127.0.0.1:${port}/metrics`;
  const response = await fetch(page);
  assert.equal(
    response.headers.get("content-type"),
    "text/plain; version=0.0.4; charset=utf-8",
  );
  const families = parseExposition(await response.text());
  const host = "127.0.0.1";
  const name = "weaprous_proxy";
  const requests = valueOf(families, `${name}_requests_total`, {
    host,
    status: "2xx",
  });
  assert.ok(requests >= 4, String(requests));
  assert.equal(
    valueOf(families, `${name}_request_duration_seconds_count`, { host }),
    requests,
  );
  const up = (backend: string) =>
    valueOf(families, `${name}_backend_up`, { backend });
  assert.equal(up(`127.0.0.1:${scene.backends[0]!.addr.port}`), 1);
  assert.equal(up("127.0.0.1:1"), 0);
  assert.ok(valueOf(families, `${name}_retries_total`) >= 0);
  assert.ok(valueOf(families, `${name}_sent_bytes_total`) > 0);
  assert.equal(valueOf(families, `${name}_conf_reload_successful`), 1);
  const wire = new Wire(await Deno.connect({ port }));
  await wire.send(
    "GET /metrics HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n",
  );
  assert.match(await wire.rest(), /^HTTP\/1\.1 403 /);
  wire.close();
  scene.write(`metrics 127.0.0.1:${port};\nnonsense;`);
  const told = scene.proxy.nextLine(/stays as it was/);
  scene.proxy.signal("SIGHUP");
  await told;
  const again = parseExposition(await (await fetch(page)).text());
  assert.equal(valueOf(again, `${name}_conf_reload_successful`), 0);
  scene.write(ONE);
  const gone = scene.proxy.nextLine(/read again/);
  scene.proxy.signal("SIGHUP");
  await gone;
  await assert.rejects(fetch(page));
});

for (const workers of [1, 2]) {
  Deno.test(`a WebSocket lives through SIGHUP, and is told 1001 at the end (${workers} workers)`, async () => {
    await using scene = new Scene();
    await scene.start(`workers ${workers};\n${ONE}`);
    const socket = new WebSocket(`${scene.url.replace("http", "ws")}echo`);
    const heard = (type: "open" | "message" | "close") =>
      new Promise<Event>((resolve) =>
        socket.addEventListener(type, resolve, { once: true })
      );
    await heard("open");
    scene.write(`workers ${workers};\n${TWO}`);
    const told = scene.proxy.nextLine(/read again/);
    scene.proxy.signal("SIGHUP");
    await told;
    const echoed = heard("message");
    socket.send("still there?");
    assert.equal((await echoed as MessageEvent).data, "still there?");
    const closed = heard("close");
    scene.proxy.signal("SIGTERM");
    assert.equal((await closed as CloseEvent).code, 1001);
    assert.equal((await scene.proxy.ended()).code, 0);
  });
}
