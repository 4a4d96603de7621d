/**
 * Clients that are slow on purpose tie up their own connections and nothing
 * else, and only for so long.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- clients come one after the other
import assert from "node:assert/strict";
import { ManualClock } from "../../lib/clock.ts";
import { parseConf } from "../../lib/conf/parse_conf.ts";
import { Download } from "../../lib/proxy/download.ts";
import { type Dial, Upstream } from "../../lib/proxy/pool.ts";
import { dialTcp } from "../../lib/proxy/server.ts";
import { type ByteStream, Socket } from "../../lib/proxy/socket.ts";
import { REQUESTS_AT_ONCE_MAX } from "../../lib/proxy/turnstile.ts";
import { bytesOf } from "../http1/bytes_of.ts";
import {
  GET,
  passing,
  type Rig,
  settled,
  type Wire,
  withProxy,
} from "./rig.ts";
import { said, ServingBackend, withBackends } from "./serving_backend.ts";

/** More than what is sent on at once, three times over. */
const SLOW_CLIENTS = 200;
/** More than all buffers between a backend and a client that does not read. */
const LARGE = "x".repeat(24 * 1024 * 1024);

function confFor({ port }: ServingBackend): string {
  return `client_header_timeout 10s; client_body_timeout 10s; send_timeout 10s;
    host "*" { proxy_pass http://127.0.0.1:${port}; }`;
}

async function slowClients(
  { connect }: Rig,
  { count, says }: { count: number; says: string },
): Promise<Wire[]> {
  const wires = [];
  for (let at = 0; at < count; at++) {
    const wire = await connect();
    await wire.send(says);
    wires.push(wire);
  }
  return wires;
}

/** Requests of somebody else, which all have to be answered. */
async function assertServed({ connect }: Rig): Promise<void> {
  for (let at = 0; at < 5; at++) {
    const client = await connect();
    for (let turn = 0; turn < 4; turn++) {
      await client.send(GET);
      assert.match(await client.message(), /^HTTP\/1\.1 200 .*fine$/s);
    }
    client.close();
  }
}

for (
  const [title, says, reaches] of [
    ["slow heads", "GET / HTTP/1.1\r\nHost: a\r\nX-A: ", false],
    [
      "slow bodies",
      "POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nab",
      true,
    ],
    ["silence", "", false],
  ] as const
) {
  Deno.test(`${title} on ${SLOW_CLIENTS} connections keep nobody waiting`, async () => {
    const answer = (asked: string) =>
      asked.startsWith("POST") ? undefined : said("fine");
    await withBackends([answer], async (backend) => {
      await withProxy({ conf: confFor(backend!) }, async (rig) => {
        const slow = await slowClients(rig, { count: SLOW_CLIENTS, says });
        await assertServed(rig);
        // What is not even a request yet costs the backend nothing.
        if (!reaches) assert.equal(backend!.asked.length, 20);
        const rests = Promise.all(slow.map((wire) => wire.rest()));
        const [answers, tookMs] = await passing(rig.clock, rests);
        assert.ok(tookMs >= 10_000 && tookMs < 14_000, String(tookMs));
        const told = says === "" ? /^$/ : /^HTTP\/1\.1 408 /;
        for (const text of answers) assert.match(text, told);
        await assertServed(rig);
      });
    });
  });
}

Deno.test("requests that a backend leaves unanswered keep nobody waiting, nor do those who give up", async () => {
  const answer = (asked: string) =>
    asked.startsWith("GET /slow") ? undefined : said("fine");
  await withBackends([answer], async (backend) => {
    await withProxy({ conf: confFor(backend!) }, async (rig) => {
      const says = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";
      const slow = await slowClients(rig, { count: SLOW_CLIENTS, says });
      await assertServed(rig);
      // Each of them got through, too.
      assert.equal(backend!.asked.length, SLOW_CLIENTS + 20);
      for (const wire of slow) wire.close();
      await assertServed(rig);
    });
  });
});

Deno.test("a byte now and then does not keep a head alive", async () => {
  await withBackends([() => said("fine")], async (backend) => {
    await withProxy({ conf: confFor(backend!) }, async (rig) => {
      const [slow] = await slowClients(rig, {
        count: 1,
        says: "GET / HTTP/1.1\r\nHost: a\r\nX-A: ",
      });
      const rest = slow!.rest();
      let open = true;
      rest.finally(() => open = false);
      let bytes = 0;
      for (; open && bytes < 100; bytes++) {
        await slow!.send("x").catch(() => {});
        const pause = new Promise((done) =>
          rig.clock.after(1000, () => done(0))
        );
        await passing(rig.clock, pause);
      }
      assert.match(await rest, /^HTTP\/1\.1 408 /);
      assert.ok(bytes <= 13, String(bytes));
    });
  });
});

Deno.test("clients that do not read hold back their own answers only", async () => {
  const answer = (asked: string) =>
    said(asked.endsWith("/large") ? LARGE : "fine");
  await withBackends([answer], async (backend) => {
    await withProxy({ conf: confFor(backend!) }, async (rig) => {
      const slow = await slowClients(rig, {
        count: 8,
        says: "GET /large HTTP/1.1\r\nHost: a\r\n\r\n",
      });
      await assertServed(rig);
      const wait = new Promise((done) =>
        rig.clock.after(14_000, () => done(0))
      );
      await passing(rig.clock, wait);
      for (const wire of slow) {
        assert.ok((await wire.rest()).length < LARGE.length);
      }
      await assertServed(rig);
    });
  });
});

/** A connection to a backend whose large answer is there at once. */
class LargeAnswer implements ByteStream {
  /** How much of it has been taken, with its head. */
  bytesRead = 0;
  #closed = false;
  readonly #head = bytesOf(
    `HTTP/1.1 200 OK\r\nContent-Length: ${LARGE.length}\r\n\r\n`,
  );

  read(into: Uint8Array): Promise<number | null> {
    const left = this.#head.length + LARGE.length - this.bytesRead;
    if (this.#closed || left === 0) return Promise.resolve(null);
    const count = Math.min(into.length, left);
    if (this.bytesRead === 0) into.set(this.#head);
    this.bytesRead += count;
    return Promise.resolve(count);
  }

  write(bytes: Uint8Array): Promise<number> {
    return Promise.resolve(bytes.length);
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#closed = true;
  }
}

/** A client that takes what it is sent when the test says so. */
class HesitantClient implements ByteStream {
  #take = () => {};

  read(): Promise<never> {
    return new Promise(() => {});
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve) => this.#take = () => resolve(bytes.length));
  }

  takeOne(): void {
    this.#take();
  }

  async closeWrite(): Promise<void> {}
  close(): void {}
}

Deno.test("what a client does not take is left at the backend but for 64 KiB", async () => {
  const answer = new LargeAnswer();
  const upstream = new Upstream(new Socket(answer, () => {}));
  const { socket, head } = upstream;
  await socket.fill();
  const { bytes, end } = socket;
  socket.start = head.read(bytes, { from: 0, to: end, method: "GET" });
  const client = new HesitantClient();
  const download = new Download(new Socket(client, () => {}), {
    clock: new ManualClock(),
    settings: parseConf('host "*" { proxy_pass http://127.0.0.1:1; }').server,
  });
  const shape = { body: "length", connection: undefined } as const;
  download.run(upstream, { shape, readTimeoutMs: 1000, now: 0 });
  for (let turn = 0, before = 0; turn < 20; turn++) {
    await settled();
    const ahead = answer.bytesRead - before;
    assert.ok(ahead > 0 && ahead <= 64 * 1024, String(ahead));
    before = answer.bytesRead;
    client.takeOne();
  }
});

Deno.test("more clients that do not read than are sent on at once keep nobody waiting", async () => {
  const answers: LargeAnswer[] = [];
  await withBackends([() => said("fine")], async (backend) => {
    const conf = `${confFor(backend!).slice(0, -1)}
      location /large { proxy_pass http://127.0.0.1:1; } }`;
    const dial: Dial = (options) => {
      if (options.port !== 1) return dialTcp(options);
      answers.push(new LargeAnswer());
      return Promise.resolve(answers.at(-1)!);
    };
    await withProxy({ conf, dial }, async (rig) => {
      const count = REQUESTS_AT_ONCE_MAX + 8;
      const says = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n";
      await slowClients(rig, { count, says });
      await assertServed(rig);
      assert.equal(answers.length, count);
    });
  });
});
