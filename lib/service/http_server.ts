/**
 * A Deno.serve that says in one sentence why it can't listen, and that stops
 * within a known time.
 * @module
 */
import type { Clock } from "../clock.ts";
import { listenFailure } from "./command.ts";

/** How long answers that are under way may take once a stop was asked for. */
export const DRAIN_MS = 5_000;

export interface Listening {
  ip: string;
  port: number;
  /** Flag that chooses another port; named when the port is taken. */
  flag: string;
}

export interface HttpServer {
  /** `http://127.0.0.1:9000`, with the port that port 0 became. */
  url: string;
  /** Lets answers finish, up to DRAIN_MS; the end of the process cuts them. */
  stop(clock: Clock): Promise<void>;
}

export function serveHttp(
  { ip, port, flag }: Listening,
  handler: Deno.ServeHandler,
): HttpServer {
  const options = { hostname: ip, port, onListen() {} };
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve(options, handler);
  } catch (error) {
    throw listenFailure(error, { ip, port, flag });
  }
  const { hostname, port: bound } = server.addr;
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return {
    url: `http://${host}:${bound}`,
    stop(clock) {
      // Not by an abort signal: Deno throws when it comes after shutdown().
      return new Promise((resolve) => {
        const cancel = clock.after(DRAIN_MS, resolve);
        server.shutdown().finally(() => {
          cancel();
          resolve();
        });
      });
    },
  };
}
