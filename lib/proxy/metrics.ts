/**
 * Counts what goes by. Pure, and cheap enough for every request: numbers go up
 * in place, and only a snapshot makes anything new.
 * @module
 */
import type { Observer, RequestRecord } from "./observer.ts";
import type { Site } from "./sites.ts";

/** Upper bounds of the classes that durations are counted in, in milliseconds. */
export const DURATION_BOUNDS_MS = [
  ...[1, 5, 10, 25, 50, 100, 250, 500],
  ...[1_000, 2_500, 5_000, 10_000, 30_000, 60_000],
] as const;

/** Requests of one host. */
export interface HostCounts {
  /** By the first digit of their status, 1 to 5. */
  byClass: number[];
  /** As DURATION_BOUNDS_MS, and one for what took longer. */
  durations: number[];
  durationSumMs: number;
}

/** One backend of one location, as it is now. */
export interface BackendState {
  host: string;
  location: string;
  address: string;
  up: boolean;
  requests: number;
}

/** Plain data, so that it can come from another thread. */
export interface Snapshot {
  hosts: Record<string, HostCounts>;
  connectionsOpen: number;
  connectionsTotal: number;
  requestsOpen: number;
  webSocketsTotal: number;
  retries: number;
  bytesReceived: number;
  bytesSent: number;
  backends: BackendState[];
}

/** The counts of one proxy since its start. */
export class Metrics implements Observer {
  readonly #hosts = new Map<string, HostCounts>();
  #connectionsOpen = 0;
  #connectionsTotal = 0;
  #requestsOpen = 0;
  #webSocketsTotal = 0;
  #retries = 0;
  #bytesReceived = 0;
  #bytesSent = 0;

  connectionOpened(): void {
    this.#connectionsOpen++;
    this.#connectionsTotal++;
  }

  connectionClosed(): void {
    this.#connectionsOpen--;
  }

  requestStarted(): void {
    this.#requestsOpen++;
  }

  requestEnded(record: RequestRecord): void {
    // What was no request has not been started, either.
    if (record.method !== "") this.#requestsOpen--;
    this.#bytesReceived += record.bodyBytesReceived;
    this.#bytesSent += record.bytesSent;
    if (record.tries > 1) this.#retries += record.tries - 1;
    const counts = this.#countsOf(record.site);
    const kind = Math.floor(record.status / 100);
    if (kind >= 1 && kind <= 5) counts.byClass[kind - 1]!++;
    // A WebSocket lasts as long as people like; that is no latency.
    if (record.tunnelled) this.#webSocketsTotal++;
    else count(counts, record.endedMs - record.startedMs);
  }

  snapshot(sites: readonly Site[], now: number): Snapshot {
    return {
      hosts: Object.fromEntries(
        [...this.#hosts].map(([host, counts]) => [host, copyOf(counts)]),
      ),
      connectionsOpen: this.#connectionsOpen,
      connectionsTotal: this.#connectionsTotal,
      requestsOpen: this.#requestsOpen,
      webSocketsTotal: this.#webSocketsTotal,
      retries: this.#retries,
      bytesReceived: this.#bytesReceived,
      bytesSent: this.#bytesSent,
      backends: sites.flatMap((site) => backendStates(site, now)),
    };
  }

  /** Only patterns of the conf come here, so strangers cannot add to them. */
  #countsOf(host: string): HostCounts {
    const known = this.#hosts.get(host);
    if (known !== undefined) return known;
    const counts = newCounts();
    this.#hosts.set(host, counts);
    return counts;
  }
}

function newCounts(): HostCounts {
  return {
    byClass: [0, 0, 0, 0, 0],
    durations: DURATION_BOUNDS_MS.map(() => 0).concat(0),
    durationSumMs: 0,
  };
}

function copyOf({ byClass, durations, durationSumMs }: HostCounts): HostCounts {
  return {
    byClass: [...byClass],
    durations: [...durations],
    durationSumMs,
  };
}

function count(counts: HostCounts, durationMs: number): void {
  let at = 0;
  while (
    at < DURATION_BOUNDS_MS.length && durationMs > DURATION_BOUNDS_MS[at]!
  ) at++;
  counts.durations[at]!++;
  counts.durationSumMs += durationMs;
}

function backendStates(site: Site, now: number): BackendState[] {
  return site.backends.map(({ address, health, active }) => ({
    host: site.pattern,
    location: site.prefix,
    address,
    up: !health.isDown(now),
    requests: active,
  }));
}

/** The hosts of several workers together. */
export function sumHosts(
  snapshots: readonly Snapshot[],
): Map<string, HostCounts> {
  const sums = new Map<string, HostCounts>();
  for (const { hosts } of snapshots) {
    for (const [host, counts] of Object.entries(hosts)) {
      const sum = sums.get(host) ?? newCounts();
      counts.byClass.forEach((value, at) => sum.byClass[at]! += value);
      counts.durations.forEach((value, at) => sum.durations[at]! += value);
      sum.durationSumMs += counts.durationSumMs;
      sums.set(host, sum);
    }
  }
  return sums;
}
