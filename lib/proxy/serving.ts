/**
 * One that serves by order, in this thread or in another; and the one in this.
 * @module
 */
import { secureContextOf } from "./certificate.ts";
import type { DoorPlan, Prepared } from "./doors.ts";
import type { ServiceOrder } from "./load_service.ts";
import { type ProxyParts, ProxyServer } from "./server.ts";

/** Whoever gets an order answers with `prepare`; then either of the two. */
export interface Serving {
  /** Makes ready what is ordered; throws where it can't, and nothing changed. */
  prepare(order: ServiceOrder): Promise<void>;
  commit(): void;
  abandon(): void;
  /** Takes no more requests, lets those under way finish within `drainMs`. */
  stop(drainMs: number): Promise<void>;
}

/** Serves in this thread. */
export class LocalServing implements Serving {
  readonly #parts: ProxyParts;
  #server: ProxyServer | undefined;
  #prepared: Prepared | undefined;

  constructor(parts: ProxyParts) {
    this.#parts = parts;
  }

  /** Where clients come in. */
  get addresses(): DoorPlan[] {
    return this.#server?.addresses ?? [];
  }

  // deno-lint-ignore require-await -- a throw has to become a rejection
  async prepare({ conf, doors, certificate }: ServiceOrder): Promise<void> {
    const secureContext = certificate && secureContextOf(certificate);
    this.#server ??= new ProxyServer(conf, this.#parts);
    this.#prepared = this.#server.prepare({ conf, doors, secureContext });
  }

  commit(): void {
    this.#prepared?.commit();
    this.#prepared = undefined;
  }

  abandon(): void {
    this.#prepared?.abandon();
    this.#prepared = undefined;
  }

  async stop(drainMs: number): Promise<void> {
    this.abandon();
    await this.#server?.stop(drainMs);
  }
}
