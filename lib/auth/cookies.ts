/**
 * The two cookies: `session`, which the server checks, and `auth`, a hint for
 * the page that nothing trusts. Their attributes are written down once, here.
 * @module
 */
import type { Context } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";

const SESSION_COOKIE = "session";
const HINT_COOKIE = "auth";
const HINT_ATTRIBUTES = { path: "/", sameSite: "Lax" } as const;
const SESSION_ATTRIBUTES = { ...HINT_ATTRIBUTES, httpOnly: true } as const;

/** 32 random bytes in base64url, as randomId(32) makes them. */
const SESSION_TOKEN = /^[A-Za-z0-9_-]{43}$/;

export function setSessionCookies(c: Context, token: string): void {
  setCookie(c, SESSION_COOKIE, token, SESSION_ATTRIBUTES);
  setCookie(c, HINT_COOKIE, "true", HINT_ATTRIBUTES);
}

export function clearSessionCookies(c: Context): void {
  deleteCookie(c, SESSION_COOKIE, SESSION_ATTRIBUTES);
  deleteCookie(c, HINT_COOKIE, HINT_ATTRIBUTES);
}

/** Whether the request claims to have a session, rightly or not. */
export function hasSessionCookie(request: Request): boolean {
  return cookieValues(request, SESSION_COOKIE).length > 0;
}

/**
 * The session cookie's value where it looks like one of ours. Two of them are
 * none: the second may have been planted by a neighbouring host.
 */
export function sessionToken(request: Request): string | undefined {
  const [token, ...others] = cookieValues(request, SESSION_COOKIE);
  if (token === undefined || others.length > 0) return undefined;
  return SESSION_TOKEN.test(token) ? token : undefined;
}

function cookieValues(request: Request, name: string): string[] {
  const header = request.headers.get("cookie");
  if (header === null) return [];
  const prefix = `${name}=`;
  return header.split(";").map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix))
    .map((pair) => pair.slice(prefix.length));
}
