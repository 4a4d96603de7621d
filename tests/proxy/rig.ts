/**
 * A real proxy between raw sockets: tests write the client's bytes and the
 * backend's, and read what came through.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- bytes come in their order
import assert from "node:assert/strict";
import { ManualClock } from "../../lib/clock.ts";
import { parseConf } from "../../lib/conf/parse_conf.ts";
import { NO_OBSERVER, type Observer } from "../../lib/proxy/observer.ts";
import { type Dial } from "../../lib/proxy/pool.ts";
import { dialTcp, ProxyServer } from "../../lib/proxy/server.ts";
import { seededRandom } from "../../lib/random.ts";
import { bytesOf, textOf } from "../http1/bytes_of.ts";

/** One end of a connection, read and written as latin1 text. */
export class Wire {
  readonly #conn: Deno.TcpConn | Deno.TlsConn;
  readonly #chunk = new Uint8Array(64 * 1024);
  #text = "";
  #ended = false;

  constructor(conn: Deno.TcpConn | Deno.TlsConn) {
    this.#conn = conn;
    if ("setNoDelay" in conn) conn.setNoDelay(true);
  }

  async send(text: string): Promise<void> {
    await this.sendBytes(bytesOf(text));
  }

  async sendBytes(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#conn.write(bytes.subarray(sent));
    }
  }

  /** Reads up to and with `mark`, which must come. */
  async until(mark: string): Promise<string> {
    for (;;) {
      const at = this.#text.indexOf(mark);
      if (at !== -1) return this.#cut(at + mark.length);
      if (!await this.#more()) {
        assert.fail(`ended before ${JSON.stringify(mark)}: ${this.#text}`);
      }
    }
  }

  async take(count: number): Promise<string> {
    while (this.#text.length < count) {
      if (!await this.#more()) assert.fail(`ended within: ${this.#text}`);
    }
    return this.#cut(count);
  }

  /** One message with its body as Content-Length says. */
  async message(): Promise<string> {
    const head = await this.until("\r\n\r\n");
    const length = /^content-length: (\d+)/im.exec(head)?.[1] ?? "0";
    return head + await this.take(Number(length));
  }

  /** Whatever has come or comes next; "" where the other side has closed. */
  async some(): Promise<string> {
    if (this.#text === "") await this.#more();
    return this.#cut(this.#text.length);
  }

  /** All that is left until the other side closes. */
  async rest(): Promise<string> {
    while (await this.#more());
    return this.#cut(this.#text.length);
  }

  async closeWrite(): Promise<void> {
    await this.#conn.closeWrite();
  }

  close(): void {
    try {
      this.#conn.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  #cut(length: number): string {
    const text = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    return text;
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const count = await this.#conn.read(this.#chunk).catch((error) => {
      if (error instanceof Deno.errors.ConnectionReset) return null;
      throw error;
    });
    if (count === null) this.#ended = true;
    else this.#text += textOf(this.#chunk.subarray(0, count));
    return count !== null;
  }
}

/** A backend whose connections a test answers by hand. */
export class Backend {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly port = this.#listener.addr.port;
  readonly #wires: Wire[] = [];
  #closed = false;

  async accept(): Promise<Wire> {
    const wire = new Wire(await this.#listener.accept());
    this.#wires.push(wire);
    return wire;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
    for (const wire of this.#wires) wire.close();
  }
}

/** What a test works with; everything in it is closed when the test ends. */
export interface Rig {
  clock: ManualClock;
  proxy: ProxyServer;
  backend: Backend;
  /** Lines that the proxy has logged. */
  lines: string[];
  connect(): Promise<Wire>;
  /** Another backend; its port can stand in the conf as `:second`. */
  second: Backend;
}

export interface RigOptions {
  /** The conf, with {first} and {second} for the backends' ports. */
  conf?: string;
  dial?: Dial;
  observer?: Observer;
}

const ONE_BACKEND = 'host "*" { proxy_pass http://127.0.0.1:{first}; }';

/** Runs `test` with a proxy on a free port. */
export async function withProxy(
  { conf = ONE_BACKEND, dial = dialTcp, observer = NO_OBSERVER }: RigOptions,
  test: (rig: Rig) => Promise<void>,
): Promise<void> {
  const backend = new Backend();
  const second = new Backend();
  const clock = new ManualClock();
  const lines: string[] = [];
  const text = conf.replaceAll("{first}", String(backend.port))
    .replaceAll("{second}", String(second.port));
  const log = (line: string) => void lines.push(line);
  const random = seededRandom(1);
  const proxy = new ProxyServer(parseConf(text), {
    clock,
    random,
    log,
    dial,
    observer,
  });
  const port = proxy.listen({ hostname: "127.0.0.1", port: 0 });
  const wires: Wire[] = [];
  const connect = async () => {
    const wire = new Wire(await Deno.connect({ hostname: "127.0.0.1", port }));
    wires.push(wire);
    return wire;
  };
  try {
    await test({ clock, proxy, backend, second, lines, connect });
  } finally {
    for (const wire of wires) wire.close();
    backend.close();
    second.close();
    await proxy.stop();
  }
}

/** A request that has reached the first backend, and waits for its answer. */
export interface Asked extends Rig {
  client: Wire;
  upstream: Wire;
  /** What the backend has seen of it so far. */
  seen: string;
}

/** Runs `test` where a client's `request` has reached the backend. */
export async function withRequest(
  { request = GET, until, ...options }: RigOptions & {
    request?: string;
    /** What the backend waits for; without it, a head and the body it tells of. */
    until?: string;
  },
  test: (asked: Asked) => Promise<void> | void,
): Promise<void> {
  await withProxy(options, async (rig) => {
    const client = await rig.connect();
    await client.send(request);
    const upstream = await rig.backend.accept();
    const seen = until === undefined
      ? await upstream.message()
      : await upstream.until(until);
    await test({ ...rig, client, upstream, seen });
  });
}

export const GET = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";

/** A whole response with `body`. */
export function ok(body: string, fields = ""): string {
  return `HTTP/1.1 200 OK\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/**
 * Lets time pass until `outcome` is there, a little at a time so that sockets
 * keep up. Returns it, and how many milliseconds that took by the clock.
 */
export async function passing<T>(
  clock: ManualClock,
  outcome: Promise<T>,
  stepMs = 250,
): Promise<[T, number]> {
  const startedAt = clock.now();
  let open = true;
  outcome.finally(() => open = false).catch(() => {});
  for (; open; clock.advance(stepMs)) await settled();
  return [await outcome, clock.now() - startedAt];
}

/** Gives the sockets a few turns to do what they can without time passing. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
