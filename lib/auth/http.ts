/**
 * The routes of login: POST /login, POST /logout, GET /me. Each answers a page
 * without script with redirects and a page with script with JSON.
 * @module
 */
import { type Context, Hono } from "hono";
import type { ErrorCode } from "../wire/wire_error.ts";
import { type Audit, tryRecord } from "./audit.ts";
import {
  clearSessionCookies,
  hasSessionCookie,
  setSessionCookies,
} from "./cookies.ts";
import { type Credentials, isForm, readCredentials } from "./credentials.ts";
import { type BackendEnv, clientAddress, isFromThisMachine } from "./guard.ts";
import {
  faultLine,
  HttpError,
  httpErrorOf,
  isFault,
  refuseMethod,
} from "./http_error.ts";
import type { Login } from "./login.ts";
import { safeNext } from "./next_path.ts";
import { KEPT_SESSION_LIFE, type Session, type Sessions } from "./sessions.ts";

/** What the login page shows after a try that failed. */
export interface LoginRefusal {
  code: ErrorCode;
  status: number;
  next: string;
  /** As it was typed, where the body could be read. */
  username: string | undefined;
  keep: boolean;
  /** Who is logged in in this browser all the same. */
  signedIn: string | undefined;
}

export interface AuthParts {
  login: Pick<Login, "begin">;
  sessions: Sessions;
  audit: Audit;
  pages: {
    /** The login page with a reason on it, in the language of the request. */
    login(request: Request, fill: LoginRefusal): Promise<Response>;
  };
  /** Gets a line for each fault that a page was sent for. */
  log(line: string): void;
  counters: {
    /** An attempt: "ok", or the code that it was refused with. */
    countLogin(outcome: "ok" | ErrorCode): void;
  };
}

type BackendContext = Context<BackendEnv>;

export function authRoutes(parts: AuthParts): Hono<BackendEnv> {
  const app = new Hono<BackendEnv>();
  app.post("/login", (c) => answerLogin(c, parts));
  app.post("/logout", (c) => answerLogout(c, parts));
  app.get("/me", (c) => answerMe(c, parts));
  app.all("/login", refuseMethod("POST"));
  app.all("/logout", refuseMethod("POST"));
  app.all("/me", refuseMethod("GET, HEAD"));
  return app;
}

async function answerLogin(
  c: BackendContext,
  parts: AuthParts,
): Promise<Response> {
  c.header("Cache-Control", "no-store");
  const address = clientAddress(c.req.raw, c.env);
  let credentials: Credentials | undefined;
  let session: Session | undefined;
  try {
    credentials = await readCredentials(c.req.raw);
    const browser = c.req.header("user-agent") ?? "";
    const local = isFromThisMachine(c.req.raw, c.env);
    session = await parts.sessions.authenticate(c.req.raw);
    const attempt = { ...credentials, address, local, browser, session };
    const { user, token } = await parts.login.begin(attempt);
    parts.counters.countLogin("ok");
    tryRecord(parts, { event: "login", user, by: address });
    if (session !== undefined) await endFormer(session, { parts, by: address });
    const { keep } = credentials;
    setSessionCookies(c, token, keep ? KEPT_SESSION_LIFE.totalMs : undefined);
    if (isForm(c.req.raw)) return c.redirect(safeNext(credentials.next), 303);
    return c.json({ username: user });
  } catch (error) {
    const refusal = httpErrorOf(error);
    parts.counters.countLogin(refusal?.code ?? "internal");
    // An attempt that was turned away unchecked leaves no line: a flood would
    // fill the disk.
    if (credentials !== undefined && refusal?.status === 401) {
      const { username: user } = credentials;
      const { reason } = refusal;
      tryRecord(parts, { event: "login-failed", user, by: address, reason });
    }
    if (refusal === undefined || !isForm(c.req.raw)) throw error;
    if (isFault(error)) parts.log(faultLine(error, c));
    const signedIn = session?.user;
    return refuseForm(c.req.raw, { parts, refusal, credentials, signedIn });
  }
}

/** The session that this browser had: its cookie is about to be overwritten. */
export async function endFormer(
  { id, user }: Session,
  { parts, by }: {
    parts: Pick<AuthParts, "sessions" | "audit" | "log">;
    by: string;
  },
): Promise<void> {
  await parts.sessions.end(id);
  tryRecord(parts, { event: "logout", user, by, reason: "new-login" });
}

/** The form again, with the sentence in it: no script is needed to read it. */
async function refuseForm(
  request: Request,
  { parts, refusal, credentials, signedIn }: {
    parts: AuthParts;
    refusal: HttpError;
    credentials: Credentials | undefined;
    signedIn: string | undefined;
  },
): Promise<Response> {
  const { code, status, retryAfterSeconds } = refusal;
  const next = safeNext(credentials?.next);
  const username = credentials?.username;
  const keep = credentials?.keep ?? false;
  const fill = { code, status, next, username, keep, signedIn };
  const page = await parts.pages.login(request, fill);
  if (retryAfterSeconds !== undefined) {
    page.headers.set("Retry-After", String(retryAfterSeconds));
  }
  return page;
}

async function answerLogout(
  c: BackendContext,
  parts: AuthParts,
): Promise<Response> {
  const { sessions } = parts;
  const session = await sessions.authenticate(c.req.raw);
  if (session !== undefined) {
    await sessions.end(session.id);
    const by = clientAddress(c.req.raw, c.env);
    tryRecord(parts, { event: "logout", user: session.user, by });
  }
  clearSessionCookies(c);
  c.header("Cache-Control", "no-store");
  const byScript = c.req.header("accept")?.includes("application/json");
  return byScript ? c.body(null, 204) : c.redirect("/index.html", 303);
}

async function answerMe(
  c: BackendContext,
  { sessions }: AuthParts,
): Promise<Response> {
  const session = await sessions.authenticate(c.req.raw);
  if (session === undefined) {
    const code = hasSessionCookie(c.req.raw)
      ? "session-expired"
      : "unauthorized";
    throw new HttpError(401, code, "Log in first");
  }
  c.header("Cache-Control", "no-store");
  return c.json({ username: session.user });
}
