/**
 * Whose word about a request is taken. A proxy in front tells in X-Forwarded-*
 * who asked, how and for which host; anybody else could claim the same. So what
 * strangers claim ends at the door, and behind it these headers may be read as
 * they are. Pure: knows requests and addresses, not what follows from them.
 * @module
 */
import { BlockList, isIP } from "node:net";

/** Whether what comes from `address` may speak for others. */
export type Trust = (address: string) => boolean;

/** Stands for every address that a machine has for itself. */
export const LOOPBACK = "loopback";
const LOOPBACK_NETWORKS = ["127.0.0.0/8", "::1"];
const CLAIMS = [
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
];
/** RFC 7239 6.2: somebody whom nobody knows asked whoever is in front of us. */
const UNKNOWN = "unknown";

/** Trusts `10.0.0.9`, `10.0.0.0/8`, `loopback`; SyntaxError for what is none. */
export function trustedProxies(names: string[]): Trust {
  const list = new BlockList();
  const networks = names.flatMap((name) =>
    name === LOOPBACK ? LOOPBACK_NETWORKS : [name]
  );
  for (const network of networks) addNetwork(list, network);
  return (address) => {
    const ip = plainIp(address);
    return isIP(ip) !== 0 && list.check(ip, familyOf(ip));
  };
}

/** `::ffff:10.0.0.9` is 10.0.0.9, and a zone names no other machine. */
export function plainIp(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
}

/**
 * The request as it may be believed: as it came from a trusted proxy, and from
 * anybody else without what it claims. That it claimed anything is kept, for a
 * proxy which nobody has named must not make the whole world look local.
 */
export function believedRequest(
  request: Request,
  from: Deno.Addr | undefined,
  trusts: Trust,
): Request {
  if (trusts(ipOf(from))) return request;
  if (!CLAIMS.some((name) => request.headers.has(name))) return request;
  const headers = new Headers(request.headers);
  for (const name of CLAIMS) headers.delete(name);
  headers.set("x-forwarded-for", UNKNOWN);
  return new Request(request, { headers });
}

/**
 * Who asks, of a request that may be believed: the last address on the way that
 * is no proxy of ours, for whatever stands before it that one may have made up.
 */
export function clientIp(
  request: Request,
  from: Deno.Addr | undefined,
  trusts: Trust,
): string {
  let client = plainIp(ipOf(from));
  for (const address of forwardedFor(request).reverse()) {
    if (!trusts(client) || isIP(plainIp(address)) === 0) break;
    client = plainIp(address);
  }
  return client;
}

/** The addresses that proxies tell of, the client's own first. */
export function forwardedFor(request: Request): string[] {
  const list = request.headers.get("x-forwarded-for");
  return list === null ? [] : list.split(",").map((address) => address.trim());
}

/** Whether the browser asked over TLS, of a request that may be believed. */
export function isHttps(request: Request): boolean {
  const told = lastOf(request.headers.get("x-forwarded-proto"));
  return (told ?? new URL(request.url).protocol.slice(0, -1)) === "https";
}

/** The last of a list is what the nearest proxy has added. */
export function lastOf(list: string | null): string | undefined {
  return list?.split(",").at(-1)?.trim().toLowerCase() || undefined;
}

function ipOf(address: Deno.Addr | undefined): string {
  return address !== undefined && "hostname" in address ? address.hostname : "";
}

function familyOf(ip: string): "ipv4" | "ipv6" {
  return isIP(ip) === 6 ? "ipv6" : "ipv4";
}

function addNetwork(list: BlockList, network: string): void {
  const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(network) ??
    [];
  const bitsMax = isIP(address) === 6 ? 128 : 32;
  const length = bits === undefined ? bitsMax : Number(bits);
  if (isIP(address) === 0 || length > bitsMax) {
    throw new SyntaxError(
      `"${network}" is neither an address nor a network like 10.0.0.0/8, nor "${LOOPBACK}"`,
    );
  }
  list.addSubnet(address, length, familyOf(address));
}
