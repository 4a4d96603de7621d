/**
 * Large bodies through the proxy's process: they stream, whatever their size,
 * and whoever is slow holds back the other side instead of filling memory.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- bytes come in their order
import assert from "node:assert/strict";
import { settled } from "../proxy/rig.ts";
import { ProxyProcess } from "./_proxy_process.ts";

const MIB = 1024 * 1024;
const PIECE = new Uint8Array(64 * 1024).fill(120);
const WARM_UP_BYTES = 32 * MIB;
/** Sixteen times what the proxy may grow by: what it kept would show. */
const BODY_BYTES = 1024 * MIB;
/** Enough to see whether somebody is held back. */
const STUCK_BYTES = 256 * MIB;
const GROWTH_MIB_MAX = 64;
/** What kernels and proxy together may hold of a body that nobody takes. */
const IN_FLIGHT_BYTES_MAX = 48 * MIB;

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) {
    sent += await conn.write(bytes.subarray(sent));
  }
}

function writeText(conn: Deno.Conn, text: string): Promise<void> {
  return writeAll(conn, new TextEncoder().encode(text));
}

/** Writes `count` bytes; `each` is told how many so far. */
async function pour(
  conn: Deno.Conn,
  count: number,
  each: (sent: number) => void = () => {},
): Promise<void> {
  for (let sent = 0; sent < count; sent += PIECE.length) {
    await writeAll(conn, PIECE);
    each(sent);
  }
}

/** Reads a head and returns it with how many bytes of a body came along. */
async function readHead(conn: Deno.Conn): Promise<[string, number]> {
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  for (;;) {
    const count = await conn.read(buffer);
    assert.ok(count !== null, `ended within the head: ${text}`);
    text += new TextDecoder("latin1").decode(buffer.subarray(0, count));
    const end = text.indexOf("\r\n\r\n");
    if (end !== -1) return [text.slice(0, end), text.length - end - 4];
  }
}

/** Reads until `count` bytes have come; `each` is called as they come. */
async function drain(
  conn: Deno.Conn,
  count: number,
  each: () => void = () => {},
): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  for (let left = count; left > 0; each()) {
    const got = await conn.read(buffer);
    assert.ok(got !== null, `${left} bytes short`);
    left -= got;
  }
}

interface Scene {
  proxy: ProxyProcess;
  client: Deno.TcpConn;
  accept: () => Promise<Deno.TcpConn>;
}

async function withScene(test: (scene: Scene) => Promise<void>): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const upstreams: Deno.TcpConn[] = [];
  await using proxy = await ProxyProcess.start(
    `client_max_body_size 0;
     host "*" { proxy_pass http://127.0.0.1:${listener.addr.port}; }`,
  );
  using client = await proxy.connect();
  const accept = async () => {
    const upstream = await listener.accept();
    upstreams.push(upstream);
    return upstream;
  };
  try {
    await test({ proxy, client, accept });
  } finally {
    for (const upstream of upstreams) upstream.close();
  }
}

/** The most that the proxy grew by since this was made. */
function growthOf(proxy: ProxyProcess): { look(): void; mostMiB(): number } {
  const before = proxy.memoryMiB();
  let most = before;
  let looks = 0;
  return {
    look() {
      if (looks++ % 64 === 0) most = Math.max(most, proxy.memoryMiB());
    },
    mostMiB: () => most - before,
  };
}

Deno.test("a large download passes in constant memory", async () => {
  await withScene(async ({ proxy, client, accept }) => {
    await writeText(client, "GET /warm HTTP/1.1\r\nHost: a\r\n\r\n");
    const upstream = await accept();
    const pass = async (count: number, each?: () => void) => {
      await readHead(upstream);
      const head = `HTTP/1.1 200 OK\r\nContent-Length: ${count}\r\n\r\n`;
      const pouring = writeText(upstream, head).then(() =>
        pour(upstream, count)
      );
      const [, early] = await readHead(client);
      await drain(client, count - early, each);
      await pouring;
    };
    await pass(WARM_UP_BYTES);
    const growth = growthOf(proxy);
    await writeText(client, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    await pass(BODY_BYTES, growth.look);
    assert.ok(growth.mostMiB() < GROWTH_MIB_MAX, `${growth.mostMiB()} MiB`);
  });
});

Deno.test("a large upload passes in constant memory", async () => {
  await withScene(async ({ proxy, client, accept }) => {
    let upstream: Deno.TcpConn | undefined;
    const pass = async (count: number, each?: () => void) => {
      const head =
        `PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${count}\r\n\r\n`;
      const pouring = writeText(client, head).then(() => pour(client, count));
      upstream ??= await accept();
      const [, early] = await readHead(upstream);
      await drain(upstream, count - early, each);
      await pouring;
      await writeText(upstream, "HTTP/1.1 204 No Content\r\n\r\n");
      await readHead(client);
    };
    await pass(WARM_UP_BYTES);
    const growth = growthOf(proxy);
    await pass(BODY_BYTES, growth.look);
    assert.ok(growth.mostMiB() < GROWTH_MIB_MAX, `${growth.mostMiB()} MiB`);
  });
});

Deno.test("a client that stops reading stops the backend", async () => {
  await withScene(async ({ proxy, client, accept }) => {
    await writeText(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const upstream = await accept();
    await readHead(upstream);
    const before = proxy.memoryMiB();
    await writeText(
      upstream,
      `HTTP/1.1 200 OK\r\nContent-Length: ${STUCK_BYTES}\r\n\r\n`,
    );
    let sent = 0;
    const pouring = pour(upstream, STUCK_BYTES, (so) => sent = so);
    const stuckAt = await untilStill(() => sent);
    assert.ok(stuckAt < IN_FLIGHT_BYTES_MAX, `${stuckAt} bytes taken`);
    assert.ok(proxy.memoryMiB() - before < GROWTH_MIB_MAX);
    const [, early] = await readHead(client);
    await drain(client, STUCK_BYTES - early);
    await pouring;
  });
});

Deno.test("a backend that stops reading stops the client", async () => {
  await withScene(async ({ proxy, client, accept }) => {
    await writeText(
      client,
      `PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${STUCK_BYTES}\r\n\r\n`,
    );
    const upstream = await accept();
    const before = proxy.memoryMiB();
    let sent = 0;
    const pouring = pour(client, STUCK_BYTES, (so) => sent = so);
    const stuckAt = await untilStill(() => sent);
    assert.ok(stuckAt < IN_FLIGHT_BYTES_MAX, `${stuckAt} bytes taken`);
    assert.ok(proxy.memoryMiB() - before < GROWTH_MIB_MAX);
    const [, early] = await readHead(upstream);
    await drain(upstream, STUCK_BYTES - early);
    await pouring;
  });
});

/** The value once it has not changed for a good many turns. */
async function untilStill(value: () => number): Promise<number> {
  let last = -1;
  for (let still = 0; still < 200;) {
    await settled();
    still = value() === last ? still + 1 : 0;
    last = value();
  }
  return last;
}
