/**
 * What the routes of a person's own account share: who asks, the list of their
 * sessions, and the line in the audit log.
 * @module
 */
import type { Context } from "hono";
import type { ErrorCode } from "../wire/wire_error.ts";
import { type Audit, type AuditEvent, tryRecord } from "./audit.ts";
import { type BrowserName, browserNameOf } from "./browser_name.ts";
import { hasSessionCookie } from "./cookies.ts";
import { isForm } from "./credentials.ts";
import { type BackendEnv, clientAddress } from "./guard.ts";
import { HttpError } from "./http_error.ts";
import type { OwnAccount } from "./own_account.ts";
import type { Session, SessionRecord, Sessions } from "./sessions.ts";

export const ACCOUNT_PAGE = "/account.html";

/** One of a person's sessions, as the person may know it. */
export interface SessionShown {
  /** The SHA-256 of the cookie's value: opens nothing. */
  id: string;
  browser: BrowserName;
  address: string;
  createdAt: number;
  seenAt: number;
  /** The one that asks. */
  current: boolean;
}

/** What the account page shows. */
export interface AccountFill {
  user: string;
  sessions: SessionShown[];
  status: number;
  /** What was just done, as the page's address claims. */
  done?: string | undefined;
  /** Why a change was refused. */
  code?: ErrorCode;
}

export interface AccountRoutesParts {
  account: Pick<OwnAccount, "changePassword">;
  sessions: Pick<
    Sessions,
    "authenticate" | "listOf" | "endOneOf" | "endOthersOf"
  >;
  audit: Audit;
  pages: {
    account(request: Request, fill: AccountFill): Promise<Response>;
  };
  /** Gets a line for each fault that a page was sent for. */
  log(line: string): void;
}

export type BackendContext = Context<BackendEnv>;

export async function shownSessions(
  { sessions }: Pick<AccountRoutesParts, "sessions">,
  { user, id: own }: Session,
): Promise<SessionShown[]> {
  const shown = (record: SessionRecord): SessionShown => ({
    id: record.id,
    browser: browserNameOf(record.browser),
    address: record.address,
    createdAt: record.createdAt,
    seenAt: record.seenAt,
    current: record.id === own,
  });
  const all = (await sessions.listOf(user)).map(shown);
  return [
    ...all.filter(({ current }) => current),
    ...all.filter(({ current }) => !current),
  ];
}

export function record(
  c: BackendContext,
  { parts, session, event }: {
    parts: AccountRoutesParts;
    session: Session;
    event: AuditEvent;
  },
): void {
  const by = clientAddress(c.req.raw, c.env);
  tryRecord(parts, { event, user: session.user, by });
}

/** A form whose session has ended leads to the login, a tool gets a 401. */
export function refuseStranger(c: BackendContext): Response {
  if (isForm(c.req.raw)) return toLogin(c);
  const code = hasSessionCookie(c.req.raw) ? "session-expired" : "unauthorized";
  throw new HttpError(401, code, "Log in first");
}

export function toLogin(c: BackendContext): Response {
  return c.redirect(`/login.html?next=${ACCOUNT_PAGE}`, 303);
}
