/**
 * Waits until an address answers, asking again and again within a time limit.
 * It asks over TCP itself: fetch would hand the question to the proxy that
 * HTTP_PROXY names, and this machine's loopback is not there.
 * @module
 */
import type { Clock } from "../clock.ts";

const ASK_EVERY_MS = 25;
const ANSWER_MS = 2_000;
/** More than this of an answer is not read; what counts is its first line. */
const ANSWER_BYTES_MAX = 4 * 1024;

/** What comes back for `request`, until the other side closes. */
async function exchange(
  connection: Deno.TcpConn,
  request: string,
): Promise<string> {
  const writer = connection.writable.getWriter();
  await writer.write(new TextEncoder().encode(request));
  const bytes = new Uint8Array(ANSWER_BYTES_MAX);
  let length = 0;
  while (length < bytes.length) {
    const count = await connection.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

/** Whether a GET of `url` is answered with 200. */
export async function answers(url: string, clock: Clock): Promise<boolean> {
  const { hostname, port, host, pathname } = new URL(url);
  try {
    using connection = await Deno.connect({
      hostname: hostname.replace(/^\[(.+)\]$/, "$1"),
      port: Number(port || 80),
    });
    const cancel = clock.after(ANSWER_MS, () => connection.close());
    try {
      const head = `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n`;
      const answer = await exchange(
        connection,
        `${head}Connection: close\r\n\r\n`,
      );
      return /^HTTP\/1\.1 200 /.test(answer);
    } finally {
      cancel();
    }
  } catch (error) {
    // No permission for the address will not come by waiting.
    if (error instanceof Deno.errors.NotCapable) throw error;
    return false;
  }
}

export interface AskOptions {
  clock: Clock;
  withinMs: number;
  /** Ends the wait with false. */
  signal?: AbortSignal;
}

/** True once `url` answers, false when the time is over. */
export function waitForAnswer(
  url: string,
  { clock, withinMs, signal }: AskOptions,
): Promise<boolean> {
  const endAt = clock.now() + withinMs;
  const ask = async (): Promise<boolean> => {
    if (await answers(url, clock)) return true;
    if (clock.now() >= endAt || signal?.aborted) return false;
    await new Promise<void>((resume) => clock.after(ASK_EVERY_MS, resume));
    return ask();
  };
  return ask();
}
