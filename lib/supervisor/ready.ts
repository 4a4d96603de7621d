/**
 * Waits until an address answers, asking again and again within a time limit.
 * It asks over TCP itself: fetch would hand the question to the proxy that
 * HTTP_PROXY names, and this machine's loopback is not there.
 * @module
 */
import { connect } from "node:tls";
import type { Clock } from "../clock.ts";

const ASK_EVERY_MS = 25;
const ANSWER_MS = 2_000;
/** More than this of an answer is not read; what counts is its first line. */
const ANSWER_BYTES_MAX = 4 * 1024;

/** What comes back for `request`, until there is a first line. */
async function exchange(
  connection: Connection,
  request: string,
): Promise<string> {
  await connection.write(new TextEncoder().encode(request));
  const bytes = new Uint8Array(ANSWER_BYTES_MAX);
  let length = 0;
  while (length < bytes.length && !bytes.subarray(0, length).includes(10)) {
    const count = await connection.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

type Connection = Pick<Deno.Conn, "read" | "write" | "close">;

/** The status of the answer to a GET of `url`, or 0 where none comes. */
export async function statusOf(url: string, clock: Clock): Promise<number> {
  const { hostname: bracketed, port, host, pathname, protocol } = new URL(url);
  const hostname = bracketed.replace(/^\[(.+)\]$/, "$1");
  const secure = protocol === "https:";
  const address = { hostname, port: Number(port || (secure ? 443 : 80)) };
  let connection: Connection | undefined;
  let late = false;
  const cancel = clock.after(ANSWER_MS, () => {
    late = true;
    connection?.close();
  });
  try {
    connection = secure
      ? await connectAnyTls(address)
      : await Deno.connect(address);
    const head = `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n`;
    const answer = await exchange(
      connection,
      `${head}Connection: close\r\n\r\n`,
    );
    return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);
  } catch (error) {
    // No permission for the address will not come by waiting.
    if (error instanceof Deno.errors.NotCapable) throw error;
    return 0;
  } finally {
    cancel();
    if (!late) connection?.close();
  }
}

/** TLS whoever signed: it is asked whether somebody answers, not who. */
function connectAnyTls(
  { hostname: host, port }: { hostname: string; port: number },
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, rejectUnauthorized: false });
    const chunks = socket.iterator();
    socket.once("error", reject);
    socket.once("secureConnect", () =>
      resolve({
        async read(into) {
          const { done, value } = await chunks.next();
          if (done) return null;
          const bytes: Uint8Array = value.subarray(0, into.length);
          into.set(bytes);
          return bytes.length;
        },
        write: (bytes) =>
          new Promise((written, failed) =>
            socket.write(bytes, (error) =>
              error ? failed(error) : written(bytes.length))
          ),
        close: () =>
          void socket.destroy(),
      }));
  });
}

/** Whether a GET of `url` is answered with 200. */
export async function answers(url: string, clock: Clock): Promise<boolean> {
  return await statusOf(url, clock) === 200;
}

export interface AskOptions {
  clock: Clock;
  withinMs: number;
  /** Whether a status is the one waited for; 200 without it. */
  accepts?: (status: number) => boolean;
  /** Ends the wait with false. */
  signal?: AbortSignal;
}

/** True once `url` answers, false when the time is over. */
export function waitForAnswer(
  url: string,
  { clock, withinMs, signal, accepts = isOk }: AskOptions,
): Promise<boolean> {
  const endAt = clock.now() + withinMs;
  const ask = async (): Promise<boolean> => {
    if (accepts(await statusOf(url, clock))) return true;
    if (clock.now() >= endAt || signal?.aborted) return false;
    await new Promise<void>((resume) => clock.after(ASK_EVERY_MS, resume));
    return ask();
  };
  return ask();
}

function isOk(status: number): boolean {
  return status === 200;
}
