/**
 * Whether a request may be what it says: who sent it, behind our own proxy or
 * not, and whether the page that sent it is one of ours. Headers that the
 * proxy adds are believed from this machine only.
 * @module
 */
import type { Context, MiddlewareHandler } from "hono";
import {
  hasForeignOrigin,
  isCrossSite,
  isLoopback,
  isLoopbackIp,
} from "../request_origin.ts";
import { HttpError } from "./http_error.ts";

/** What Deno.serve tells about a request besides the request. */
export interface Connection {
  remoteAddr: Deno.Addr;
}

/** The environment that every handler of the backend runs in. */
export interface BackendEnv {
  Bindings: Connection;
}

const HOST = /^[\w.:[\]-]+$/;
const READING_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** The address of the client, as our proxy saw it where there is one. */
export function clientAddress(
  request: Request,
  connection: Connection,
): string {
  const direct = directAddress(connection);
  const forwarded = isLoopback(connection.remoteAddr)
    ? lastOf(request.headers.get("x-forwarded-for"))
    : undefined;
  return forwarded ?? direct;
}

/**
 * Whether the one who asks sits at this machine. Of the addresses that proxies
 * tell of, all must be its own: the last alone would be that of a proxy on this
 * machine which stands in front of ours and serves the world.
 */
export function isFromThisMachine(
  request: Request,
  connection: Connection,
): boolean {
  if (!isLoopback(connection.remoteAddr)) return false;
  const forwarded = request.headers.get("x-forwarded-for");
  if (forwarded === null) return true;
  return forwarded.split(",").every((address) => isLoopbackIp(address.trim()));
}

/** Whether a program on this machine asks directly, not through the proxy. */
export function isDirectAndLocal(
  request: Request,
  connection: Connection,
): boolean {
  return isLoopback(connection.remoteAddr) &&
    !request.headers.has("x-forwarded-for");
}

/**
 * Whether a page of this site sent the request, or no page at all: tools send
 * neither header and carry nobody's cookies but their own.
 */
export function isOwnOrigin(
  request: Request,
  { remoteAddr }: Connection,
): boolean {
  const fromLoopback = isLoopback(remoteAddr);
  return !isCrossSite(request) && !hasForeignOrigin(request, { fromLoopback });
}

/** Refuses what changes something and comes from another site's page. */
export const refuseForeignOrigin: MiddlewareHandler<BackendEnv> = async (
  c: Context<BackendEnv>,
  next,
) => {
  const reads = READING_METHODS.has(c.req.method);
  if (!reads && !isOwnOrigin(c.req.raw, c.env)) {
    throw new HttpError(
      403,
      "forbidden-origin",
      "This request came from another site's page",
    );
  }
  await next();
};

/** Refuses a Host that is no host: `a/b@c` would move into the path. */
export const refuseBadHost: MiddlewareHandler<BackendEnv> = async (c, next) => {
  const host = c.req.raw.headers.get("host");
  if (host !== null && !HOST.test(host)) {
    throw new HttpError(400, "bad-message", "The Host header is not a host");
  }
  await next();
};

function directAddress({ remoteAddr }: Connection): string {
  return "hostname" in remoteAddr ? remoteAddr.hostname : "";
}

/** The last of a list is what the nearest proxy, ours, has added. */
function lastOf(list: string | null): string | undefined {
  return list?.split(",").at(-1)?.trim() || undefined;
}
