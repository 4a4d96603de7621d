/**
 * One request and its response: a backend is chosen and asked, another where
 * that may be done safely, and what it answers streams to the client.
 *
 *   choose ─► connect ─► send head ─► read head ─► relay body ─► keep or close
 *     ▲           │           │            │            ╰ broken: close the client
 *     ╰ any method╯           ╰─ GET, HEAD, OPTIONS without an answer's byte ─╯
 *
 * Whoever leaves early ends the other side at once: a client that goes away
 * closes the upstream connection, a response cut short closes the client's.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- bytes and attempts have an order
import { ByteWriter } from "../http1/byte_writer.ts";
import type { Http1Error } from "../http1/http1_error.ts";
import type { RequestHead } from "../http1/request_head.ts";
import { chooseBackend, noteAnswer } from "./balance.ts";
import type { ProxyContext } from "./context.ts";
import { Download, malformed } from "./download.ts";
import { ClientGone, UpstreamFailure } from "./failures.ts";
import {
  type RequestFacts,
  type ResponseShape,
  writeRequestHead,
} from "./heads.ts";
import type { RequestRecord } from "./observer.ts";
import { ConnectTimeout, type Upstream } from "./pool.ts";
import type { Backend, Site } from "./sites.ts";
import type { Socket } from "./socket.ts";
import { runTunnel } from "./tunnel.ts";
import { Upload } from "./upload.ts";

/** Methods that may be sent twice (RFC 9110 9.2.1). */
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** A client's requests, one at a time; made once for each connection. */
export class Exchange {
  /** Whether it has become a tunnel. */
  tunnelling = false;
  readonly #client: Socket;
  readonly #context: ProxyContext;
  readonly #upload: Upload;
  readonly #out = new ByteWriter();
  readonly #download: Download;
  readonly #record: RequestRecord;
  readonly #trusted: boolean;
  #head!: RequestHead;
  #site!: Site;
  #upstream: Upstream | undefined;
  #backend: Backend | undefined;
  #started = false;
  #repeatable = false;
  #watching = false;
  /** Why the client's side ended, once it has. */
  #clientFault: ClientGone | Http1Error | undefined;

  constructor(
    client: Socket,
    { context, record, trusted }: {
      context: ProxyContext;
      record: RequestRecord;
      trusted: boolean;
    },
  ) {
    this.#client = client;
    this.#context = context;
    this.#record = record;
    this.#trusted = trusted;
    this.#upload = new Upload(client, context);
    this.#download = new Download(client, context);
  }

  /** Whether the client has been sent a byte of an answer. */
  get answering(): boolean {
    return this.#download.begun;
  }

  /** Whether the request has been read to its end. */
  get requestReceived(): boolean {
    return this.#started && this.#upload.received;
  }

  /** A new request is awaited: nothing of the last one holds. */
  reset(): void {
    this.#download.begun = false;
    this.#clientFault = undefined;
    this.#started = false;
  }

  /**
   * Serves the request whose head was just read. True where the connection may
   * carry another; throws ClientGone, UpstreamFailure or Http1Error.
   */
  async run(
    head: RequestHead,
    { site, target }: { site: Site; target: string },
  ): Promise<boolean> {
    this.#head = head;
    this.#site = site;
    const out = this.#out;
    out.clear();
    writeRequestHead(out, head, this.#facts(target));
    this.#upload.start(head.framing, {
      bytesMax: site.conf.bodyBytesMax,
      out,
    });
    this.#started = true;
    this.#repeatable = this.#upload.received && SAFE_METHODS.has(head.method);
    try {
      return await this.#relay(await this.#reach());
    } finally {
      this.#end();
    }
  }

  /** Ends what is under way on both sides. */
  #end(): void {
    this.#watching = false;
    this.#record.bodyBytesReceived = this.#upload.bytesReceived;
    this.#upload.abandoned = true;
    this.#client.lastWords = undefined;
    this.#drop();
  }

  /** Closes the upstream connection, unless the pool has it back. */
  #drop(): void {
    this.#upstream?.socket.close();
    this.#upstream = undefined;
    if (this.#backend !== undefined) this.#backend.active--;
    this.#backend = undefined;
  }

  #facts(target: string): RequestFacts {
    return {
      target,
      peer: this.#record.peer,
      clientAddress: this.#record.clientAddress,
      trusted: this.#trusted,
      plan: this.#site.plan,
      newRequestId: this.#context.newRequestId,
    };
  }

  /** Asks backends until one begins to answer. */
  async #reach(): Promise<Upstream> {
    const { clock, random, settings } = this.#context;
    const { backends, policy } = this.#site;
    const startedAt = clock.now();
    const { upstreamTriesMax, upstreamTriesTimeoutMs } = settings;
    const seeker = {
      clientAddress: this.#record.clientAddress,
      random,
      now: startedAt,
    };
    const tried = new Set<Backend>();
    let failure: UpstreamFailure | undefined;
    while (tried.size < upstreamTriesMax) {
      const backend = chooseBackend(backends, seeker, { policy, tried });
      if (backend === undefined) break;
      try {
        return await this.#ask(backend);
      } catch (error) {
        this.#drop();
        if (!(error instanceof UpstreamFailure)) throw error;
        this.#blame(backend, error);
        if (!this.#mayAskAgain(error)) throw error;
        failure = error;
        tried.add(backend);
        seeker.now = clock.now();
        if (seeker.now - startedAt >= upstreamTriesTimeoutMs) break;
      }
    }
    throw failure ??
      new UpstreamFailure("no target", { status: 503, reached: "nothing" });
  }

  /** What timed out may still be at work, so it is not doubled elsewhere. */
  #mayAskAgain({ reached, status }: UpstreamFailure): boolean {
    return reached === "nothing" ||
      (reached === "sent" && status !== 504 && this.#repeatable);
  }

  #blame(backend: Backend, failure: UpstreamFailure): void {
    const { clock, log } = this.#context;
    if (!backend.health.failed(clock.now())) return;
    log(`backend ${backend.address} is down: ${failure.message}`);
  }

  async #ask(backend: Backend): Promise<Upstream> {
    backend.active++;
    this.#backend = backend;
    this.#record.backend = backend.address;
    const kept = backend.pool.take();
    if (kept !== undefined) {
      try {
        return await this.#askOn(kept);
      } catch (error) {
        // The backend may have been closing it just then: no fault of its own.
        kept.socket.close();
        const stale = error instanceof UpstreamFailure &&
          error.reached === "sent" && error.status === 502;
        if (!stale || !this.#repeatable) throw error;
      }
    }
    return await this.#askOn(await this.#connect(backend));
  }

  async #connect(backend: Backend): Promise<Upstream> {
    try {
      return await backend.pool.connect(this.#site.conf.connectTimeoutMs);
    } catch (cause) {
      const late = cause instanceof ConnectTimeout;
      throw new UpstreamFailure(
        late ? "no connection in time" : "connection refused",
        { status: late ? 504 : 502, reached: "nothing", cause },
      );
    }
  }

  /** Sends the request on `upstream` and reads the head of the answer. */
  async #askOn(upstream: Upstream): Promise<Upstream> {
    const { socket } = upstream;
    this.#upstream = upstream;
    this.#record.tries++;
    const startedAt = this.#context.clock.now();
    socket.deadlineMs = startedAt + this.#site.conf.readTimeoutMs;
    try {
      await socket.write(this.#out.view());
    } catch (cause) {
      throw this.#upstreamEnded(socket, cause);
    }
    if (this.#upload.received) this.#sentAll();
    else this.#sendRest(socket);
    await this.#readHead(upstream);
    const backend = this.#backend!;
    if (backend.health.succeeded()) {
      this.#context.log(`backend ${backend.address} is up again`);
    }
    const now = this.#context.clock.now();
    this.#record.answeredMs = now;
    noteAnswer(backend, { tookMs: now - startedAt, now });
    return upstream;
  }

  #sentAll(): void {
    this.#upload.sent = true;
    this.#watching = true;
    this.#watchClient();
  }

  #sendRest(socket: Socket): void {
    const { clock } = this.#context;
    // While the body is on its way, its own deadlines hold.
    socket.deadlineMs = Infinity;
    this.#upload.warnBeforeClose();
    this.#upload.run(socket, this.#out).then(() => {
      if (this.#upload.abandoned) return;
      socket.deadlineMs = clock.now() + this.#site.conf.readTimeoutMs;
      if (this.#upload.received) this.#sentAll();
    }, (error) => this.#clientFailed(error));
  }

  #clientFailed(fault: ClientGone | Http1Error): void {
    this.#clientFault ??= fault;
    this.#upstream?.socket.close();
  }

  /** Reads ahead, to notice a client that leaves while its answer is made. */
  #watchClient(): void {
    if (this.#client.hasRoom) this.#client.fill().then(this.#onClientRead);
    else if (this.#client.ended) this.#clientFailed(new ClientGone());
  }

  readonly #onClientRead = (more: boolean): void => {
    if (!this.#watching) return;
    if (more) this.#watchClient();
    else this.#clientFailed(new ClientGone());
  };

  /** Reads up to the final head, passing 1xx ones on. */
  async #readHead(upstream: Upstream): Promise<void> {
    const { socket, head } = upstream;
    const { method, minor } = this.#head;
    for (;;) {
      const { bytes, start: from, end: to } = socket;
      let next = -1;
      try {
        if (from < to) next = head.read(bytes, { from, to, method });
      } catch (cause) {
        throw malformed(cause);
      }
      if (next === -1) {
        if (!await socket.fill()) throw this.#upstreamEnded(socket);
        continue;
      }
      socket.start = next;
      if (head.status >= 200 || head.status === 101) return;
      const shape = { body: "none", connection: undefined } as const;
      if (minor === 1) await this.#download.sendHead(upstream, shape);
    }
  }

  /** Why nothing more comes from upstream. */
  #upstreamEnded(socket: Socket, cause?: unknown): Error {
    if (this.#clientFault !== undefined) return this.#clientFault;
    const begun = socket.start < socket.end || this.answering;
    const reached = begun ? "answering" : "sent";
    return socket.expired
      ? new UpstreamFailure("no answer in time", {
        status: 504,
        reached,
        cause,
      })
      : new UpstreamFailure("connection closed", { reached, cause });
  }

  /** Streams the response; true where the client's connection lives on. */
  async #relay(upstream: Upstream): Promise<boolean> {
    if (upstream.head.status === 101) return await this.#tunnel(upstream);
    this.#record.status = upstream.head.status;
    const shape = this.#shape(upstream);
    const { readTimeoutMs } = this.#site.conf;
    try {
      await this.#download.run(upstream, { shape, readTimeoutMs });
    } catch (error) {
      if (this.#clientFault !== undefined) throw this.#clientFault;
      if (error instanceof UpstreamFailure) this.#blame(this.#backend!, error);
      throw error;
    }
    this.#watching = false;
    this.#record.complete = true;
    if (upstream.head.keepAlive && this.#upload.sent) {
      this.#upstream = undefined;
      this.#backend!.pool.put(upstream);
    }
    return shape.connection !== "close";
  }

  #shape({ head }: Upstream): ResponseShape {
    const { keepAlive, minor } = this.#head;
    const { kind } = head.framing;
    // An end by close could not be told from an end by accident.
    const counted = kind === "chunked" || kind === "close";
    const body = counted ? (minor === 1 ? "chunked" : "close") : kind;
    const stays = keepAlive && body !== "close" && this.#upload.received &&
      !this.#context.isStopping();
    if (!stays) return { body, connection: "close" };
    return { body, connection: minor === 0 ? "keep-alive" : undefined };
  }

  /** The backend has agreed: from here on both sides only pass bytes. */
  async #tunnel(upstream: Upstream): Promise<boolean> {
    if (this.#head.upgrade !== "websocket") {
      throw new UpstreamFailure("an upgrade that nobody asked for", {
        reached: "answering",
      });
    }
    this.#watching = false;
    const shape = { body: "none", connection: "Upgrade" } as const;
    await this.#download.sendHead(upstream, shape);
    this.tunnelling = true;
    this.#record.status = 101;
    this.#record.tunnelled = true;
    const { clock } = this.#context;
    const timeoutMs = this.#site.conf.tunnelTimeoutMs;
    await runTunnel(this.#client, upstream.socket, { clock, timeoutMs });
    this.#record.complete = true;
    return false;
  }
}
