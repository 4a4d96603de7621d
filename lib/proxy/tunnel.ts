/**
 * What follows a 101: bytes both ways, untouched, at the pace of the slower
 * side, until both have ended, one breaks, or nothing moves for the timeout.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- bytes go out in their order
import type { Clock } from "../clock.ts";
import type { Socket } from "./socket.ts";

export interface TunnelOptions {
  clock: Clock;
  /** Without a byte in either direction for so long, both are closed. */
  timeoutMs: number;
}

/** Joins the two and returns when both are closed. */
export async function runTunnel(
  client: Socket,
  upstream: Socket,
  { clock, timeoutMs }: TunnelOptions,
): Promise<void> {
  const moved = () => {
    // Traffic one way keeps both ends: a feed may never hear its reader.
    client.deadlineMs = upstream.deadlineMs = clock.now() + timeoutMs;
  };
  const close = () => {
    client.close();
    upstream.close();
  };
  moved();
  await Promise.all([
    pump(client, upstream, moved).catch(close),
    pump(upstream, client, moved).catch(close),
  ]);
  close();
}

/** Copies until `from` ends in order, and passes that on; throws where it breaks. */
async function pump(
  from: Socket,
  to: Socket,
  moved: () => void,
): Promise<void> {
  do {
    if (from.start < from.end) {
      moved();
      await to.write(from.bytes.subarray(from.start, from.end));
      from.start = from.end;
    }
  } while (await from.fill());
  if (from.broken || from.closed) throw new Error("Tunnel broken");
  await to.closeWrite();
}
