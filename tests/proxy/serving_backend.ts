/**
 * A backend that answers by itself, over real sockets: it can be killed, brought
 * back on its port, made slow, and made to lie.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- requests come one after the other
import { bytesOf, textOf } from "../http1/bytes_of.ts";
import { within } from "../tools/test_process.ts";

/** What to send for a request line like `GET /x`; undefined to say nothing. */
export type Answer = (asked: string) => string | undefined;

/** A whole answer that names `name`. */
export function said(name: string, status = "200 OK"): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${name.length}\r\n\r\n${name}`;
}

export class ServingBackend {
  answer: Answer;
  /** Request lines without their version, as they came. */
  readonly asked: string[] = [];
  readonly port: number;
  #dead = false;
  #listener: Deno.TcpListener;
  readonly #open = new Set<Deno.TcpConn>();

  constructor(answer: Answer) {
    this.answer = answer;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#serve(this.#listener);
  }

  /** How often anybody asked for `path`. */
  count(path: string): number {
    return this.asked.filter((line) => line.endsWith(` ${path}`)).length;
  }

  /** How many connections it holds just now. */
  get connections(): number {
    return this.#open.size;
  }

  /** As a process that died: nobody listens, every connection is closed. */
  kill(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#listener.close();
    for (const conn of this.#open) conn.close();
    this.#open.clear();
  }

  /** Listens on its port again. */
  revive(): void {
    this.#dead = false;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: this.port });
    this.#serve(this.#listener);
  }

  async #serve(listener: Deno.TcpListener): Promise<void> {
    try {
      for await (const conn of listener) this.#talk(conn);
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  /** Waits until `holds` is true of it. */
  async until(holds: () => boolean): Promise<void> {
    let over = false;
    const seen = async () => {
      while (!holds() && !over) {
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    };
    await within(seen(), () => `never: ${holds}; asked ${this.asked}`)
      .finally(() => over = true);
  }

  async #talk(conn: Deno.TcpConn): Promise<void> {
    this.#open.add(conn);
    const chunk = new Uint8Array(16 * 1024);
    let text = "";
    try {
      for (;;) {
        const count = await conn.read(chunk);
        if (count === null) break;
        text += textOf(chunk.subarray(0, count));
        for (let end; (end = text.indexOf("\r\n\r\n")) !== -1;) {
          const line = text.slice(0, text.indexOf(" HTTP/"));
          text = text.slice(end + 4);
          this.asked.push(line);
          const answer = this.answer(line);
          if (answer !== undefined) await writeAll(conn, bytesOf(answer));
        }
      }
    } catch {
      // Killed, or the proxy closed it: either way it is over.
    }
    if (this.#open.delete(conn)) conn.close();
  }
}

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) {
    sent += await conn.write(bytes.subarray(sent));
  }
}

/** Backends that live as long as `test` runs. */
export async function withBackends(
  answers: Answer[],
  test: (...backends: ServingBackend[]) => Promise<void>,
): Promise<void> {
  const backends = answers.map((answer) => new ServingBackend(answer));
  try {
    await test(...backends);
  } finally {
    for (const backend of backends) backend.kill();
  }
}

/**
 * Lets the sockets of this process get on with what they have: a few exchanges
 * over a connection of our own take at least as many turns.
 */
export async function socketsServed(): Promise<void> {
  await withBackends([() => said("x")], async (echo) => {
    for (let turn = 0; turn < 2; turn++) {
      const conn = await Deno.connect({
        hostname: "127.0.0.1",
        port: echo!.port,
      });
      await conn.write(bytesOf("GET / HTTP/1.1\r\n\r\n"));
      await conn.read(new Uint8Array(99));
      conn.close();
    }
  });
}
