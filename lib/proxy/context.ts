/**
 * What every connection of one proxy shares.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { ServerSettings } from "../conf/conf.ts";
import type { Random } from "../random.ts";
import type { ClientLimits } from "./client_limits.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Observer } from "./observer.ts";
import type { Site } from "./sites.ts";
import type { Router } from "./route.ts";
import type { Turnstile } from "./turnstile.ts";

/** The parts that a connection works with. */
export interface ProxyContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly deadlines: Deadlines;
  readonly settings: ServerSettings;
  readonly router: Router<Site>;
  readonly limits: ClientLimits;
  readonly turnstile: Turnstile;
  /** Whether the peer's word about others is taken. */
  readonly trusts: (address: string) => boolean;
  readonly newRequestId: () => string;
  /** Is told of every request. */
  readonly observer: Observer;
  readonly log: (line: string) => void;
  /** No further request is taken on any connection. */
  readonly isStopping: () => boolean;
}
