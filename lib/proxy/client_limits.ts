/**
 * How much one client may ask of the proxy: connections at a time, requests over
 * time. Pure: it is told the time. A client is an IPv4 address or an IPv6 /64,
 * since a /64 is what one household or one phone gets.
 *
 * The table is bounded. Whoever has a connection open or has asked lately stays
 * in it; whoever is as good as new is forgotten; and where a flood of addresses
 * fills it all the same, the oldest start afresh, so it can only err in their
 * favour.
 * @module
 */
import { type Rate, TokenBucket } from "../token_bucket.ts";

/** As many clients are remembered. */
export const CLIENTS_MAX = 65_536;
/** A newcomer has so many of the oldest looked at, to be forgotten. */
const LOOKED_AT = 8;
/** So many connections beyond the limit are told why, each by a page. */
export const REFUSALS_PER_CLIENT_MAX = 16;

export interface ClientRules {
  /** Connections at a time; 0 for any number. */
  connectionsMax: number;
  /** Requests; undefined for any number. */
  rate: Rate | undefined;
}

/** What the proxy knows of one client. */
export interface Client {
  readonly key: string;
  /** Served at the moment. */
  connections: number;
  /** Being told that they are too many. */
  refusals: number;
  bucket: TokenBucket | undefined;
}

/** A new connection is served, told that it is one too many, or just closed. */
export type Verdict = "served" | "refused" | "dropped";

/** All clients of one proxy. */
export class ClientLimits {
  #rules: ClientRules;
  readonly #clients = new Map<string, Client>();

  constructor(rules: ClientRules) {
    this.#rules = rules;
  }

  /** Other rules from now on, after a reload; everybody's burst is full again. */
  use(rules: ClientRules, now: number): void {
    this.#rules = rules;
    for (const client of this.#clients.values()) {
      client.bucket = this.#newBucket(now);
    }
  }

  get countsRequests(): boolean {
    return this.#rules.rate !== undefined;
  }

  /** How many clients are remembered. */
  get size(): number {
    return this.#clients.size;
  }

  /** Who asks from `address`. */
  of(address: string, now: number): Client {
    const key = clientKey(address);
    const known = this.#clients.get(key);
    if (known !== undefined) return known;
    this.#makeRoom(now);
    const bucket = this.#newBucket(now);
    const client = { key, connections: 0, refusals: 0, bucket };
    this.#clients.set(key, client);
    return client;
  }

  /** A connection has come. */
  opened(client: Client): Verdict {
    const { connectionsMax } = this.#rules;
    if (connectionsMax === 0 || client.connections < connectionsMax) {
      client.connections++;
      return "served";
    }
    if (client.refusals >= REFUSALS_PER_CLIENT_MAX) return "dropped";
    client.refusals++;
    return "refused";
  }

  /** One that was served or refused has ended. */
  closed(
    client: Client,
    { verdict, now }: { verdict: Verdict; now: number },
  ): void {
    if (verdict === "served") client.connections--;
    else client.refusals--;
    if (isAsNew(client, now)) this.#clients.delete(client.key);
  }

  /** Counts a request: 0 where it may be served, else the seconds to wait. */
  secondsToWait({ bucket }: Client, now: number): number {
    if (bucket === undefined || bucket.take(now)) return 0;
    return Math.max(1, Math.ceil(bucket.msUntilNext(now) / 1000));
  }

  #newBucket(now: number): TokenBucket | undefined {
    const { rate } = this.#rules;
    return rate === undefined ? undefined : new TokenBucket(rate, now);
  }

  #makeRoom(now: number): void {
    const oldest = [];
    for (const client of this.#clients.values()) {
      if (oldest.push(client) === LOOKED_AT) break;
    }
    for (const client of oldest) {
      const full = this.#clients.size >= CLIENTS_MAX;
      if (!isConnected(client) && (full || isAsNew(client, now))) {
        this.#clients.delete(client.key);
      } else if (full) {
        // To the end of the queue, so that the next newcomer looks at others.
        this.#clients.delete(client.key);
        this.#clients.set(client.key, client);
      }
    }
  }
}

function isConnected({ connections, refusals }: Client): boolean {
  return connections > 0 || refusals > 0;
}

function isAsNew(client: Client, now: number): boolean {
  const { bucket } = client;
  return !isConnected(client) && (bucket === undefined || bucket.isFull(now));
}

/** The one name of all addresses that are one client. */
export function clientKey(address: string): string {
  if (!address.includes(":")) return address;
  const [left = "", right] = address.toLowerCase().split("::", 2);
  const groups = left === "" ? [] : left.split(":");
  if (right !== undefined) {
    const behind = right === "" ? [] : right.split(":");
    while (groups.length + behind.length < 8) groups.push("0");
    groups.push(...behind);
  }
  const prefix = groups.slice(0, 4).map((group) =>
    group.replace(/^0+(?=.)/, "")
  );
  return `${prefix.join(":")}::/64`;
}
