/**
 * What clients notice of a backend that dies, hangs or lies under traffic: as
 * little as can be, and nothing once it is known.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- requests come one after the other
import assert from "node:assert/strict";
import { GET, passing, type Wire, withProxy } from "./rig.ts";
import { said, type ServingBackend, withBackends } from "./serving_backend.ts";

function between(backends: ServingBackend[], directives = ""): string {
  const targets = backends.map(({ port }) =>
    `proxy_pass http://127.0.0.1:${port} fail_timeout=10s;`
  );
  return `host "*" { ${targets.join("\n")} ${directives} }`;
}

/** Status and body of each of `count` answers, one request after the other. */
async function outcomes(client: Wire, count: number): Promise<string[]> {
  const found = [];
  for (let at = 0; at < count; at++) {
    await client.send(GET);
    const message = await client.message();
    found.push(`${message.slice(9, 12)} ${message.split("\r\n\r\n")[1]}`);
  }
  return found;
}

const BOTH = [() => said("a"), () => said("b")];

Deno.test("no GET fails while a backend is killed, and it is back after its rest", async () => {
  await withBackends(BOTH, async (a, b) => {
    await withProxy({ conf: between([a!, b!]) }, async (rig) => {
      const client = await rig.connect();
      await outcomes(client, 4);
      a!.kill();
      assert.deepEqual(new Set(await outcomes(client, 10)), new Set(["200 b"]));
      const downs = rig.lines.filter((line) => line.includes("is down"));
      assert.equal(downs.length, 1);
      a!.revive();
      rig.clock.advance(10_000);
      const back = await outcomes(client, 6);
      assert.equal(back.filter((it) => it === "200 a").length, 3);
      assert.match(rig.lines.at(-1)!, /is up again/);
    });
  });
});

Deno.test("a backend that is still dead after its rest costs no client its answer", async () => {
  await withBackends(BOTH, async (a, b) => {
    await withProxy({ conf: between([a!, b!]) }, async (rig) => {
      const client = await rig.connect();
      a!.kill();
      for (let round = 0; round < 3; round++) {
        const found = await outcomes(client, 4);
        assert.deepEqual(new Set(found), new Set(["200 b"]));
        rig.clock.advance(10_000);
      }
    });
  });
});

Deno.test("a backend that hangs costs one client a wait, the others nothing", async () => {
  await withBackends([() => undefined, () => said("b")], async (a, b) => {
    await withProxy({ conf: between([a!, b!]) }, async (rig) => {
      const client = await rig.connect();
      await client.send(GET);
      const [message] = await passing(rig.clock, client.message());
      assert.match(message, /^HTTP\/1\.1 504 /);
      assert.deepEqual(new Set(await outcomes(client, 6)), new Set(["200 b"]));
      rig.clock.advance(10_000);
      // On trial it holds up whoever gets it, and nobody else meanwhile.
      const held = await rig.connect();
      const hangs = a!.asked.length;
      for (let turn = 0; turn < 2 && a!.asked.length === hangs; turn++) {
        await held.send(GET);
        await Promise.race([held.message(), untilAsked(a!, hangs + 1)]);
      }
      assert.equal(a!.asked.length, hangs + 1);
      assert.deepEqual(new Set(await outcomes(client, 6)), new Set(["200 b"]));
      assert.equal(a!.asked.length, hangs + 1);
    });
  });
});

async function untilAsked(backend: ServingBackend, count: number) {
  while (backend.asked.length < count) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

for (
  const [claim, answer, seen] of [
    ["garbage", "\u0000\u0001nonsense\r\n\r\n", /^HTTP\/1\.1 502 /],
    [
      "two lengths",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 5\r\n\r\nx",
      /^HTTP\/1\.1 502 /,
    ],
    [
      "broken chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      /^HTTP\/1\.1 502 /,
    ],
  ] as const
) {
  Deno.test(`a backend that answers ${claim} is left alone from then on`, async () => {
    await withBackends([() => answer, () => said("b")], async (a, b) => {
      await withProxy({ conf: between([a!, b!]) }, async (rig) => {
        const client = await rig.connect();
        await client.send(GET);
        assert.match(await client.message(), seen);
        const found = await outcomes(client, 6);
        assert.deepEqual(new Set(found), new Set(["200 b"]));
        assert.equal(a!.asked.length, 1);
      });
    });
  });
}

Deno.test("a backend that answers less than it promised is cut off, and left alone", async () => {
  await withBackends([() => undefined, () => said("b")], async (a, b) => {
    a!.answer = () => {
      queueMicrotask(() => setImmediate(() => a!.kill()));
      return "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
    };
    await withProxy({ conf: between([a!, b!]) }, async (rig) => {
      const client = await rig.connect();
      await client.send(GET);
      const cut = await client.rest();
      assert.doesNotMatch(cut, /^HTTP\/1\.1 200 [^]*\r\n\r\n.{100}/);
      const next = await rig.connect();
      assert.deepEqual(new Set(await outcomes(next, 6)), new Set(["200 b"]));
    });
  });
});

Deno.test("a backup serves while the others are dead, and steps back", async () => {
  await withBackends(BOTH, async (a, b) => {
    const conf = `host "*" {
      proxy_pass http://127.0.0.1:${a!.port} fail_timeout=10s;
      proxy_pass http://127.0.0.1:${b!.port} backup;
    }`;
    await withProxy({ conf }, async (rig) => {
      const client = await rig.connect();
      assert.deepEqual(await outcomes(client, 2), ["200 a", "200 a"]);
      a!.kill();
      assert.deepEqual(await outcomes(client, 3), ["200 b", "200 b", "200 b"]);
      a!.revive();
      rig.clock.advance(10_000);
      assert.deepEqual(await outcomes(client, 2), ["200 a", "200 a"]);
    });
  });
});

Deno.test("max_fails=0 never leaves a backend alone", async () => {
  await withBackends(
    [() => "nonsense\r\n\r\n", () => said("b")],
    async (a, b) => {
      const conf = `host "*" {
      proxy_pass http://127.0.0.1:${a!.port} max_fails=0;
      proxy_pass http://127.0.0.1:${b!.port};
    }`;
      await withProxy({ conf }, async (rig) => {
        const client = await rig.connect();
        const found = (await outcomes(client, 6)).map((it) => it.slice(0, 3));
        assert.equal(found.filter((status) => status === "502").length, 3);
        assert.deepEqual(rig.lines, []);
      });
    },
  );
});

Deno.test("ip-hash goes by whom a trusted proxy names", async () => {
  await withBackends(BOTH, async (a, b) => {
    const conf = `trusted_proxies 127.0.0.1;
      ${between([a!, b!], "dist_policy ip-hash;")}`;
    await withProxy({ conf }, async (rig) => {
      const client = await rig.connect();
      const served = new Map<string, Set<string>>();
      for (let at = 0; at < 60; at++) {
        const address = `192.0.2.${at % 20}`;
        await client.send(
          GET.replace("\r\n\r\n", `\r\nX-Forwarded-For: ${address}\r\n\r\n`),
        );
        const body = (await client.message()).slice(-1);
        served.set(address, (served.get(address) ?? new Set()).add(body));
      }
      assert.ok([...served.values()].every((names) => names.size === 1));
      assert.equal(
        new Set([...served.values()].flatMap((it) => [...it])).size,
        2,
      );
    });
  });
});
