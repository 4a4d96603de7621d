/**
 * Whom a request is sent to: the first backend, and after a failure the next one
 * where that may be done. It counts what is under way at each and keeps their
 * record; it knows no bytes.
 *
 *   What never arrived may go anywhere. What may have arrived is asked again only
 *   if it is safe and no byte of an answer has come; never after a timeout.
 * @module
 */
import { chooseBackend, noteAnswer, type Seeker } from "./balance.ts";
import type { ProxyContext } from "./context.ts";
import { UpstreamFailure } from "./failures.ts";
import type { RequestRecord } from "./observer.ts";
import type { Backend, Site } from "./sites.ts";

/** One request's tries at a time; made once for each client connection. */
export class Attempts {
  /** Who is asked now. */
  backend: Backend | undefined;
  /** Whether a kept connection may be used: not after one was found dead. */
  mayUseKept = true;
  /** When that was decided. */
  askedMs = 0;
  readonly #context: ProxyContext;
  readonly #record: RequestRecord;
  readonly #seeker: Seeker;
  #site!: Site;
  #startedMs = 0;
  #repeatable = false;
  /** Made for those requests only that need it. */
  #tried: Set<Backend> | undefined;

  constructor(context: ProxyContext, record: RequestRecord) {
    this.#context = context;
    this.#record = record;
    this.#seeker = { clientAddress: "", random: context.random, now: 0 };
  }

  /** A new request; throws where its site has no backend. */
  begin(
    site: Site,
    { now, repeatable }: { now: number; repeatable: boolean },
  ): void {
    this.#site = site;
    this.#seeker.clientAddress = this.#record.clientAddress;
    this.#startedMs = this.askedMs = this.#seeker.now = now;
    this.#repeatable = repeatable;
    this.#tried = undefined;
    this.#choose(undefined);
  }

  /** The backend's answer has begun. */
  answered(now: number): void {
    const backend = this.backend!;
    if (backend.health.succeeded()) {
      this.#context.log(`backend ${backend.address} is up again`);
    }
    noteAnswer(backend, { tookMs: now - this.askedMs, now });
  }

  /**
   * Readies the next try, or throws `failure` where there is none. `kept` tells
   * that it happened on a connection that had served before.
   */
  again(failure: UpstreamFailure, kept: boolean): void {
    const { reached, status } = failure;
    const lost = reached === "sent" && status !== 504;
    if (kept && lost && this.#repeatable) {
      // The backend may have been closing it just then: no fault of its own.
      this.mayUseKept = false;
      return;
    }
    const backend = this.backend!;
    this.blame(failure);
    this.end();
    if (reached !== "nothing" && !(lost && this.#repeatable)) throw failure;
    const { clock, settings } = this.#context;
    const tried = this.#tried ??= new Set();
    tried.add(backend);
    const now = this.askedMs = this.#seeker.now = clock.now();
    const late = now - this.#startedMs >= settings.upstreamTriesTimeoutMs;
    if (late || tried.size >= settings.upstreamTriesMax) throw failure;
    this.#choose(failure);
  }

  /** The backend did not do its part. */
  blame(failure: UpstreamFailure): void {
    const { clock, log } = this.#context;
    const backend = this.backend!;
    if (!backend.health.failed(clock.now())) return;
    log(`backend ${backend.address} is down: ${failure.message}`);
  }

  /** Nothing is asked any more. */
  end(): void {
    if (this.backend !== undefined) this.backend.active--;
    this.backend = undefined;
  }

  #choose(failure: UpstreamFailure | undefined): void {
    const { backends, policy } = this.#site;
    const tried = this.#tried ?? NONE;
    const backend = chooseBackend(backends, this.#seeker, { policy, tried });
    if (backend === undefined) {
      throw failure ??
        new UpstreamFailure("no target", { status: 503, reached: "nothing" });
    }
    backend.active++;
    this.backend = backend;
    this.mayUseKept = true;
    this.#record.backend = backend.address;
  }
}

const NONE: ReadonlySet<Backend> = new Set();
