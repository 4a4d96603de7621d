/**
 * Health checks against real backends: one is killed, one is slow, one lies.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- requests come one after the other
import assert from "node:assert/strict";
import { GET, type Rig, type Wire, withProxy } from "./rig.ts";
import {
  said,
  type ServingBackend,
  socketsServed,
  withBackends,
} from "./serving_backend.ts";

/** A conf that checks all of `backends`. */
function checked(
  backends: ServingBackend[],
  check = "health_check /healthz interval=5s timeout=2s;",
): string {
  const targets = backends.map(({ port }) =>
    `proxy_pass http://127.0.0.1:${port};`
  );
  return `host "*" { ${targets.join("\n")} ${check} }`;
}

/** Lets `ms` pass in steps in which sockets keep up. */
async function pass({ clock }: Rig, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    clock.advance(500);
    await socketsServed();
  }
}

/** Lets time pass until the proxy has logged `line`. */
async function passUntil(rig: Rig, line: RegExp): Promise<void> {
  for (let step = 0; step < 200; step++) {
    if (rig.lines.some((logged) => line.test(logged))) return;
    await pass(rig, 500);
  }
  assert.fail(`never logged ${line}: ${rig.lines.join("\n")}`);
}

/** The bodies of `count` answers, one request after the other. */
async function bodies(client: Wire, count: number): Promise<string[]> {
  const found = [];
  for (let at = 0; at < count; at++) {
    await client.send(GET);
    found.push((await client.message()).split("\r\n\r\n")[1]!);
  }
  return found;
}

Deno.test("a health check asks at once and then every interval, by its own connection", async () => {
  await withBackends([() => said("a")], async (a) => {
    await withProxy({ conf: checked([a!]) }, async (rig) => {
      await pass(rig, 500);
      assert.deepEqual(a!.asked, ["GET /healthz"]);
      await pass(rig, 20_000);
      const count = a!.count("/healthz");
      assert.ok(count >= 4 && count <= 6, String(count));
    });
  });
});

Deno.test("a killed backend is found down without a request, and up when it is back", async () => {
  const answers = [() => said("a"), () => said("b")];
  await withBackends(answers, async (a, b) => {
    await withProxy({ conf: checked([a!, b!]) }, async (rig) => {
      const client = await rig.connect();
      assert.deepEqual((await bodies(client, 4)).sort(), ["a", "a", "b", "b"]);
      a!.kill();
      await passUntil(rig, /127\.0\.0\.1:\d+ is down: health check \/healthz:/);
      const requests = b!.count("/");
      assert.deepEqual(await bodies(client, 3), ["b", "b", "b"]);
      assert.equal(b!.count("/"), requests + 3);
      a!.revive();
      await passUntil(rig, /is up again/);
      assert.deepEqual((await bodies(client, 4)).sort(), ["a", "a", "b", "b"]);
    });
  });
});

for (
  const [claim, answer, reason] of [
    ["that answers 503", () => said("x", "503 Busy"), /status 503/],
    ["that does not answer", () => undefined, /no answer within 2000 ms/],
    ["that talks nonsense", () => "220 mail.test ESMTP\r\n\r\n", /Malformed/],
    [
      "that never ends its head",
      () => `HTTP/1.1 200 OK\r\nX: ${"y".repeat(20_000)}`,
      /longer/,
    ],
  ] as const
) {
  Deno.test(`a backend ${claim} to health checks is down`, async () => {
    await withBackends([() => said("a"), () => said("b")], async (a, b) => {
      a!.answer = (asked) => asked === "GET /healthz" ? answer() : said("a");
      await withProxy({ conf: checked([a!, b!]) }, async (rig) => {
        await passUntil(rig, reason);
        const client = await rig.connect();
        assert.deepEqual(await bodies(client, 3), ["b", "b", "b"]);
      });
    });
  });
}

Deno.test("one failed check of two does not take a backend down", async () => {
  let bad = false;
  await withBackends([() => said("a"), () => said("b")], async (a, b) => {
    a!.answer = () => {
      bad = !bad;
      return bad ? said("x", "500 No") : said("a");
    };
    await withProxy({ conf: checked([a!, b!]) }, async (rig) => {
      await pass(rig, 30_000);
      assert.ok(a!.count("/healthz") > 4);
      assert.deepEqual(rig.lines, []);
    });
  });
});

Deno.test("where all are down, the last resort is to ask them all the same", async () => {
  const sick = (asked: string) =>
    asked === "GET /healthz" ? said("x", "503 Busy") : said("still here");
  await withBackends([sick, sick], async (a, b) => {
    await withProxy({ conf: checked([a!, b!]) }, async (rig) => {
      const down = () => rig.lines.filter((line) => line.includes("is down"));
      for (let step = 0; step < 100 && down().length < 2; step++) {
        await pass(rig, 500);
      }
      assert.equal(down().length, 2);
      const client = await rig.connect();
      assert.deepEqual(await bodies(client, 2), ["still here", "still here"]);
    });
  });
});

Deno.test("health_check off in a location ends what its host has set", async () => {
  await withBackends([() => said("a"), () => said("b")], async (a, b) => {
    const conf = checked(
      [a!],
      `health_check /up; location /x/ { health_check off; proxy_pass http://127.0.0.1:${
        b!.port
      }; }`,
    );
    await withProxy({ conf }, async (rig) => {
      await pass(rig, 12_000);
      assert.ok(a!.count("/up") >= 2);
      assert.deepEqual(b!.asked, []);
    });
  });
});

Deno.test("locations with the same target and check ask once for all", async () => {
  await withBackends([() => said("a")], async (a) => {
    const conf = checked(
      [a!],
      "health_check /up; location /x/ { strip_prefix on; }",
    );
    await withProxy({ conf }, async (rig) => {
      await pass(rig, 500);
      assert.equal(a!.count("/up"), 1);
    });
  });
});

Deno.test("stop() ends health checks", async () => {
  await withBackends([() => undefined], async (a) => {
    await withProxy({ conf: checked([a!]) }, async (rig) => {
      await socketsServed();
      await rig.proxy.stop();
      await pass(rig, 30_000);
      assert.ok(a!.count("/healthz") <= 1);
    });
  });
});
