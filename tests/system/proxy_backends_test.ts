/**
 * The proxy's process before four backends: one that is well, one that is killed
 * while it is asked, one that never answers, and one that lies.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- requests come one after the other
import assert from "node:assert/strict";
import { Wire } from "../proxy/rig.ts";
import { parseExposition, valueOf } from "../proxy/parse_exposition.ts";
import {
  said,
  type ServingBackend,
  withBackends,
} from "../proxy/serving_backend.ts";
import { freePorts } from "../tools/services.ts";
import { ProxyProcess } from "./_proxy_process.ts";

const LIES =
  "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 9\r\n\r\n";
const ANSWERS = [
  () => said("well"),
  () => said("mortal"),
  () => undefined,
  () => LIES,
];

interface Scene {
  proxy: ProxyProcess;
  backends: ServingBackend[];
  metricsUrl: string;
  /** What comes of a request: a backend's name, or a status. */
  ask(): Promise<string>;
  /** Whole error pages so far. */
  pages: string[];
}

async function withScene(
  policy: string,
  test: (scene: Scene) => Promise<void>,
): Promise<void> {
  await withBackends(ANSWERS, async (...backends) => {
    const targets = backends.map(({ port }) =>
      `proxy_pass http://127.0.0.1:${port} fail_timeout=1h;`
    );
    const [metrics] = freePorts(1);
    await using proxy = await ProxyProcess.start(
      `proxy_read_timeout 3s; metrics 127.0.0.1:${metrics};
       host "*" { ${targets.join("\n")} dist_policy ${policy}; }`,
    );
    const pages: string[] = [];
    const ask = async () => {
      const wire = new Wire(await proxy.connect());
      await wire.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
      const message = await wire.message();
      wire.close();
      const status = message.slice(9, 12);
      if (status === "200") return message.split("\r\n\r\n")[1]!;
      pages.push(message);
      return status;
    };
    const metricsUrl = `http://127.0.0.1:${metrics}/metrics`;
    await test({ proxy, backends, ask, pages, metricsUrl });
  });
}

async function outcomes({ ask }: Scene, count: number): Promise<string[]> {
  const found = [];
  for (let at = 0; at < count; at++) found.push(await ask());
  return found;
}

for (const policy of ["round-robin", "least-conn", "random"]) {
  Deno.test(`who is dead, silent or lies costs one request at most, with ${policy}`, async () => {
    await withScene(policy, async (scene) => {
      const [well, mortal, silent, liar] = scene.backends;
      const found = await outcomes(scene, 80);
      const counted = (outcome: string) =>
        found.filter((it) => it === outcome).length;
      // Each has been found out by the one request that met it.
      assert.deepEqual([counted("504"), counted("502")], [1, 1]);
      assert.deepEqual([silent!.asked.length, liar!.asked.length], [1, 1]);
      assert.ok(counted("mortal") > 10 && counted("well") > 10);
      mortal!.kill();
      assert.deepEqual(new Set(await outcomes(scene, 40)), new Set(["well"]));
      const page = await (await fetch(scene.metricsUrl)).text();
      const up = scene.backends.map(({ port }) =>
        valueOf(parseExposition(page), "weaprous_proxy_backend_up", {
          backend: `127.0.0.1:${port}`,
        })
      );
      assert.deepEqual(up, [1, 0, 0, 0]);
      // What failed is said, and not what is behind.
      for (const text of scene.pages) {
        for (const { port } of scene.backends) {
          assert.ok(!text.includes(String(port)), text);
        }
        assert.match(text, /<title>50[24] (Bad Gateway|Gateway Timeout)/);
        assert.doesNotMatch(text, /127\.0\.0\.1|refused|Content-Length: 9/);
      }
      assert.ok(well!.asked.length > 50);
    });
  });
}

Deno.test("where nobody is well, the proxy still asks, and finds the first who is", async () => {
  await withScene("round-robin", async (scene) => {
    const [well, mortal, silent] = scene.backends;
    for (const backend of [well, mortal, silent]) backend!.kill();
    assert.doesNotMatch((await outcomes(scene, 4)).join(), /[a-z]/);
    mortal!.revive();
    const found = await outcomes(scene, 10);
    assert.ok(found.includes("mortal"), found.join());
    // From then on it is known, and the others are not asked.
    assert.deepEqual(new Set(await outcomes(scene, 10)), new Set(["mortal"]));
  });
});
