/**
 * The routes of the site: health and metrics, then pages and files by their
 * path. Who is logged in, and who is the operator, its parts know.
 * @module
 */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import type { ErrorCode } from "../wire/wire_error.ts";
import type { Counters } from "./counters.ts";
import { LOGIN_PAGE, type Pages } from "./pages.ts";
import { respond } from "./respond.ts";
import type { SiteFiles } from "./site_files.ts";
import { sitePath } from "./target.ts";

const FIRST_PAGE = "/index.html";
const SESSION_PAGES = new Set(["/chat.html"]);
/** Pages name it; browsers ask for /favicon.ico where there is no page. */
const ICON = "/static/img/logo.svg";
const READING = "GET, HEAD";

const FOR_EVER = "public, max-age=31536000, immutable";
const ICON_KEPT = "public, max-age=86400";
const CHECK_FIRST = "no-cache";
const PERSONAL = "no-store";

type MaybePromise<T> = T | Promise<T>;

export interface SiteParts<Bindings extends object> {
  files: SiteFiles;
  pages: Pages;
  counters: Counters;
  sessions: {
    /** Who is logged in where the request comes from. */
    authenticate(request: Request): MaybePromise<{ user: string } | undefined>;
  };
  /** Whether a program on this machine asks, past the proxy. */
  isOperator(request: Request, connection: Bindings): boolean;
  /** A path on this site out of whatever `next=` says. */
  safeNext(wanted: string | null): string;
}

export function siteRoutes<Bindings extends object>(
  parts: SiteParts<Bindings>,
): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>();
  app.get("/healthz", (c) => {
    c.header("Cache-Control", "no-store");
    return c.json({ status: "ok" });
  });
  app.get("/metrics", (c) => {
    const { pages, counters, isOperator } = parts;
    if (!isOperator(c.req.raw, c.env)) return pages.notFound(c.req.raw);
    return c.text(counters.text());
  });
  app.get("/favicon.ico", (c) => {
    c.header("Cache-Control", ICON_KEPT);
    return c.redirect(ICON, 308);
  });
  app.all("*", (c) => answer(c, parts));
  return app;
}

/** Counts every answer by its status. */
export function countRequests(counters: Counters): MiddlewareHandler {
  return async (c, next) => {
    await next();
    counters.countRequest(c.res.status);
  };
}

async function answer<Bindings extends object>(
  c: Context<{ Bindings: Bindings }>,
  parts: SiteParts<Bindings>,
): Promise<Response> {
  const request = c.req.raw;
  if (request.method !== "GET" && request.method !== "HEAD") {
    c.header("Allow", READING);
    const code: ErrorCode = "method-not-allowed";
    const message = `This address takes ${READING} only`;
    return c.json({ error: { code, message } }, 405);
  }
  const path = sitePath(request.url);
  if (path === undefined) return await parts.pages.notFound(request);
  if (path === "/") return c.redirect(FIRST_PAGE, 302);
  if (parts.pages.isPage(path)) return await answerPage(c, { parts, path });
  const found = await parts.files.find(path);
  if (found === undefined) return await parts.pages.notFound(request);
  const cacheControl = found.immutable ? FOR_EVER : CHECK_FIRST;
  return await respond(request, found.asset, { cacheControl });
}

async function answerPage<Bindings extends object>(
  c: Context<{ Bindings: Bindings }>,
  { parts, path }: { parts: SiteParts<Bindings>; path: string },
): Promise<Response> {
  const { pages, sessions, safeNext } = parts;
  const request = c.req.raw;
  if (path === LOGIN_PAGE) {
    const wanted = new URL(request.url).searchParams.get("next");
    const fill = {
      next: safeNext(wanted),
      signedIn: await userOf(request, sessions),
    };
    return await pages.login(request, { ...fill, status: 200 });
  }
  if (!SESSION_PAGES.has(path)) {
    return await pages.respond(request, path, CHECK_FIRST);
  }
  if (await sessions.authenticate(request) !== undefined) {
    return await pages.respond(request, path, PERSONAL);
  }
  c.header("Cache-Control", PERSONAL);
  const next = encodeURIComponent(path + new URL(request.url).search);
  // A slash may stand in a query as it is, and reads better.
  return c.redirect(`${LOGIN_PAGE}?next=${next.replaceAll("%2F", "/")}`, 303);
}

/** The name of who is logged in; the login is there also where none can tell. */
async function userOf(
  request: Request,
  sessions: SiteParts<object>["sessions"],
): Promise<string | undefined> {
  try {
    return (await sessions.authenticate(request))?.user;
  } catch {
    // Whoever logs in now is told that the accounts can't be reached.
    return undefined;
  }
}
