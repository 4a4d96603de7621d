/**
 * The headers that every answer carries, errors included: what a page may
 * load and talk to, and who may not frame or read it.
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { isHttps } from "../forwarded.ts";
import { asksForLoopback, ownHost } from "../request_origin.ts";

/**
 * `'self'` in connect-src covers the WebSocket of the same origin. Pictures
 * may be blobs: that is what files from other people are. Nothing else may, so
 * that none of those files runs or plays as a part of a page.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "img-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join("; ");

/** Not no-referrer: it would make a form's Origin null, and the login fail. */
const REFERRER_POLICY = "same-origin";

/** A year of https only; other hosts of the domain are not ours to decide on. */
const LASTING_HTTPS = "max-age=31536000";

/** The same for every answer, so that a kept answer can carry them already. */
export const SECURITY_HEADERS: [name: string, value: string][] = [
  ["Content-Security-Policy", CONTENT_SECURITY_POLICY],
  ["X-Content-Type-Options", "nosniff"],
  ["Referrer-Policy", REFERRER_POLICY],
  [
    "Permissions-Policy",
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
  ],
  ["Cross-Origin-Resource-Policy", "same-origin"],
];

/** Adds them where they are not yet, and those that depend on the origin. */
export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  const { headers } = c.res;
  if (!headers.has("Content-Security-Policy")) {
    for (const [name, value] of SECURITY_HEADERS) headers.set(name, value);
  }
  if (mayLast(c.req.raw)) {
    headers.set("Strict-Transport-Security", LASTING_HTTPS);
  }
  if (isTrustworthy(c.req.raw)) {
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
  }
};

/**
 * Whether the browser may be told to come to this host by https only. It would
 * do so on every port (RFC 6797 8.3): after https on 8443, http on 8081 of the
 * same host would be asked in TLS. So only the front on 443 says it.
 */
function mayLast(request: Request): boolean {
  return isHttps(request) &&
    URL.parse(`https://${ownHost(request)}`)?.port === "";
}

/**
 * Whether the browser counts the origin as secure. On the others it ignores
 * the opener policy and complains in the console of every page.
 */
function isTrustworthy(request: Request): boolean {
  return isHttps(request) || asksForLoopback(request);
}
