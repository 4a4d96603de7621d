/**
 * The proxy itself: the listener, its connections, and an end that lets what is
 * under way finish.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- connections are accepted one by one
import type { Clock } from "../clock.ts";
import type { Conf } from "../conf/conf.ts";
import { plainIp } from "../forwarded.ts";
import { type Random, randomId } from "../random.ts";
import { ClientConnection } from "./client_connection.ts";
import { ClientLimits } from "./client_limits.ts";
import type { ProxyContext } from "./context.ts";
import { Deadlines } from "./deadlines.ts";
import { NO_OBSERVER, type Observer } from "./observer.ts";
import { type Dial, Pool } from "./pool.ts";
import { buildSites, type Sites } from "./sites.ts";
import { Socket } from "./socket.ts";
import { trustedBy } from "./trust.ts";

/** Out of file descriptors, say: look again after so long. */
const ACCEPT_PAUSE_MS = 100;

export interface ProxyParts {
  clock: Clock;
  random: Random;
  log: (line: string) => void;
  /** Opens connections to backends. */
  dial: Dial;
  /** Is told of every request: access log, metrics. */
  observer?: Observer;
}

/** The machine's own way to a backend. */
export const dialTcp: Dial = async (options) => {
  const stream = await Deno.connect(options);
  stream.setNoDelay(true);
  return stream;
};

/** One front door. */
export class ProxyServer {
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #sites: Sites;
  readonly #context: ProxyContext;
  readonly #connections = new Set<ClientConnection>();
  #listener: Deno.TcpListener | undefined;
  #stopping = false;
  #drained = () => {};

  constructor(conf: Conf, parts: ProxyParts) {
    const { clock, random, log, dial, observer = NO_OBSERVER } = parts;
    const deadlines = new Deadlines(clock);
    const { upstreamIdleMax, upstreamIdleTimeoutMs } = conf.server;
    this.#clock = clock;
    this.#deadlines = deadlines;
    this.#sites = buildSites(conf, ({ hostname, port }) =>
      new Pool({
        hostname,
        port,
        dial,
        clock,
        deadlines,
        idleMax: upstreamIdleMax,
        idleTimeoutMs: upstreamIdleTimeoutMs,
      }));
    this.#context = {
      clock,
      random,
      deadlines,
      settings: conf.server,
      router: this.#sites.router,
      limits: new ClientLimits(conf.server.client),
      trusts: trustedBy(conf.server.trustedProxies),
      newRequestId: randomId,
      observer,
      log,
      isStopping: () => this.#stopping,
    };
  }

  /** Starts to serve; port 0 takes any free one. Returns the port. */
  listen({ hostname, port }: { hostname: string; port: number }): number {
    const listener = Deno.listen({ hostname, port });
    this.#listener = listener;
    this.#acceptAll(listener);
    return listener.addr.port;
  }

  /** Takes no more requests, lets those under way finish within `drainMs`. */
  async stop(drainMs = 0): Promise<void> {
    this.#stopping = true;
    this.#listener?.close();
    this.#listener = undefined;
    for (const connection of this.#connections) {
      if (connection.expendable || drainMs === 0) connection.close();
    }
    if (this.#connections.size > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(drainMs, () => {
          for (const connection of this.#connections) connection.close();
        });
        this.#drained = () => {
          cancel();
          resolve();
        };
      });
    }
    for (const pool of this.#sites.pools) pool.close();
  }

  async #acceptAll(listener: Deno.TcpListener): Promise<void> {
    while (!this.#stopping) {
      try {
        this.#serve(await listener.accept());
      } catch (error) {
        if (this.#stopping) return;
        this.#context.log(`cannot accept a connection: ${error}`);
        await new Promise<void>((resolve) =>
          this.#clock.after(ACCEPT_PAUSE_MS, resolve)
        );
      }
    }
  }

  async #serve(stream: Deno.TcpConn): Promise<void> {
    const context = this.#context;
    const { limits, clock } = context;
    const peer = plainIp(stream.remoteAddr.hostname);
    const trusted = context.trusts(peer);
    const client = limits.of(peer, clock.now());
    // Many clients share the connections of a proxy in front.
    const verdict = trusted ? "served" : limits.opened(client);
    if (verdict === "dropped") return stream.close();
    stream.setNoDelay(true);
    const socket = new Socket(stream, (it) => this.#deadlines.delete(it));
    this.#deadlines.add(socket);
    const refused = verdict === "refused";
    const options = { context, peer, client, trusted, refused };
    const connection = new ClientConnection(socket, options);
    this.#connections.add(connection);
    context.observer.connectionOpened();
    try {
      await connection.run();
    } catch (error) {
      this.#context.log(`connection failed: ${error}`);
    } finally {
      if (!trusted) limits.closed(client, { verdict, now: clock.now() });
      this.#connections.delete(connection);
      context.observer.connectionClosed();
      if (this.#connections.size === 0) this.#drained();
    }
  }
}
