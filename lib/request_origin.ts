/**
 * Whether a request that changes something was made by a page of this site.
 * Pure: reads headers only. A cookie alone does not tell; a browser sends it
 * along for any page that asks.
 * @module
 */
import { isHttps, lastOf } from "./forwarded.ts";

/** A host with an optional port; no userinfo, path or blank. */
const HOST = /^[^\s/@?#\\]+$/;

/** Whether the connection itself comes from this machine. */
export function isLoopback(address: Deno.Addr | undefined): boolean {
  if (address === undefined || !("hostname" in address)) return false;
  return isLoopbackIp(address.hostname);
}

/** Whether `address` is one that a machine has for itself. */
export function isLoopbackIp(address: string): boolean {
  const ip = address.replace(/^::ffff:/i, "");
  return ip === "::1" || /^127\.\d+\.\d+\.\d+$/.test(ip);
}

/**
 * Whether the browser asked for a name that every machine has for itself. What a
 * browser asks for is what its page is called: a site elsewhere whose name is made
 * to lead here is its own page's origin and this machine's address at once.
 */
export function asksForLoopback(request: Request): boolean {
  const host = ownHost(request);
  if (!HOST.test(host)) return false;
  const name = URL.parse(`http://${host}`)?.hostname.replace(/^\[|\]$/g, "");
  return name === "localhost" || isLoopbackIp(name ?? "");
}

/**
 * The host that the browser asked for, as our own proxy names it, or else Host.
 * What strangers claim has ended at the door (see forwarded.ts).
 */
export function ownHost(request: Request): string {
  return lastOf(request.headers.get("x-forwarded-host")) ??
    request.headers.get("host") ?? new URL(request.url).host;
}

/**
 * Whether the Origin header, if there is one, names another site. A terminal
 * peer sends none; it had to have the session's cookie.
 */
export function hasForeignOrigin(request: Request): boolean {
  const origin = request.headers.get("origin");
  if (origin === null) return false;
  const url = URL.parse(origin);
  if (url === null || url.host === "") return true;
  // Whoever sits on the wire can put a page under the same name without TLS.
  if (isHttps(request) && url.protocol !== "https:") return true;
  const host = ownHost(request);
  if (!HOST.test(host)) return true;
  // The same scheme for both, so that a default port counts as none.
  return URL.parse(`${url.protocol}//${host}`)?.host !== url.host;
}

/** Whether the browser itself says that another site's page made the request. */
export function isCrossSite(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  return site !== null && site !== "same-origin" && site !== "none";
}
