/**
 * The proxy's process behind TLS as an operator sets it up: a certificate made
 * by `deno task cert`, a door for each protocol, and another certificate on
 * SIGHUP.
 * @module
 */
import assert from "node:assert/strict";
import http2 from "node:http2";
import { Wire } from "../proxy/rig.ts";
import {
  said,
  type ServingBackend,
  withBackends,
} from "../proxy/serving_backend.ts";
import { freePorts } from "../tools/services.ts";
import { TestProcess, within } from "../tools/test_process.ts";

const HOSTNAME = "127.0.0.1";

/** Runs `deno task cert` for `host`, which keeps the authority that is there. */
async function issue(dir: string, host: string): Promise<void> {
  await using cert = TestProcess.task("cert", host, `--dir=${dir}/tls`);
  assert.equal((await cert.ended()).code, 0, cert.text);
}

interface Scene {
  dir: string;
  proxy: TestProcess;
  backend: ServingBackend;
  ports: { plain: number; tls: number; http2: number };
  /** What devices are told to trust. */
  authority: string;
}

async function withScene(test: (scene: Scene) => Promise<void>): Promise<void> {
  const dir = Deno.makeTempDirSync({ prefix: "weaprous-" });
  await withBackends([(asked) => said(asked)], async (backend) => {
    await issue(dir, "chat.lan");
    const [plain = 0, tls = 0, http2 = 0] = freePorts(3);
    Deno.writeTextFileSync(
      `${dir}/proxy.conf`,
      `listen ${plain}; listen ${tls} tls; listen ${http2} tls http2;
       tls_certificate ${dir}/tls/server.pem;
       tls_certificate_key ${dir}/tls/server-key.pem;
       host "chat.lan" { redirect https; proxy_pass http://${HOSTNAME}:${
        backend!.port
      }; }
       host "*" { proxy_pass http://${HOSTNAME}:${backend!.port}; }`,
    );
    await using proxy = new TestProcess([
      ...["run", "--allow-net", `--allow-read=${dir}`, "proxy.ts"],
      ...["--config", `${dir}/proxy.conf`],
    ]);
    await proxy.line(new RegExp(`^proxy listening on .*:${http2}`));
    const authority = Deno.readTextFileSync(`${dir}/tls/ca.pem`);
    await test({
      dir,
      proxy,
      backend: backend!,
      ports: { plain, tls, http2 },
      authority,
    });
  });
  Deno.removeSync(dir, { recursive: true });
}

/** A connection to the door at `port`, under the name that the client asks for. */
async function dial(
  { authority }: Scene,
  { port, name }: { port: number; name: string },
): Promise<Deno.TlsConn> {
  const conn = await Deno.connect({ hostname: HOSTNAME, port });
  const secure = await Deno.startTls(conn, {
    hostname: name,
    caCerts: [authority],
    alpnProtocols: ["http/1.1"],
  });
  try {
    await secure.handshake();
  } catch (error) {
    secure.close();
    throw error;
  }
  return secure;
}

async function ask(conn: Deno.TlsConn, path: string): Promise<string> {
  const wire = new Wire(conn);
  await wire.send(`GET ${path} HTTP/1.1\r\nHost: chat.lan\r\n\r\n`);
  return await wire.message();
}

/** What a client by HTTP/2 is answered at `port`. */
async function askHttp2(
  { authority, ports }: Scene,
  path: string,
): Promise<[status: number, body: string]> {
  const session = http2.connect(`https://localhost:${ports.http2}`, {
    ca: authority,
  });
  const answered = new Promise<[number, string]>((resolve, reject) => {
    session.on("error", reject);
    const stream = session.request({ ":path": path });
    let status = 0;
    let body = "";
    stream.setEncoding("latin1");
    stream.on("response", (head) => status = Number(head[":status"]));
    stream.on("data", (piece: string) => body += piece);
    stream.on("end", () => resolve([status, body]));
    stream.on("error", reject);
    stream.end();
  });
  try {
    return await within(answered, () => "no answer by HTTP/2");
  } finally {
    session.destroy();
  }
}

Deno.test({
  name:
    "deno task cert's certificate serves both doors, and http is sent on to https",
  // node:http2 keeps a timer of its session for a moment beyond its end.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withScene(async (scene) => {
      const { ports } = scene;
      for (const port of [ports.tls, ports.http2]) {
        using conn = await dial(scene, { port, name: "chat.lan" });
        const answer = await ask(conn, "/x");
        assert.match(answer, /^HTTP\/1\.1 200 OK\r\n.*GET \/x$/s);
      }
      assert.deepEqual(await askHttp2(scene, "/by-2"), [200, "GET /by-2"]);
      const plain = new Wire(
        await Deno.connect({ hostname: HOSTNAME, port: ports.plain }),
      );
      await plain.send("GET /a?b HTTP/1.1\r\nHost: chat.lan\r\n\r\n");
      const location = `https://chat.lan:${ports.tls}/a?b`;
      assert.ok(
        (await plain.message()).includes(`\r\nLocation: ${location}\r\n`),
      );
      plain.close();
      // Whoever does not trust the authority is not served.
      await assert.rejects(
        dial({ ...scene, authority: "" }, {
          port: ports.tls,
          name: "chat.lan",
        }),
      );
    }),
});

Deno.test("SIGHUP takes up another certificate, and cuts nobody off", () =>
  withScene(async (scene) => {
    const { dir, proxy, ports } = scene;
    const port = ports.tls;
    using before = await dial(scene, { port, name: "chat.lan" });
    await assert.rejects(dial(scene, { port, name: "talk.lan" }));
    await issue(dir, "talk.lan");
    const told = proxy.nextLine(/read again/);
    proxy.signal("SIGHUP");
    await told;
    using after = await dial(scene, { port, name: "talk.lan" });
    await assert.rejects(dial(scene, { port, name: "chat.lan" }));
    assert.match(await ask(after, "/after"), /GET \/after$/);
    assert.match(await ask(before, "/before"), /GET \/before$/);
    // A key that is none leaves the good one in use.
    Deno.writeTextFileSync(`${dir}/tls/server-key.pem`, "nonsense");
    const refused = proxy.nextLine(/stays as it was: .*tls_certificate_key/);
    proxy.signal("SIGHUP");
    await refused;
    using still = await dial(scene, { port, name: "talk.lan" });
    assert.match(await ask(still, "/still"), /GET \/still$/);
  }));
