/**
 * Every policy, in each of its spellings, as the backends behind it see it over
 * real connections: who is asked, who is left alone, and who comes back.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- requests come one after the other
import assert from "node:assert/strict";
import { GET, passing, type Rig, type Wire, withProxy } from "./rig.ts";
import { said, type ServingBackend, withBackends } from "./serving_backend.ts";

const NAMES = ["a", "b", "c"];

/** A backend's name for everything but /hold, which it keeps waiting. */
const answers = NAMES.map((name) => (asked: string) =>
  asked.endsWith(" /hold") ? undefined : said(name)
);

interface Scene extends Rig {
  backends: ServingBackend[];
  a: ServingBackend;
  b: ServingBackend;
  c: ServingBackend;
}

/** Runs `test` with three backends; `options` stand behind their addresses. */
async function withThree(
  { options = [], directives = "", before = "" }: {
    options?: string[];
    directives?: string;
    before?: string;
  },
  test: (scene: Scene) => Promise<void>,
): Promise<void> {
  await withBackends(answers, async (...backends) => {
    const targets = backends.map(({ port }, at) =>
      `proxy_pass http://127.0.0.1:${port} ${options[at] ?? ""};`
    );
    const conf = `${before}\nhost "*" { ${targets.join("\n")} ${directives}\n}`;
    const [a, b, c] = backends;
    await withProxy(
      { conf },
      (rig) => test({ ...rig, backends, a: a!, b: b!, c: c! }),
    );
  });
}

/** What comes of `count` requests: backends' names, or statuses that are not 200. */
async function outcomes(
  client: Wire,
  count: number,
  request = GET,
): Promise<string[]> {
  const found = [];
  for (let at = 0; at < count; at++) {
    await client.send(request);
    const message = await client.message();
    const status = message.slice(9, 12);
    found.push(status === "200" ? message.split("\r\n\r\n")[1]! : status);
  }
  return found;
}

function holdsOf({ backends }: Scene): number[] {
  return backends.map((backend) => backend.count("/hold"));
}

/** A request that whoever gets it leaves unanswered; returns who that is. */
async function hold(scene: Scene): Promise<[client: Wire, who: number]> {
  const before = holdsOf(scene);
  const client = await scene.connect();
  await client.send(GET.replace("GET /", "GET /hold"));
  const asked = () =>
    holdsOf(scene).findIndex((count, at) => count > before[at]!);
  await scene.a.until(() => asked() !== -1);
  return [client, asked()];
}

for (
  const directive of [
    "",
    "dist_policy round-robin",
    "dist_policy round_robin;",
    "dist_policy Round-Robin # in turn",
  ]
) {
  Deno.test(`"${directive}" spreads a heavy backend's turns smoothly`, async () => {
    const options = ["weight=5"];
    await withThree({ options, directives: directive }, async (scene) => {
      const client = await scene.connect();
      const order = (await outcomes(client, 14)).join("");
      assert.equal(order, "aabacaaaabacaa");
    });
  });
}

for (const policy of ["least-conn", "least_conn", "least_connections"]) {
  Deno.test(`${policy} goes to whoever has the fewest requests under way`, async () => {
    await withThree({ directives: `dist_policy ${policy};` }, async (scene) => {
      const held = [];
      for (let at = 0; at < 6; at++) held.push(await hold(scene));
      assert.deepEqual(holdsOf(scene), [2, 2, 2]);
      for (const [client, who] of held) if (who === 1) client.close();
      await scene.b.until(() => scene.b.connections === 0);
      const client = await scene.connect();
      assert.deepEqual(new Set(await outcomes(client, 6)), new Set(["b"]));
    });
  });
}

Deno.test("least-conn gives a backend of weight 3 three requests for another's one", async () => {
  const options = ["weight=3", "", "backup"];
  const directives = "dist_policy least-conn;";
  await withThree({ options, directives }, async (scene) => {
    for (let at = 0; at < 8; at++) await hold(scene);
    assert.deepEqual(holdsOf(scene), [6, 2, 0]);
  });
});

Deno.test("random spreads evenly, and by weight", async () => {
  const directives = "dist_policy random;";
  for (
    const [options, least, most] of [[[], 70, 130], [
      ["weight=4"],
      170,
      230,
    ]] as const
  ) {
    await withThree({ options: [...options], directives }, async (scene) => {
      const client = await scene.connect();
      const found = await outcomes(client, 300);
      const share = found.filter((name) => name === "a").length;
      assert.ok(share > least && share < most, String(share));
      assert.deepEqual(new Set(found), new Set(NAMES));
    });
  }
});

Deno.test("random takes the less busy of two: a busy backend gets a ninth, not a third", async () => {
  await withThree({ directives: "dist_policy random;" }, async (scene) => {
    for (let tries = 0; scene.a.count("/hold") < 3; tries++) {
      assert.ok(tries < 200, "the busy backend is never asked");
      const [client, who] = await hold(scene);
      if (who === 0) continue;
      client.close();
      const other = scene.backends[who]!;
      await other.until(() => other.connections === 0);
    }
    const found = await outcomes(await scene.connect(), 300);
    const share = found.filter((name) => name === "a").length;
    assert.ok(share > 5 && share < 65, String(share));
  });
});

/** Who answers each of 40 addresses. */
async function homes(client: Wire): Promise<string[]> {
  const found = [];
  for (let at = 0; at < 40; at++) {
    const fields = `\r\nX-Forwarded-For: 192.0.2.${at}\r\n\r\n`;
    const request = GET.replace("\r\n\r\n", fields);
    found.push(...await outcomes(client, 1, request));
  }
  return found;
}

for (const policy of ["ip-hash", "ip_hash"]) {
  Deno.test(`${policy} moves only the clients of a dead backend, and moves them back`, async () => {
    await withThree({
      before: "trusted_proxies 127.0.0.1;",
      directives: `dist_policy ${policy};`,
    }, async (scene) => {
      const client = await scene.connect();
      const before = await homes(client);
      assert.deepEqual(new Set(before), new Set(NAMES));
      assert.deepEqual(await homes(client), before);
      scene.c.kill();
      const meanwhile = await homes(client);
      for (const [at, home] of before.entries()) {
        // Nobody sticks to the dead one, and nobody else has to move.
        if (home === "c") assert.match(meanwhile[at]!, /^[ab]$/);
        else assert.equal(meanwhile[at], home);
      }
      scene.c.revive();
      scene.clock.advance(10_000);
      assert.deepEqual(await homes(client), before);
    });
  });
}

Deno.test("backups share the load by weight while all others are dead", async () => {
  const options = ["", "backup", "weight=2 backup"];
  await withThree({ options }, async (scene) => {
    const client = await scene.connect();
    assert.deepEqual(await outcomes(client, 3), ["a", "a", "a"]);
    scene.a.kill();
    const found = (await outcomes(client, 6)).sort();
    assert.deepEqual(found, ["b", "b", "c", "c", "c", "c"]);
    scene.a.revive();
    scene.clock.advance(10_000);
    assert.deepEqual(await outcomes(client, 3), ["a", "a", "a"]);
  });
});

Deno.test("max_fails=3 fail_timeout=20s leaves a backend alone after the third, for that long", async () => {
  const options = ["max_fails=3 fail_timeout=20s", "", "backup"];
  await withThree({ options }, async (scene) => {
    const client = await scene.connect();
    scene.a.answer = () => "nonsense\r\n\r\n";
    const found = await outcomes(client, 12);
    assert.equal(found.filter((it) => it === "502").length, 3);
    assert.deepEqual(new Set(found.slice(6)), new Set(["b"]));
    scene.clock.advance(19_000);
    assert.deepEqual(new Set(await outcomes(client, 4)), new Set(["b"]));
    scene.clock.advance(1_000);
    // On trial one failure is enough.
    const tried = await outcomes(client, 6);
    assert.equal(tried.filter((it) => it === "502").length, 1);
    scene.a.answer = answers[0]!;
    scene.clock.advance(20_000);
    const back = await outcomes(client, 8);
    assert.equal(back.filter((it) => it === "a").length, 4);
    assert.ok(!back.includes("502"));
  });
});

Deno.test("failures further apart than fail_timeout take nobody down", async () => {
  const options = ["max_fails=2 fail_timeout=10s", "backup", "backup"];
  await withThree({ options }, async (scene) => {
    const client = await scene.connect();
    scene.a.answer = () => "nonsense\r\n\r\n";
    for (let at = 0; at < 4; at++) {
      assert.deepEqual(await outcomes(client, 1), ["502"]);
      scene.clock.advance(11_000);
    }
    assert.deepEqual(await outcomes(client, 3), ["502", "502", "b"]);
  });
});

Deno.test("a backend that is slow is not asked by those who come after, with least-conn", async () => {
  const directives = "dist_policy least-conn; proxy_read_timeout 30s;";
  await withThree({ directives }, async (scene) => {
    const [slow, who] = await hold(scene);
    const client = await scene.connect();
    const found = new Set(await outcomes(client, 9));
    assert.equal(found.size, 2);
    assert.ok(!found.has(NAMES[who]!));
    const [answer] = await passing(scene.clock, slow.message(), 1_000);
    assert.match(answer, /^HTTP\/1\.1 504 /);
  });
});
