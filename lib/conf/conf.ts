/**
 * The shape of a proxy conf that has been read: hosts, their locations, where
 * each sends its requests, and how long anything may take. Plain data.
 * @module
 */

/** How a location spreads requests over its targets. */
export type PolicyName =
  | "round-robin"
  | "least-conn"
  | "least-time"
  | "ip-hash"
  | "random";

/** One `proxy_pass`. */
export interface TargetConf {
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  hostname: string;
  port: number;
  weight: number;
  maxFails: number;
  failTimeoutMs: number;
  /** Used only while every other target is down. */
  backup: boolean;
}

/** One `proxy_set_header`: literal text and variables in turn. */
export interface HeaderConf {
  name: string;
  parts: HeaderPart[];
}

export type HeaderPart = { text: string } | { variable: VariableName };

export type VariableName =
  | "host"
  | "remote_addr"
  | "scheme"
  | "proxy_add_x_forwarded_for"
  | "proxy_add_forwarded"
  | "request_id"
  | `http_${string}`;

/** One `add_header`. */
export interface AnswerHeaderConf extends HeaderConf {
  /** With errors too, not only where it went well. */
  always: boolean;
}

/** `health_check`: a GET for `path` every interval. */
export interface HealthCheckConf {
  path: string;
  intervalMs: number;
  timeoutMs: number;
  /** Passed in a row, a target is up again. */
  rises: number;
  /** Failed in a row, it is down. */
  falls: number;
}

/** What a location sets or inherits. */
export interface LocationSettings {
  policy: PolicyName;
  headers: HeaderConf[];
  answerHeaders: AnswerHeaderConf[];
  /** How targets are asked whether they are well; undefined for not at all. */
  healthCheck: HealthCheckConf | undefined;
  /** Whether the location's own prefix is cut off before forwarding. */
  stripPrefix: boolean;
  connectTimeoutMs: number;
  readTimeoutMs: number;
  tunnelTimeoutMs: number;
  /** 0 means any size. */
  bodyBytesMax: number;
  /** Where http is sent on to as https; -1 for nowhere. */
  httpsPort: number;
}

export interface LocationConf extends LocationSettings {
  /** Starts with "/"; "/" is the host's own block. */
  prefix: string;
  targets: TargetConf[];
}

export interface HostConf {
  /** Lower case: `name`, `name:port`, `*.name` or `*`. */
  pattern: string;
  /** Where the block starts, for messages. */
  line: number;
  /** The host's own block first, where it has targets; then its locations. */
  locations: LocationConf[];
}

/** What holds for every connection, before its host is known. */
export interface ServerSettings {
  headerTimeoutMs: number;
  bodyTimeoutMs: number;
  keepaliveTimeoutMs: number;
  sendTimeoutMs: number;
  /** Idle connections kept to each target. */
  upstreamIdleMax: number;
  upstreamIdleTimeoutMs: number;
  upstreamTriesMax: number;
  /** After so long, a failed request is not tried elsewhere. */
  upstreamTriesTimeoutMs: number;
  client: ClientSettings;
  /** How large a request's head may be. */
  head: { bytesMax: number; fieldsMax: number };
  /** Addresses and networks whose X-Forwarded-* headers are believed. */
  trustedProxies: string[];
  /** "" for none. */
  certificateFile: string;
  certificateKeyFile: string;
  /** How many serve side by side. */
  workers: number;
  /** How long requests under way may take once a stop was asked for. */
  drainTimeoutMs: number;
  accessLog: AccessLogConf;
  /** Where Prometheus asks; undefined for nowhere. */
  metrics: { hostname: string; port: number } | undefined;
}

export interface AccessLogConf {
  /** "" for none, "-" for standard output. */
  file: string;
  format: "combined" | "json";
}

/** One port that clients come in by. */
export interface ListenConf {
  /** Undefined where the command line says. */
  hostname: string | undefined;
  port: number;
  tls: boolean;
  http2: boolean;
  /** For messages. */
  line: number;
}

/** How much one client address may ask for. */
export interface ClientSettings {
  /** Connections at a time; 0 for any number. */
  connectionsMax: number;
  /** Requests; undefined for any number. */
  rate: { perSecond: number; burst: number } | undefined;
}

export interface Conf {
  server: ServerSettings;
  /** None where the command line alone says where to listen. */
  listens: ListenConf[];
  hosts: HostConf[];
}

export const SERVER_DEFAULTS: ServerSettings = {
  headerTimeoutMs: 10_000,
  bodyTimeoutMs: 30_000,
  keepaliveTimeoutMs: 75_000,
  sendTimeoutMs: 60_000,
  upstreamIdleMax: 64,
  // Node's servers close idle connections after 5 s: leave before they do.
  upstreamIdleTimeoutMs: 4_000,
  upstreamTriesMax: 3,
  upstreamTriesTimeoutMs: 10_000,
  client: { connectionsMax: 4096, rate: undefined },
  head: { bytesMax: 16 * 1024, fieldsMax: 100 },
  trustedProxies: [],
  certificateFile: "",
  certificateKeyFile: "",
  workers: 1,
  drainTimeoutMs: 5_000,
  accessLog: { file: "", format: "combined" },
  metrics: undefined,
};

export const LOCATION_DEFAULTS: LocationSettings = {
  policy: "round-robin",
  headers: [],
  answerHeaders: [],
  healthCheck: undefined,
  stripPrefix: false,
  connectTimeoutMs: 5_000,
  readTimeoutMs: 60_000,
  tunnelTimeoutMs: 3_600_000,
  bodyBytesMax: 10 * 1024 * 1024,
  httpsPort: -1,
};

export const TARGET_DEFAULTS = {
  weight: 1,
  maxFails: 1,
  failTimeoutMs: 10_000,
  backup: false,
};

export const HEALTH_CHECK_DEFAULTS = {
  intervalMs: 5_000,
  timeoutMs: 2_000,
  rises: 1,
  falls: 2,
};

/** `[::1]:9000` or `127.0.0.1:9000`. */
export function addressOf(target: { hostname: string; port: number }): string {
  const { hostname, port } = target;
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

/**
 * The same conf with targets moved: each `FROM=TO` sends what the conf sends to
 * host:port FROM to TO instead. A FROM that the conf does not name is no fault.
 */
export function mapTargets(conf: Conf, moves: string[]): Conf {
  if (moves.length === 0) return conf;
  const moved = new Map(moves.map(readMove));
  const hosts = conf.hosts.map((host) => ({
    ...host,
    locations: host.locations.map((location) => ({
      ...location,
      targets: location.targets.map((target) => ({
        ...target,
        ...moved.get(addressOf(target)),
      })),
    })),
  }));
  return { ...conf, hosts };
}

function readMove(text: string): [string, { hostname: string; port: number }] {
  const parts = /^(\S+:\d+)=(\S+):(\d+)$/.exec(text);
  const port = Number(parts?.[3]);
  if (parts === null || port < 1 || port > 65_535) {
    throw new RangeError(
      `Cannot move a target by "${text}": write FROM=TO, as in 127.0.0.1:9000=127.0.0.1:9100`,
    );
  }
  const hostname = (parts[2] ?? "").replace(/^\[(.*)\]$/, "$1");
  return [parts[1] ?? "", { hostname, port }];
}
