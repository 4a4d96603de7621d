/**
 * The account page, and POST /account/password {currentPassword, newPassword}:
 * a form that works without script, or JSON that is answered 200 {username}.
 * What is personal is kept by no cache.
 * @module
 */
import { Hono } from "hono";
import {
  ACCOUNT_PAGE,
  type AccountRoutesParts,
  type BackendContext,
  record,
  refuseStranger,
  shownSessions,
  toLogin,
} from "./_own_account.ts";
import { clearSessionCookies, setSessionCookies } from "./cookies.ts";
import { isForm, readFields } from "./credentials.ts";
import { type BackendEnv, clientAddress } from "./guard.ts";
import {
  faultLine,
  HttpError,
  httpErrorOf,
  isFault,
  refuseMethod,
} from "./http_error.ts";
import { ownSessionRoutes } from "./own_sessions_http.ts";
import type { Session } from "./sessions.ts";

export function accountRoutes(parts: AccountRoutesParts): Hono<BackendEnv> {
  const app = new Hono<BackendEnv>();
  app.get(ACCOUNT_PAGE, (c) => showAccount(c, parts));
  app.post("/account/password", (c) => answerPassword(c, parts));
  app.all("/account/password", refuseMethod("POST"));
  app.route("/", ownSessionRoutes(parts));
  return app;
}

async function showAccount(
  c: BackendContext,
  parts: AccountRoutesParts,
): Promise<Response> {
  c.header("Cache-Control", "no-store");
  const session = await parts.sessions.authenticate(c.req.raw);
  if (session === undefined) return toLogin(c);
  const sessions = await shownSessions(parts, session);
  const done = c.req.query("done");
  const fill = { user: session.user, sessions, status: 200, done };
  return await parts.pages.account(c.req.raw, fill);
}

async function answerPassword(
  c: BackendContext,
  parts: AccountRoutesParts,
): Promise<Response> {
  c.header("Cache-Control", "no-store");
  const session = await parts.sessions.authenticate(c.req.raw);
  if (session === undefined) return refuseStranger(c);
  const byForm = isForm(c.req.raw);
  try {
    const passwords = await readPasswords(c.req.raw);
    const address = clientAddress(c.req.raw, c.env);
    const change = { session, address, ...passwords };
    const renewed = await parts.account.changePassword(change);
    record(c, { parts, session, event: "password-changed" });
    if (renewed === undefined) clearSessionCookies(c);
    else setSessionCookies(c, renewed.token, renewed.keptMs);
    if (byForm) return c.redirect(`${ACCOUNT_PAGE}?done=password`, 303);
    return c.json({ username: session.user });
  } catch (error) {
    const refusal = httpErrorOf(error);
    if (refusal?.code === "wrong-password") {
      record(c, { parts, session, event: "password-change-failed" });
    }
    if (refusal === undefined || !byForm) throw error;
    if (isFault(error)) parts.log(faultLine(error, c));
    return await refuseForm(c.req.raw, { parts, session, refusal });
  }
}

/** The page again, with the sentence on it; no password is sent back. */
async function refuseForm(
  request: Request,
  { parts, session, refusal }: {
    parts: AccountRoutesParts;
    session: Session;
    refusal: HttpError;
  },
): Promise<Response> {
  const { code, status, retryAfterSeconds } = refusal;
  const sessions = await shownSessions(parts, session);
  const { user } = session;
  const page = await parts.pages.account(request, {
    user,
    sessions,
    status,
    code,
  });
  if (retryAfterSeconds !== undefined) {
    page.headers.set("Retry-After", String(retryAfterSeconds));
  }
  return page;
}

async function readPasswords(
  request: Request,
): Promise<{ current: string; chosen: string }> {
  const { currentPassword: current, newPassword: chosen } = await readFields(
    request,
  );
  if (typeof current !== "string" || typeof chosen !== "string") {
    throw new HttpError(
      400,
      "bad-message",
      "currentPassword and newPassword must both be given, as text",
    );
  }
  return { current, chosen };
}
