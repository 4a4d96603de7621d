/**
 * The proxy as its operator meets it: a process that is checked, told to read its
 * conf again, and asked to stop, under load.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- requests and reloads take turns
import assert from "node:assert/strict";
import { certificateFor } from "../proxy/doors_rig.ts";
import { settled, Wire } from "../proxy/rig.ts";
import { freePorts } from "../tools/services.ts";
import { TestProcess } from "../tools/test_process.ts";

const RELOADS = 20;

/** A backend that answers every request with its name. */
function namedBackend(name: string): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) =>
      new URL(request.url).pathname === "/slow"
        ? slowAnswer(name)
        : new Response(name),
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
      `--allow-read=${this.dir}`,
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

Deno.test("SIGHUP again and again under load loses no request", async () => {
  await using scene = new Scene();
  await scene.start(ONE);
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
    scene.write(reload % 2 === 0 ? TWO : ONE);
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

Deno.test("SIGTERM lets the request under way finish, and takes no other", async () => {
  await using scene = new Scene();
  await scene.start(ONE);
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
