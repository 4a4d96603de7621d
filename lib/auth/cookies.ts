/**
 * The two cookies: the session's, which the server checks, and `auth`, a hint
 * for the page that nothing trusts. Their attributes are written down once, here.
 *
 * Over https the session's is `__Host-session`: browsers take that name from
 * this very host and over TLS only, so no neighbouring host and nobody on the
 * wire can plant one. Over http it is `session`, and counts nowhere else.
 * @module
 */
import type { Context } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import { isHttps } from "../forwarded.ts";

const PLAIN_COOKIE = "session";
const HOST_COOKIE = "__Host-session";
const HINT_COOKIE = "auth";
const HINT_ATTRIBUTES = { path: "/", sameSite: "Lax" } as const;
const SESSION_ATTRIBUTES = { ...HINT_ATTRIBUTES, httpOnly: true } as const;

/** 32 random bytes in base64url, as randomId(32) makes them. */
const SESSION_TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Sets both; the browser keeps them for `keptMs`, or else until it is closed. */
export function setSessionCookies(
  c: Context,
  token: string,
  keptMs?: number,
): void {
  const secure = isHttps(c.req.raw);
  const life = keptMs === undefined
    ? { secure }
    : { secure, maxAge: Math.floor(keptMs / 1_000) };
  const name = secure ? HOST_COOKIE : PLAIN_COOKIE;
  setCookie(c, name, token, { ...SESSION_ATTRIBUTES, ...life });
  setCookie(c, HINT_COOKIE, "true", { ...HINT_ATTRIBUTES, ...life });
}

export function clearSessionCookies(c: Context): void {
  const secure = isHttps(c.req.raw);
  if (secure) {
    deleteCookie(c, HOST_COOKIE, { ...SESSION_ATTRIBUTES, secure });
  }
  deleteCookie(c, PLAIN_COOKIE, { ...SESSION_ATTRIBUTES, secure });
  deleteCookie(c, HINT_COOKIE, { ...HINT_ATTRIBUTES, secure });
}

/** Whether the request claims to have a session, rightly or not. */
export function hasSessionCookie(request: Request): boolean {
  return sessionValues(request).length > 0;
}

/**
 * The session cookie's value where it looks like one of ours. Two of them are
 * none: the second may have been planted by a neighbouring host.
 */
export function sessionToken(request: Request): string | undefined {
  const [token, ...others] = sessionValues(request);
  if (token === undefined || others.length > 0) return undefined;
  return SESSION_TOKEN.test(token) ? token : undefined;
}

/** The values under the stronger name, or where that may lack, the other. */
function sessionValues(request: Request): string[] {
  const values = cookieValues(request, HOST_COOKIE);
  if (values.length > 0 || isHttps(request)) return values;
  return cookieValues(request, PLAIN_COOKIE);
}

function cookieValues(request: Request, name: string): string[] {
  const header = request.headers.get("cookie");
  if (header === null) return [];
  const prefix = `${name}=`;
  return header.split(";").map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix))
    .map((pair) => pair.slice(prefix.length));
}
