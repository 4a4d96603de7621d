/**
 * The proxy itself: its doors, its connections, another conf while they go on,
 * and an end that lets what is under way finish.
 * @module
 */
import type { SecureContext } from "node:tls";
import { type Clock, systemClock } from "../clock.ts";
import type { Conf } from "../conf/conf.ts";
import { plainIp } from "../forwarded.ts";
import { type Random, randomId } from "../random.ts";
import { ClientConnection, type ClientFacts } from "./client_connection.ts";
import { ClientLimits } from "./client_limits.ts";
import type { ProxyContext } from "./context.ts";
import { Deadlines } from "./deadlines.ts";
import { type DoorKind, type DoorPlan, Doors, type Prepared } from "./doors.ts";
import { HealthChecks } from "./health_checks.ts";
import { Http2Door } from "./http2_door.ts";
import { NO_OBSERVER, type Observer, type Scheme } from "./observer.ts";
import { type Dial, Pool } from "./pool.ts";
import { buildSites, type Site, type Sites } from "./sites.ts";
import { type ByteStream, Socket } from "./socket.ts";
import { TlsStream } from "./tls_stream.ts";
import { trustedBy } from "./trust.ts";
import { Turnstile } from "./turnstile.ts";

export interface ProxyParts {
  clock: Clock;
  random: Random;
  log: (line: string) => void;
  /** Opens connections to backends. */
  dial: Dial;
  /** Is told of every request: access log, metrics. */
  observer?: Observer;
  /** Several of these share each port. */
  reusePort?: boolean;
}

/** What a proxy serves, and where. */
export interface Service {
  conf: Conf;
  doors: DoorPlan[];
  /** Undefined where no door speaks TLS. */
  secureContext: SecureContext | undefined;
}

/** The machine's own way to a backend. */
export const dialTcp: Dial = async (options) => {
  const stream = await Deno.connect(options);
  stream.setNoDelay(true);
  return stream;
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** One front door. */
export class ProxyServer {
  readonly #clock: Clock;
  readonly #dial: Dial;
  readonly #deadlines: Deadlines;
  readonly #context: Mutable<ProxyContext>;
  readonly #healthChecks: HealthChecks;
  readonly #connections = new Set<ClientConnection>();
  /** Connections whose handshake is not over. */
  readonly #shakingHands = new Set<TlsStream>();
  readonly #doors: Doors;
  #sites: Sites;
  #secureContext: SecureContext | undefined;
  /** Made when the first client chooses it. */
  #http2: Http2Door | undefined;
  #stopping = false;
  #drained = () => {};

  constructor(conf: Conf, parts: ProxyParts) {
    const { clock, random, log, dial, observer = NO_OBSERVER } = parts;
    const deadlines = new Deadlines(clock);
    this.#clock = clock;
    this.#dial = dial;
    this.#deadlines = deadlines;
    this.#healthChecks = new HealthChecks({ clock, dial, log });
    this.#doors = new Doors({
      clock,
      log,
      reusePort: parts.reusePort ?? false,
      onConnection: (stream, kind) => this.#accepted(stream, kind),
    });
    // A copy: a reload writes into it, and whoever holds it sees the change.
    const settings = { ...conf.server };
    this.#sites = buildSites(conf, this.#newPool(settings));
    this.#context = {
      clock,
      random,
      deadlines,
      settings,
      router: this.#sites.router,
      limits: new ClientLimits(conf.server.client),
      // The event loop turns in real time, also where a test's clock stands still.
      turnstile: new Turnstile(systemClock),
      trusts: trustedBy(conf.server.trustedProxies),
      newRequestId: randomId,
      observer,
      log,
      isStopping: () => this.#stopping,
    };
  }

  /** Opens a plain door; port 0 takes any free one. Returns the port. */
  listen(place: { hostname: string; port: number }): number {
    const port = this.#doors.open({ ...place, kind: "plain" });
    this.#healthChecks.use(this.#sites.all);
    return port;
  }

  /** All locations that are served, with their backends. */
  get sites(): readonly Site[] {
    return this.#sites.all;
  }

  /** Where clients come in. */
  get addresses(): DoorPlan[] {
    return this.#doors.addresses;
  }

  /**
   * Makes another service ready beside the one that runs. Throws a DoorError
   * where it cannot, and then nothing has changed. Once committed, it holds from
   * the next request on, also on connections that are open.
   */
  prepare({ conf, doors, secureContext }: Service): Prepared {
    const prepared = this.#doors.prepare(doors);
    const commit = () => {
      this.#secureContext = secureContext;
      this.#serveBy(conf);
      prepared.commit();
    };
    return { commit, abandon: prepared.abandon };
  }

  /** Takes no more requests, lets those under way finish within `drainMs`. */
  async stop(drainMs = 0): Promise<void> {
    this.#stopping = true;
    this.#healthChecks.stop();
    this.#doors.close();
    for (const stream of this.#shakingHands) stream.close();
    const http2Drained = this.#http2?.drain();
    for (const connection of this.#connections) connection.leave();
    const cancel = drainMs === 0
      ? this.#closeAll()
      : this.#clock.after(drainMs, () => this.#closeAll());
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
      if (this.#connections.size === 0) resolve();
    });
    await http2Drained;
    cancel?.();
    for (const pool of this.#sites.pools.values()) pool.close();
  }

  #closeAll(): undefined {
    for (const connection of this.#connections) connection.close();
    this.#http2?.close();
  }

  #serveBy(conf: Conf): void {
    const before = this.#sites;
    const context = this.#context;
    const { upstreamIdleMax, upstreamIdleTimeoutMs } = context.settings;
    const poolsFit = upstreamIdleMax === conf.server.upstreamIdleMax &&
      upstreamIdleTimeoutMs === conf.server.upstreamIdleTimeoutMs;
    const newPool = this.#newPool(conf.server);
    this.#sites = buildSites(conf, newPool, { before, poolsFit });
    if (!sameRules(context.settings.client, conf.server.client)) {
      context.limits.use(conf.server.client, this.#clock.now());
    }
    Object.assign(context.settings, conf.server);
    context.router = this.#sites.router;
    this.#healthChecks.use(this.#sites.all);
    context.trusts = trustedBy(conf.server.trustedProxies);
    for (const [address, pool] of before.pools) {
      if (this.#sites.pools.get(address) !== pool) pool.retire();
    }
  }

  #newPool({ upstreamIdleMax, upstreamIdleTimeoutMs }: Conf["server"]) {
    return ({ hostname, port }: { hostname: string; port: number }) =>
      new Pool({
        hostname,
        port,
        dial: this.#dial,
        clock: this.#clock,
        deadlines: this.#deadlines,
        idleMax: upstreamIdleMax,
        idleTimeoutMs: upstreamIdleTimeoutMs,
      });
  }

  #accepted(stream: Deno.TcpConn, kind: DoorKind): void {
    stream.setNoDelay(true);
    const peer = plainIp(stream.remoteAddr.hostname);
    if (kind === "plain") {
      void this.#welcome(stream, { peer, scheme: "http" });
      return;
    }
    const context = this.#secureContext;
    if (context === undefined) return stream.close();
    const protocols = kind === "http2" ? ["h2", "http/1.1"] : ["http/1.1"];
    const secure = new TlsStream(stream, { context, protocols });
    void this.#welcome(secure, { peer, scheme: "https" });
  }

  /** Counts a connection with its client's others, and sees it to its end. */
  async #welcome(
    stream: ByteStream,
    { peer, scheme }: { peer: string; scheme: Scheme },
  ): Promise<void> {
    const context = this.#context;
    const { limits, clock, observer } = context;
    const trusted = context.trusts(peer);
    const client = limits.of(peer, clock.now());
    // Many clients share the connections of a proxy in front.
    const verdict = trusted ? "served" : limits.opened(client);
    if (verdict === "dropped") return stream.close();
    const refused = verdict === "refused";
    const facts = { context, peer, scheme, client, trusted, refused };
    observer.connectionOpened();
    try {
      if (await this.#choosesHttp2(stream)) {
        await this.#serveHttp2(stream, facts);
      } else await this.#serve(stream, facts);
    } catch (error) {
      context.log(`connection failed: ${error}`);
    } finally {
      if (!trusted) limits.closed(client, { verdict, now: clock.now() });
      observer.connectionClosed();
    }
  }

  async #choosesHttp2(stream: ByteStream): Promise<boolean> {
    if (!(stream instanceof TlsStream && stream.offersHttp2)) return false;
    const { clock, deadlines, settings } = this.#context;
    const deadlineMs = clock.now() + settings.headerTimeoutMs;
    const handshake = {
      isDue: (now: number) => now >= deadlineMs,
      expire: () => stream.close(),
    };
    deadlines.add(handshake);
    this.#shakingHands.add(stream);
    try {
      return await stream.handshake() === "h2";
    } catch {
      // Whoever reads from it next finds it closed.
      return false;
    } finally {
      deadlines.delete(handshake);
      this.#shakingHands.delete(stream);
    }
  }

  #serveHttp2(stream: ByteStream, facts: ClientFacts): Promise<void> {
    const { clock, deadlines } = this.#context;
    this.#http2 ??= new Http2Door({
      clock,
      deadlines,
      idleMs: () => this.#context.settings.keepaliveTimeoutMs,
    });
    return this.#http2.run(
      stream,
      (request) => this.#serve(request, { ...facts, http2: true }),
    );
  }

  async #serve(stream: ByteStream, facts: ClientFacts): Promise<void> {
    const socket = new Socket(stream, (it) => this.#deadlines.delete(it));
    this.#deadlines.add(socket);
    const connection = new ClientConnection(socket, facts);
    this.#connections.add(connection);
    try {
      await connection.run();
    } finally {
      this.#connections.delete(connection);
      if (this.#connections.size === 0) this.#drained();
    }
  }
}

function sameRules(
  one: Conf["server"]["client"],
  other: Conf["server"]["client"],
): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
