/**
 * Reads one value of a directive: a duration, a size, a target's address. Each
 * returns undefined for what it cannot read; the caller says where that stood.
 * @module
 */

const DURATION_UNITS: Record<string, number> = {
  ms: 1,
  "": 1_000,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const SIZE_UNITS: Record<string, number> = {
  "": 1,
  k: 1_024,
  m: 1_048_576,
  g: 1_073_741_824,
};
/** A week: whatever is longer is a slip of the pen. */
const DURATION_MS_MAX = 604_800_000;
/** Letters, digits, `-`, `_` and dots between: what DNS and hosts files hold. */
const HOST_NAME = /^(?!-)[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;
const IPV4_LIKE = /^[0-9.]+$/;
const IPV6 = /^[0-9a-f:]*:[0-9a-f:.]*$/;

/** `10s`, `500ms`, `5m`, `1h`; a bare number is seconds. */
export function readDuration(text: string): number | undefined {
  const parts = /^(\d{1,9})(ms|s|m|h|d)?$/.exec(text);
  if (parts === null) return undefined;
  const ms = Number(parts[1]) * (DURATION_UNITS[parts[2] ?? ""] ?? NaN);
  return ms >= 1 && ms <= DURATION_MS_MAX ? ms : undefined;
}

/** `10m`, `64k`, `1g`; a bare number is bytes, 0 lifts the limit. */
export function readSize(text: string): number | undefined {
  const parts = /^(\d{1,9})([kmg])?$/.exec(text.toLowerCase());
  if (parts === null) return undefined;
  return Number(parts[1]) * (SIZE_UNITS[parts[2] ?? ""] ?? NaN);
}

/** A whole number of at most five digits, not less than `least`. */
export function readCount(text: string, least: number): number | undefined {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  return value >= least ? value : undefined;
}

/** `20r/s` or `90r/m`, in requests a second. */
export function readRate(text: string): number | undefined {
  const parts = /^(\d{1,5})r\/(s|m)$/.exec(text);
  const count = Number(parts?.[1] ?? 0);
  if (count === 0) return undefined;
  return parts?.[2] === "m" ? count / 60 : count;
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/** A port as text, or undefined where it is none. */
export function readPort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return isPort(port) ? port : undefined;
}

/** Whether `text`, in lower case, is a host name, an IPv4 or an IPv6 address. */
export function isHostName(text: string): boolean {
  if (IPV4_LIKE.test(text)) {
    const numbers = text.split(".");
    return numbers.length === 4 &&
      numbers.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
  }
  if (text.includes(":")) {
    return IPV6.test(text) && URL.canParse(`http://[${text}]`);
  }
  return text.length <= 253 && HOST_NAME.test(text);
}

/** The one form of a host pattern, or undefined where it is none. */
export function readHostPattern(text: string): string | undefined {
  const pattern = text.toLowerCase();
  if (pattern === "*") return pattern;
  const parts = /^(\*\.)?(\[[^\]]*\]|[^:\[\]]+)(?::(\d{1,5}))?$/.exec(pattern);
  if (parts === null) return undefined;
  const [, wildcard = "", written = "", port] = parts;
  const bracketed = written.startsWith("[");
  const bare = bracketed ? written.slice(1, -1) : written.replace(/\.$/, "");
  if (bracketed !== bare.includes(":") || !isHostName(bare)) return undefined;
  if (port !== undefined && !isPort(Number(port))) return undefined;
  const name = bracketed ? `[${bare}]` : bare;
  return `${wildcard}${name}${port === undefined ? "" : `:${Number(port)}`}`;
}

/** Host and port of a target's URL, or the reason why it has none. */
export function readTarget(
  text: string,
): { hostname: string; port: number; path: string } | string {
  const parts = /^([a-z]+):\/\/(\[[^\]]*\]|[^:\/?#\[\]]*)(?::([^\/?#]*))?(.*)$/
    .exec(text.toLowerCase());
  if (parts === null) {
    return `bad URL "${text}", expected one like http://127.0.0.1:9000`;
  }
  const [, scheme, host = "", portText = "80", path = ""] = parts;
  if (scheme !== "http") {
    return `targets speak http, not "${scheme}", expected one like http://127.0.0.1:9000`;
  }
  const hostname = host.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  if (
    !isHostName(hostname) || hostname.includes(":") !== host.startsWith("[")
  ) {
    return `bad host "${host}", expected a name or an address`;
  }
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  if (!isPort(port)) {
    return `bad port "${portText}", expected a number from 1 to 65535`;
  }
  return { hostname, port, path };
}
