/**
 * The routes of a person's own sessions. A page's forms are answered with
 * redirects to the account page, tools get JSON:
 *
 *     GET    /account/sessions      200 {sessions: SessionShown[]}
 *     DELETE /account/sessions      all but the one that asks: 200 {ended}
 *     DELETE /account/sessions/:id  204, or 404 for any but one's own
 *     POST   /account/sessions/end  {session}, and /end-others: the forms
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
} from "./_own_account.ts";
import { clearSessionCookies } from "./cookies.ts";
import { isForm, readFields } from "./credentials.ts";
import type { BackendEnv } from "./guard.ts";
import { HttpError, refuseMethod } from "./http_error.ts";
import type { Session } from "./sessions.ts";

const SESSIONS = "/account/sessions";

export function ownSessionRoutes(parts: AccountRoutesParts): Hono<BackendEnv> {
  const app = new Hono<BackendEnv>();
  app.get(SESSIONS, (c) => listSessions(c, parts));
  app.delete(SESSIONS, (c) => endOthers(c, parts));
  app.all(SESSIONS, refuseMethod("GET, HEAD, DELETE"));
  app.post(`${SESSIONS}/end`, (c) => endByForm(c, parts));
  app.all(`${SESSIONS}/end`, refuseMethod("POST"));
  app.post(`${SESSIONS}/end-others`, (c) => endOthers(c, parts));
  app.all(`${SESSIONS}/end-others`, refuseMethod("POST"));
  app.delete(`${SESSIONS}/:id`, (c) => endById(c, parts));
  app.all(`${SESSIONS}/:id`, refuseMethod("DELETE"));
  return app;
}

async function listSessions(
  c: BackendContext,
  parts: AccountRoutesParts,
): Promise<Response> {
  c.header("Cache-Control", "no-store");
  const session = await parts.sessions.authenticate(c.req.raw);
  if (session === undefined) return refuseStranger(c);
  return c.json({ sessions: await shownSessions(parts, session) });
}

async function endByForm(
  c: BackendContext,
  parts: AccountRoutesParts,
): Promise<Response> {
  c.header("Cache-Control", "no-store");
  const own = await parts.sessions.authenticate(c.req.raw);
  if (own === undefined) return refuseStranger(c);
  const { session: id } = await readFields(c.req.raw);
  if (typeof id !== "string") {
    throw new HttpError(400, "bad-message", "Say which session, as text");
  }
  const found = await endOne(c, { parts, session: own, id });
  if (!isForm(c.req.raw)) return found ? c.body(null, 204) : noSuchSession();
  if (id === own.id) return c.redirect("/index.html", 303);
  // Gone already is what was wanted: the list on the page shows it.
  return c.redirect(`${ACCOUNT_PAGE}?done=session`, 303);
}

async function endById(
  c: BackendContext,
  parts: AccountRoutesParts,
): Promise<Response> {
  c.header("Cache-Control", "no-store");
  const session = await parts.sessions.authenticate(c.req.raw);
  if (session === undefined) return refuseStranger(c);
  const id = c.req.param("id") ?? "";
  const found = await endOne(c, { parts, session, id });
  return found ? c.body(null, 204) : noSuchSession();
}

/** Another person's session is none, and its id makes no difference. */
async function endOne(
  c: BackendContext,
  { parts, session, id }: {
    parts: AccountRoutesParts;
    session: Session;
    id: string;
  },
): Promise<boolean> {
  if (!await parts.sessions.endOneOf(session.user, id)) return false;
  record(c, { parts, session, event: "session-ended" });
  if (id === session.id) clearSessionCookies(c);
  return true;
}

async function endOthers(
  c: BackendContext,
  parts: AccountRoutesParts,
): Promise<Response> {
  c.header("Cache-Control", "no-store");
  const session = await parts.sessions.authenticate(c.req.raw);
  if (session === undefined) return refuseStranger(c);
  const byForm = c.req.method === "POST";
  // There is nothing to read, but a type of body that is no form is refused.
  if (byForm) await readFields(c.req.raw);
  const ended = await parts.sessions.endOthersOf(session.user, session.id);
  if (ended > 0) record(c, { parts, session, event: "other-sessions-ended" });
  if (!byForm || !isForm(c.req.raw)) return c.json({ ended });
  return c.redirect(`${ACCOUNT_PAGE}?done=others`, 303);
}

function noSuchSession(): never {
  throw new HttpError(404, "not-found", "You have no session with this id");
}
