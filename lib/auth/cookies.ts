/**
 * The two cookies: the session's, which the server checks, and `auth`, a hint
 * for the page that nothing trusts. Their attributes are written down once, here.
 *
 * Over https the session's is `__Host-session`: browsers take that name from
 * this very host and over TLS only, so no neighbouring host and nobody on the
 * wire can plant one. Over http it is `session`. Each counts the way that it was
 * set and no other: browsers send the first over http to the machine itself, but
 * let nobody end it there, so a dead one would hide each login. What a
 * neighbouring host has planted as `session` is taken away at each login, or
 * beside it the own one would never count.
 * @module
 */
import type { Context } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import { isIP } from "node:net";
import { isHttps } from "../forwarded.ts";
import { ownHost } from "../request_origin.ts";

const PLAIN_COOKIE = "session";
const HOST_COOKIE = "__Host-session";
const HINT_COOKIE = "auth";
const HINT_ATTRIBUTES = { path: "/", sameSite: "Lax" } as const;
const SESSION_ATTRIBUTES = { ...HINT_ATTRIBUTES, httpOnly: true } as const;

/** 32 random bytes in base64url, as randomId(32) makes them. */
const SESSION_TOKEN = /^[A-Za-z0-9_-]{43}$/;

/**
 * Where one can be planted so that it comes with what a person needs: everywhere,
 * or along the way to one of these addresses. The browser's own is at "/".
 */
const PLANTED_PATHS = [
  ...["/", "/login", "/logout", "/me", "/chat.html", "/account.html"],
  ...["/account", "/account/", "/account/password", "/account/sessions"],
  ...["/identity", "/identity/", "/identity/keys", "/identity/nonce"],
  ...["/tracker", "/tracker/", "/tracker/socket"],
];
/** Of a longer name the nearest: an answer's head has no room for more. */
const PLANTED_DOMAINS_MAX = 3;

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
  if (!secure) removePlanted(c);
}

/** A cookie of this host alone has no Domain, so none of these is our own. */
function removePlanted(c: Context): void {
  for (const domain of sharedDomains(ownHost(c.req.raw))) {
    for (const path of PLANTED_PATHS) {
      deleteCookie(c, PLAIN_COOKIE, { path, domain });
    }
  }
}

/**
 * The domains that `host` shares with hosts below it or beside it, as a browser
 * may take them: no address, nor a name without a dot.
 */
function sharedDomains(host: string): string[] {
  const name = URL.parse(`http://${host}`)?.hostname ?? "";
  const labels = name.split(".");
  if (isIP(name) !== 0 || labels.includes("")) return [];
  return labels.slice(0, -1).map((_label, at) => labels.slice(at).join("."))
    .slice(0, PLANTED_DOMAINS_MAX);
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

/** The values under the name that counts the way that the request came. */
function sessionValues(request: Request): string[] {
  const name = isHttps(request) ? HOST_COOKIE : PLAIN_COOKIE;
  return cookieValues(request, name);
}

function cookieValues(request: Request, name: string): string[] {
  const header = request.headers.get("cookie");
  if (header === null) return [];
  const prefix = `${name}=`;
  return header.split(";").map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix))
    .map((pair) => pair.slice(prefix.length));
}
