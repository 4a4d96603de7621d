/**
 * What is known of backends and clients over a reload.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- requests come one after the other
import assert from "node:assert/strict";
import { type DoorsRig, withDoors } from "./doors_rig.ts";
import { GET, type Wire } from "./rig.ts";
import {
  said,
  type ServingBackend,
  socketsServed,
  withBackends,
} from "./serving_backend.ts";

const EMPTY = 'host "*" { }';

function confFor(backends: ServingBackend[], directives: string): string {
  const targets = backends.map(({ port }) =>
    `proxy_pass http://127.0.0.1:${port};`
  );
  return `host "*" { ${targets.join("\n")} ${directives} }`;
}

async function bodies(client: Wire, count: number): Promise<Set<string>> {
  const found = new Set<string>();
  for (let at = 0; at < count; at++) {
    await client.send(GET);
    found.add((await client.message()).split("\r\n\r\n")[1]!);
  }
  return found;
}

async function passUntil(rig: DoorsRig, done: () => boolean): Promise<void> {
  for (let step = 0; step < 200 && !done(); step++) {
    rig.clock.advance(500);
    await socketsServed();
  }
  assert.ok(done(), rig.lines.join("\n"));
}

Deno.test("a health check's verdict holds over a reload, and ends with the check", async () => {
  const sick = (asked: string) =>
    asked === "GET /up" ? said("x", "500 Sick") : said("a");
  await withBackends([sick, () => said("b")], async (...backends) => {
    await withDoors({ kinds: ["plain"], conf: EMPTY }, async (rig) => {
      const checked = confFor(backends, "health_check /up;");
      await rig.reload(checked);
      await passUntil(rig, () => rig.lines.some((it) => /is down/.test(it)));
      const client = await rig.connect();
      assert.deepEqual(await bodies(client, 4), new Set(["b"]));
      await rig.reload(`${checked}\n# the same again`);
      assert.deepEqual(await bodies(client, 4), new Set(["b"]));
      assert.equal(rig.lines.filter((it) => /is down/.test(it)).length, 1);
      await rig.reload(confFor(backends, ""));
      assert.deepEqual(await bodies(client, 4), new Set(["a", "b"]));
    });
  });
});

Deno.test("after a reload only the new conf's health checks go on", async () => {
  await withBackends([() => said("a"), () => said("b")], async (a, b) => {
    await withDoors({ kinds: ["plain"], conf: EMPTY }, async (rig) => {
      await rig.reload(confFor([a!], "health_check /old;"));
      await passUntil(rig, () => a!.count("/old") >= 2);
      await rig.reload(confFor([b!], "health_check /new;"));
      await socketsServed();
      const before = a!.count("/old");
      await passUntil(rig, () => b!.count("/new") >= 3);
      assert.equal(a!.count("/old"), before);
    });
  });
});

Deno.test("other limits hold from a reload on, also for who is connected", async () => {
  await withDoors({ kinds: ["plain"], conf: EMPTY }, async (rig) => {
    const client = await rig.connect();
    const ask = async () => {
      await client.send(GET);
      return (await client.message()).slice(9, 12);
    };
    for (let at = 0; at < 5; at++) assert.equal(await ask(), "503");
    await rig.reload(`limit_rate 1r/m burst=2; ${EMPTY}`);
    assert.deepEqual([await ask(), await ask(), await ask()], [
      "503",
      "503",
      "429",
    ]);
    // The same limits again are no new start.
    await rig.reload(`limit_rate 1r/m burst=2; ${EMPTY}\n# more`);
    assert.equal(await ask(), "429");
    await rig.reload(EMPTY);
    assert.equal(await ask(), "503");
  });
});
