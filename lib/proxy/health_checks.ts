/**
 * Asks backends in turn whether they are well, as `health_check` says, and tells
 * their records. Backends of several locations on one address that are checked
 * alike are asked once. The next question waits for the answer to the last.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- a backend is asked again and again
import type { Clock } from "../clock.ts";
import type { HealthCheckConf } from "../conf/conf.ts";
import type { Dial } from "./pool.ts";
import { probe } from "./probe.ts";
import type { Backend, Site } from "./sites.ts";

export interface HealthCheckParts {
  clock: Clock;
  dial: Dial;
  log: (line: string) => void;
}

/** Backends that one question is for. */
interface Group {
  check: HealthCheckConf;
  backends: Backend[];
}

/** All checks of one proxy. */
export class HealthChecks {
  readonly #parts: HealthCheckParts;
  #aborter: AbortController | undefined;

  constructor(parts: HealthCheckParts) {
    this.#parts = parts;
  }

  /** Checks the backends of `sites` from now on, and none of those before. */
  use(sites: readonly Site[]): void {
    this.stop();
    const aborter = new AbortController();
    this.#aborter = aborter;
    for (const group of groupsOf(sites)) this.#watch(group, aborter.signal);
  }

  stop(): void {
    this.#aborter?.abort();
    this.#aborter = undefined;
  }

  async #watch(group: Group, signal: AbortSignal): Promise<void> {
    const { clock, dial } = this.#parts;
    const { intervalMs, timeoutMs, path } = group.check;
    const { hostname, port } = group.backends[0]!;
    const target = { hostname, port, path };
    while (!signal.aborted) {
      const fault = await probe(target, { clock, dial, timeoutMs, signal });
      if (signal.aborted) return;
      this.#tell(group, fault);
      await pause(clock, intervalMs, signal);
    }
  }

  #tell({ check, backends }: Group, fault: string | undefined): void {
    const { clock, log } = this.#parts;
    const now = clock.now();
    let turn;
    for (const { health } of backends) {
      turn = health.checked(fault === undefined, check, now) ?? turn;
    }
    const { address } = backends[0]!;
    if (turn === "up") log(`backend ${address} is up again`);
    if (turn === "down") {
      log(`backend ${address} is down: health check ${check.path}: ${fault}`);
    }
  }
}

function groupsOf(sites: readonly Site[]): Iterable<Group> {
  const groups = new Map<string, Group>();
  for (const { conf: { healthCheck: check }, backends } of sites) {
    if (check === undefined) continue;
    for (const backend of backends) {
      const key = JSON.stringify([backend.address, check]);
      const group = groups.get(key) ?? { check, backends: [] };
      group.backends.push(backend);
      groups.set(key, group);
    }
  }
  return groups.values();
}

/** Returns after `delayMs`, or at once when `signal` is aborted. */
function pause(
  clock: Clock,
  delayMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = () => {
    cancel();
    signal.removeEventListener("abort", done);
    resolve();
  };
  const cancel = clock.after(delayMs, done);
  signal.addEventListener("abort", done);
  return promise;
}
