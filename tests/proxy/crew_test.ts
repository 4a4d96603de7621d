/**
 * Several workers on one port: real threads, real sockets.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- one connection after the other
import assert from "node:assert/strict";
import { systemClock } from "../../lib/clock.ts";
import { parseConf } from "../../lib/conf/parse_conf.ts";
import { Crew } from "../../lib/proxy/crew.ts";
import { DoorError } from "../../lib/proxy/doors.ts";
import type { ServiceOrder } from "../../lib/proxy/load_service.ts";
import { ThreadServing } from "../../lib/proxy/thread_serving.ts";
import { within } from "../tools/test_process.ts";
import { Wire } from "./rig.ts";

const WORKER = import.meta.resolve("../../lib/proxy/worker.ts");
const HOSTNAME = "127.0.0.1";

function namedBackend(name: string): Deno.HttpServer<Deno.NetAddr> {
  const options = { hostname: HOSTNAME, port: 0, onListen() {} };
  return Deno.serve(options, () => new Response(name));
}

interface CrewRig {
  crew: Crew;
  /** All threads ever started. */
  threads: Worker[];
  orderFor(name: "one" | "two", port?: number): ServiceOrder;
  /** Asks on a connection of its own. */
  ask(): Promise<string>;
  /** The next line logged that matches. */
  line(wanted: RegExp): Promise<void>;
}

async function withCrew(test: (rig: CrewRig) => Promise<void>): Promise<void> {
  const backends = { one: namedBackend("one"), two: namedBackend("two") };
  const threads: Worker[] = [];
  const waiting: { wanted: RegExp; found: () => void }[] = [];
  const log = (line: string) => {
    for (const { wanted, found } of waiting) if (wanted.test(line)) found();
  };
  const crew = new Crew({
    size: 2,
    clock: systemClock,
    log,
    newWorker: () => {
      const thread = new Worker(WORKER, { type: "module" });
      threads.push(thread);
      return new ThreadServing(thread, log);
    },
  });
  const rig: CrewRig = {
    crew,
    threads,
    orderFor: (name, port = 0) => ({
      conf: parseConf(
        `host "*" { proxy_pass http://${HOSTNAME}:${
          backends[name].addr.port
        }; }`,
      ),
      doors: [{ hostname: HOSTNAME, port, kind: "plain" }],
      certificate: undefined,
    }),
    async ask() {
      const { port } = crew.addresses[0]!;
      const wire = new Wire(await Deno.connect({ hostname: HOSTNAME, port }));
      await wire.send(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
      );
      const answer = await wire.rest();
      wire.close();
      return answer.slice(answer.indexOf("\r\n\r\n") + 4);
    },
    line: (wanted) =>
      within(
        new Promise<void>((found) => waiting.push({ wanted, found })),
        () => `No line ${wanted}`,
      ),
  };
  try {
    await crew.prepare(rig.orderFor("one"));
    crew.commit();
    await test(rig);
  } finally {
    await crew.stop(0);
    await Promise.all(Object.values(backends).map((it) => it.shutdown()));
  }
}

/** Waits until both workers tell what they have counted. */
async function bothCount(crew: Crew): Promise<number[]> {
  for (let tries = 0; tries < 200; tries++) {
    const snapshots = await crew.snapshots();
    if (snapshots.length === 2) {
      return snapshots.map(({ connectionsTotal }) => connectionsTotal);
    }
    await new Promise<void>((resume) => systemClock.after(20, resume));
  }
  return assert.fail("a worker is missing");
}

Deno.test("workers share one port, and each gets some of the connections", async () => {
  await withCrew(async ({ crew, ask }) => {
    for (let asked = 0; asked < 60; asked++) assert.equal(await ask(), "one");
    const counts = await bothCount(crew);
    assert.ok(counts.every((count) => count > 0), String(counts));
    assert.equal(counts[0]! + counts[1]!, 60);
  });
});

Deno.test("a worker that dies is started anew, by the latest order", async () => {
  await withCrew(async ({ crew, threads, orderFor, ask, line }) => {
    await crew.prepare(orderFor("two"));
    crew.commit();
    const told = line(/worker 1 ended .*starting it anew/);
    // No request that it knows: what it cannot explain ends it.
    threads[0]!.postMessage("nonsense");
    await told;
    // A connection that the dying one was handed is lost, and no other.
    for (let inARow = 0, asked = 0; inARow < 10; asked++) {
      inARow = await ask() === "two" ? inARow + 1 : 0;
      assert.ok(asked < 200, "goes on losing connections");
    }
    await bothCount(crew);
    assert.equal(threads.length, 3);
    for (let asked = 0; asked < 40; asked++) assert.equal(await ask(), "two");
    const counts = await bothCount(crew);
    assert.ok(counts.every((count) => count > 0), String(counts));
  });
});

Deno.test("a worker that comes between prepare() and commit() serves the new order, too", async () => {
  await withCrew(async ({ crew, threads, orderFor, ask, line }) => {
    await crew.prepare(orderFor("two"));
    const replaced = line(/worker 2 serves/);
    threads[1]!.postMessage("nonsense");
    await replaced;
    assert.equal(await ask(), "one");
    crew.commit();
    for (let inARow = 0, asked = 0; inARow < 40; asked++) {
      inARow = await ask() === "two" ? inARow + 1 : 0;
      assert.ok(asked < 400, "one worker stays behind");
    }
  });
});

Deno.test("an order that cannot be followed changes no worker", async () => {
  await withCrew(async ({ crew, orderFor, ask }) => {
    const taken = Deno.listen({ hostname: HOSTNAME, port: 0 });
    await assert.rejects(
      crew.prepare(orderFor("two", taken.addr.port)),
      DoorError,
    );
    taken.close();
    const bad = orderFor("two");
    bad.conf.server.accessLog = { file: "/no/such/a.log", format: "json" };
    await assert.rejects(crew.prepare(bad), /Cannot open access_log/);
    for (let asked = 0; asked < 20; asked++) assert.equal(await ask(), "one");
  });
});
