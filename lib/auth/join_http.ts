/**
 * The routes of an invitation: GET /join.html shows the form to who has an open
 * link, POST /join {invite, username, password} makes the account. The form
 * works without script and leads to the chat; a tool gets 201 {username}.
 * @module
 */
import { type Context, Hono } from "hono";
import type { ErrorCode } from "../wire/wire_error.ts";
import { type Audit, tryRecord } from "./audit.ts";
import { setSessionCookies } from "./cookies.ts";
import { isForm, readFields } from "./credentials.ts";
import { type BackendEnv, clientAddress } from "./guard.ts";
import {
  faultLine,
  HttpError,
  httpErrorOf,
  isFault,
  refuseMethod,
} from "./http_error.ts";
import { endFormer } from "./http.ts";
import type { Join, JoinAttempt } from "./join.ts";
import { DEFAULT_NEXT } from "./next_path.ts";
import type { Session, Sessions } from "./sessions.ts";

/** What the page for the invited shows. */
export interface JoinFill {
  /** What the link carries, for the form to send back. */
  invite: string;
  status: number;
  /** As it was typed in a try that failed. */
  username?: string;
  /** Why that failed. */
  code?: ErrorCode;
  /** Who is logged in in this browser: the new account takes their place. */
  signedIn?: string | undefined;
}

export interface JoinRoutesParts {
  join: Pick<Join, "begin" | "isOpen">;
  sessions: Sessions;
  audit: Audit;
  pages: {
    join(request: Request, fill: JoinFill): Promise<Response>;
    /** One page for every link that opens nothing. */
    notInvited(request: Request): Promise<Response>;
  };
  /** Gets a line for each fault that a page was sent for. */
  log(line: string): void;
}

type BackendContext = Context<BackendEnv>;

export function joinRoutes(parts: JoinRoutesParts): Hono<BackendEnv> {
  const app = new Hono<BackendEnv>();
  app.get("/join.html", (c) => showForm(c, parts));
  app.post("/join", (c) => answerJoin(c, parts));
  app.all("/join", refuseMethod("POST"));
  return app;
}

async function showForm(
  c: BackendContext,
  { join, pages, sessions }: JoinRoutesParts,
): Promise<Response> {
  const invite = c.req.query("invite") ?? "";
  if (!await join.isOpen(invite)) return await pages.notInvited(c.req.raw);
  const signedIn = (await sessions.authenticate(c.req.raw))?.user;
  return await pages.join(c.req.raw, { invite, status: 200, signedIn });
}

async function answerJoin(
  c: BackendContext,
  parts: JoinRoutesParts,
): Promise<Response> {
  c.header("Cache-Control", "no-store");
  const address = clientAddress(c.req.raw, c.env);
  let attempt: JoinAttempt | undefined;
  let former: Session | undefined;
  try {
    const browser = c.req.header("user-agent") ?? "";
    attempt = { ...await readChoice(c.req.raw), address, browser };
    former = await parts.sessions.authenticate(c.req.raw);
    const { user, invite, token } = await parts.join.begin(attempt);
    tryRecord(parts, { event: "invite-used", user, by: address, invite });
    if (former !== undefined) await endFormer(former, { parts, by: address });
    setSessionCookies(c, token);
    if (isForm(c.req.raw)) return c.redirect(DEFAULT_NEXT, 303);
    return c.json({ username: user }, 201);
  } catch (error) {
    const refusal = httpErrorOf(error);
    if (refusal === undefined || !isForm(c.req.raw)) throw error;
    if (isFault(error)) parts.log(faultLine(error, c));
    const signedIn = former?.user;
    return await refuseForm(c.req.raw, { parts, refusal, attempt, signedIn });
  }
}

/** The form again, with the sentence in it; or that there is no invitation. */
async function refuseForm(
  request: Request,
  { parts, refusal, attempt, signedIn }: {
    parts: JoinRoutesParts;
    refusal: HttpError;
    attempt: JoinAttempt | undefined;
    signedIn: string | undefined;
  },
): Promise<Response> {
  const { pages } = parts;
  const { code, status, retryAfterSeconds } = refusal;
  if (code === "invite-not-open") return await pages.notInvited(request);
  const { token: invite = "", username = "" } = attempt ?? {};
  const fill = { invite, status, username, code, signedIn };
  const page = await pages.join(request, fill);
  if (retryAfterSeconds !== undefined) {
    page.headers.set("Retry-After", String(retryAfterSeconds));
  }
  return page;
}

async function readChoice(
  request: Request,
): Promise<Pick<JoinAttempt, "token" | "username" | "password">> {
  const { invite, username, password } = await readFields(request);
  if (
    typeof invite !== "string" || typeof username !== "string" ||
    typeof password !== "string"
  ) {
    throw new HttpError(
      400,
      "bad-message",
      "Invite, username and password must all be given, as text",
    );
  }
  return { token: invite, username, password };
}
