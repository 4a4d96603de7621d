/**
 * Whether a request may be what it says: who sent it, behind our own proxy or
 * not, and whether the page that sent it is one of ours. It takes requests as
 * they may be believed (see forwarded.ts).
 * @module
 */
import type { Context, MiddlewareHandler } from "hono";
import { clientIp, forwardedFor, type Trust } from "../forwarded.ts";
import {
  asksForLoopback,
  hasForeignOrigin,
  isCrossSite,
  isLoopback,
  isLoopbackIp,
} from "../request_origin.ts";
import { HttpError } from "./http_error.ts";

/** What is known of a request besides the request. */
export interface Connection {
  remoteAddr: Deno.Addr;
  /** Whose X-Forwarded-* headers are believed. */
  trusts: Trust;
}

/** The environment that every handler of the backend runs in. */
export interface BackendEnv {
  Bindings: Connection;
}

const HOST = /^[\w.:[\]-]+$/;
export const READING_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** The address of the client, as our proxy saw it where there is one. */
export function clientAddress(
  request: Request,
  { remoteAddr, trusts }: Connection,
): string {
  return clientIp(request, remoteAddr, trusts);
}

/**
 * Whether the one who asks sits at this machine. Of the addresses that proxies
 * tell of, all must be its own: the last alone would be that of a proxy on this
 * machine which stands in front of ours and serves the world.
 */
export function isFromThisMachine(
  request: Request,
  { remoteAddr }: Connection,
): boolean {
  return isLoopback(remoteAddr) &&
    forwardedFor(request).every(isLoopbackIp) && asksForLoopback(request);
}

/** Whether a program on this machine asks directly, not through the proxy. */
export function isDirectAndLocal(
  request: Request,
  { remoteAddr }: Connection,
): boolean {
  return isLoopback(remoteAddr) && forwardedFor(request).length === 0;
}

/**
 * Whether a page of this site sent the request, or no page at all: tools send
 * neither header and carry nobody's cookies but their own.
 */
export function isOwnOrigin(request: Request): boolean {
  return !isCrossSite(request) && !hasForeignOrigin(request);
}

/** Refuses what changes something and comes from another site's page. */
export const refuseForeignOrigin: MiddlewareHandler<BackendEnv> = async (
  c: Context<BackendEnv>,
  next,
) => {
  const reads = READING_METHODS.has(c.req.method);
  if (!reads && !isOwnOrigin(c.req.raw)) {
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
