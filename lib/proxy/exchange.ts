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
import { Attempts } from "./attempts.ts";
import { isThisMachine } from "./claims.ts";
import type { ProxyContext } from "./context.ts";
import { Download, malformed } from "./download.ts";
import { ClientGone, UpstreamFailure } from "./failures.ts";
import { type AddedLines, HeaderPlan } from "./header_plan.ts";
import {
  type RequestFacts,
  type ResponseShape,
  writeRequestHead,
} from "./heads.ts";
import type { RequestRecord } from "./observer.ts";
import { ConnectTimeout, type Upstream } from "./pool.ts";
import type { Site } from "./sites.ts";
import type { Socket } from "./socket.ts";
import { Tunnel } from "./tunnel.ts";
import { Upload } from "./upload.ts";
import { valueOf } from "./variables.ts";

/** Methods that may be sent twice (RFC 9110 9.2.1). */
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);
const NO_PLAN = new HeaderPlan([]);
/** 1xx pass on as they are. */
const INTERIM: ResponseShape = { body: "none", connection: undefined };
const SWITCHING: ResponseShape = { body: "none", connection: "Upgrade" };

/** A client's requests, one at a time; made once for each connection. */
export class Exchange {
  /** What it has become, for a WebSocket. */
  tunnel: Tunnel | undefined;
  readonly #client: Socket;
  readonly #context: ProxyContext;
  readonly #upload: Upload;
  readonly #out = new ByteWriter();
  readonly #download: Download;
  readonly #attempts: Attempts;
  readonly #record: RequestRecord;
  readonly #facts: RequestFacts;
  #head!: RequestHead;
  #site!: Site;
  #upstream: Upstream | undefined;
  /** A backend that was given up may still be taking what was written. */
  #outLent = false;
  #added: AddedLines | undefined;
  #started = false;
  #answered = false;
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
    this.#upload = new Upload(client, context);
    this.#download = new Download(client, context);
    this.#attempts = new Attempts(context, record);
    this.#facts = {
      target: "",
      peer: record.peer,
      clientAddress: record.clientAddress,
      scheme: record.scheme,
      trusted,
      loopback: isThisMachine(record.peer),
      plan: NO_PLAN,
      newRequestId: context.newRequestId,
      requestId: "",
    };
  }

  /** Whether the client has been sent a byte of an answer. */
  get answering(): boolean {
    return this.#download.begun;
  }

  /** What the conf adds to an error page that is sent in an answer's place. */
  get addedToPages(): string {
    return this.#added?.always ?? "";
  }

  /** Whether the request has been read to its end. */
  get requestReceived(): boolean {
    return this.#started && this.#upload.received;
  }

  /** A new request is awaited: nothing of the last one holds. */
  reset(): void {
    this.#download.begun = false;
    this.#clientFault = undefined;
    this.#added = undefined;
    this.#started = false;
    this.#answered = false;
  }

  /**
   * Serves the request whose head was just read. True where the connection may
   * carry another; throws UpstreamFailure, Http1Error, or what says that the
   * client is gone. A request on a kept connection waits twice in here: for the
   * answer, and for the client to take it.
   */
  async run(
    head: RequestHead,
    { site, target }: { site: Site; target: string },
  ): Promise<boolean> {
    this.#prepare(head, { site, target });
    try {
      for (;;) {
        try {
          const upstream = this.#takeKept() ?? await this.#connect();
          this.#ask(upstream);
          for (;;) {
            const found = this.#takeHead(upstream);
            if (found === "final") break;
            if (found === "interim") await this.#passInterim(upstream);
            else if (!await upstream.socket.fill()) this.#ended(upstream);
          }
          const shape = this.#answer(upstream);
          if (shape === SWITCHING) return await this.#tunnel(upstream);
          const { readTimeoutMs } = site.conf;
          const now = this.#record.answeredMs;
          await this.#download.run(upstream, { shape, readTimeoutMs, now });
          this.#complete(upstream);
          return shape.connection !== "close";
        } catch (error) {
          this.#recover(error);
        }
      }
    } finally {
      this.#end();
    }
  }

  #prepare(
    head: RequestHead,
    { site, target }: { site: Site; target: string },
  ): void {
    this.#head = head;
    this.#site = site;
    const out = this.#out;
    if (this.#outLent) out.renew();
    this.#outLent = false;
    out.clear();
    const facts = this.#facts;
    facts.target = target;
    facts.clientAddress = this.#record.clientAddress;
    facts.plan = site.plan;
    facts.requestId = "";
    writeRequestHead(out, head, facts);
    if (!site.answers.isEmpty) {
      this.#added = site.answers.lines((name) =>
        valueOf(name, { head, facts })
      );
    }
    const upload = this.#upload;
    upload.start(head.framing, { conf: site.conf, plan: site.plan, out });
    this.#started = true;
    const repeatable = upload.received && SAFE_METHODS.has(head.method);
    const now = this.#record.startedMs;
    this.#attempts.begin(site, { now, repeatable });
  }

  /** Ends what is under way on both sides. */
  #end(): void {
    this.#unwatch();
    this.#record.bodyBytesReceived = this.#upload.bytesReceived;
    this.#upload.abandoned = true;
    this.#client.lastWords = undefined;
    this.#drop();
    this.#attempts.end();
  }

  /** Closes the upstream connection, unless the pool has it back. */
  #drop(): void {
    const upstream = this.#upstream;
    if (upstream === undefined) return;
    if (upstream.socket.sending) this.#outLent = true;
    upstream.socket.close();
    this.#upstream = undefined;
  }

  #takeKept(): Upstream | undefined {
    const { backend, mayUseKept } = this.#attempts;
    return mayUseKept ? backend!.pool.take() : undefined;
  }

  async #connect(): Promise<Upstream> {
    const upstream = await this.#dial();
    // Nobody waits for it any more: better not asked than asked for nothing.
    if (this.#clientFault === undefined) return upstream;
    upstream.socket.close();
    throw this.#clientFault;
  }

  async #dial(): Promise<Upstream> {
    const { pool } = this.#attempts.backend!;
    if (this.#upload.received) this.#watch();
    try {
      return await pool.connect(this.#site.conf.connectTimeoutMs);
    } catch (cause) {
      const late = cause instanceof ConnectTimeout;
      throw new UpstreamFailure(
        late ? "no connection in time" : "connection refused",
        { status: late ? 504 : 502, reached: "nothing", cause },
      );
    }
  }

  /** Sends the request on `upstream`. */
  #ask(upstream: Upstream): void {
    const { socket } = upstream;
    this.#upstream = upstream;
    this.#record.tries++;
    if (this.#upload.received) {
      const { readTimeoutMs } = this.#site.conf;
      socket.deadlineMs = this.#attempts.askedMs + readTimeoutMs;
      socket.send(this.#out.view());
      this.#sentAll();
    } else this.#sendRest(socket);
  }

  #sentAll(): void {
    this.#upload.sent = true;
    this.#watch();
  }

  #watch(): void {
    this.#watching = true;
    this.#client.watcher = this.#onClientRead;
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
    if (this.#client.hasRoom) this.#client.fill();
    else if (this.#client.ended) this.#clientFailed(new ClientGone());
  }

  #unwatch(): void {
    this.#watching = false;
    this.#client.watcher = undefined;
  }

  readonly #onClientRead = (more: boolean): void => {
    if (!this.#watching) return;
    if (more) this.#watchClient();
    else this.#clientFailed(new ClientGone());
  };

  /** Reads the answer's head where it has come. */
  #takeHead({ socket, head }: Upstream): "final" | "interim" | "incomplete" {
    const { bytes, start: from, end: to } = socket;
    if (from === to) return "incomplete";
    let next: number;
    try {
      next = head.read(bytes, { from, to, method: this.#head.method });
    } catch (cause) {
      throw malformed(cause);
    }
    if (next === -1) return "incomplete";
    socket.start = next;
    return head.status >= 200 || head.status === 101 ? "final" : "interim";
  }

  /** HTTP/1.0 knows no 1xx. */
  async #passInterim(upstream: Upstream): Promise<void> {
    if (this.#head.minor === 0) return;
    await this.#download.sendHead(upstream, INTERIM);
  }

  /** Throws why nothing more comes from upstream. */
  #ended({ socket }: Upstream): never {
    if (this.#clientFault !== undefined) throw this.#clientFault;
    const begun = socket.start < socket.end || this.answering;
    const reached = begun ? "answering" : "sent";
    throw socket.expired
      ? new UpstreamFailure("no answer in time", { status: 504, reached })
      : new UpstreamFailure("connection closed", { reached });
  }

  /** Notes that the answer has begun, and returns how it leaves. */
  #answer(upstream: Upstream): ResponseShape {
    const now = this.#context.clock.now();
    const { status } = upstream.head;
    this.#answered = true;
    this.#record.answeredMs = now;
    this.#record.status = status;
    this.#attempts.answered(now);
    return status === 101 ? SWITCHING : this.#shape(upstream);
  }

  #shape({ head }: Upstream): ResponseShape {
    const { keepAlive, minor } = this.#head;
    const { kind } = head.framing;
    // An end by close could not be told from an end by accident.
    const counted = kind === "chunked" || kind === "close";
    const body = counted ? (minor === 1 ? "chunked" : "close") : kind;
    const stays = keepAlive && body !== "close" && this.#upload.received &&
      !this.#context.isStopping();
    const added = this.#added;
    if (!stays) return { body, connection: "close", added };
    return { body, connection: minor === 0 ? "keep-alive" : undefined, added };
  }

  /** The answer is out; a connection that can be used again goes to its pool. */
  #complete(upstream: Upstream): void {
    this.#unwatch();
    this.#record.complete = true;
    const { head, socket } = upstream;
    if (!head.keepAlive || !this.#upload.sent || socket.sending) return;
    this.#upstream = undefined;
    this.#attempts.backend!.pool.put(upstream);
  }

  /** Readies another try after a failure, or throws what there is to say. */
  #recover(error: unknown): void {
    if (this.#clientFault !== undefined) throw this.#clientFault;
    if (!(error instanceof UpstreamFailure)) throw error;
    if (this.#answered) {
      this.#attempts.blame(error);
      throw error;
    }
    const kept = this.#upstream?.reused ?? false;
    this.#drop();
    this.#attempts.again(error, kept);
  }

  /** The backend has agreed: from here on both sides only pass bytes. */
  async #tunnel(upstream: Upstream): Promise<boolean> {
    const agreed = this.#head.upgrade === "websocket" &&
      upstream.head.agreesTo("websocket");
    if (!agreed) {
      throw new UpstreamFailure("an upgrade that nobody asked for", {
        reached: "answering",
      });
    }
    this.#unwatch();
    await this.#download.sendHead(upstream, SWITCHING);
    this.#record.tunnelled = true;
    const { clock } = this.#context;
    const timeoutMs = this.#site.conf.tunnelTimeoutMs;
    this.tunnel = new Tunnel(this.#client, upstream.socket, {
      clock,
      timeoutMs,
    });
    await this.tunnel.run();
    this.#record.complete = true;
    return false;
  }
}
