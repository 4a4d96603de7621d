/**
 * The routes of device certificates: a nonce, a certificate for it, the keys
 * that certificates are checked by, and those that were revoked. All of them for
 * who is logged in.
 * @module
 */
import { type Context, Hono } from "hono";
import {
  type IdentityRequest,
  readIdentityRequest,
  REVOCATION_NUMBER,
} from "../wire/identity.ts";
import { WireError } from "../wire/wire_error.ts";
import { type Audit, tryRecord } from "./audit.ts";
import { hasSessionCookie } from "./cookies.ts";
import { isForm, readFields } from "./credentials.ts";
import { type BackendEnv, clientAddress } from "./guard.ts";
import { HttpError, refuseMethod } from "./http_error.ts";
import type { Identity } from "./identity.ts";
import type { Session, Sessions } from "./sessions.ts";

export interface IdentityHttpParts {
  identity: Identity;
  sessions: Pick<Sessions, "authenticate">;
  audit: Audit;
  /** Gets a line for what could not be noted in the audit log. */
  log(line: string): void;
}

type BackendContext = Context<BackendEnv>;

export function identityRoutes(parts: IdentityHttpParts): Hono<BackendEnv> {
  const { identity } = parts;
  const app = new Hono<BackendEnv>();
  app.use("/identity/*", async (c, next) => {
    c.header("Cache-Control", "no-store");
    await next();
  });
  app.post("/identity", (c) => answerCertify(c, parts));
  app.get(
    "/identity/nonce",
    async (c) => c.json(identity.nonce(await sessionOf(c, parts))),
  );
  app.get(
    "/identity/keys",
    async (c) => c.json(await identity.keys(await sessionOf(c, parts))),
  );
  app.get("/identity/revocations", async (c) => {
    const after = readNumber(c.req.query("after"));
    const session = await sessionOf(c, parts);
    return c.json(await identity.revocations(session, after));
  });
  app.all("/identity", refuseMethod("POST"));
  app.all("/identity/nonce", refuseMethod("GET, HEAD"));
  app.all("/identity/keys", refuseMethod("GET, HEAD"));
  app.all("/identity/revocations", refuseMethod("GET, HEAD"));
  return app;
}

async function answerCertify(
  c: BackendContext,
  parts: IdentityHttpParts,
): Promise<Response> {
  const session = await sessionOf(c, parts);
  const request = await readRequest(c.req.raw);
  const certificate = await parts.identity.certify(session, request);
  tryRecord(parts, {
    event: "device-certified",
    user: certificate.user,
    key: certificate.key,
    by: clientAddress(c.req.raw, c.env),
  });
  return c.json({ certificate, ...await parts.identity.keys(session) });
}

function readNumber(typed = "0"): number {
  const [least, most] = REVOCATION_NUMBER;
  const number = /^\d{1,16}$/.test(typed) ? Number(typed) : NaN;
  if (number >= least && number <= most) return number;
  throw new HttpError(
    400,
    "bad-message",
    `"after" must be a whole number from ${least} on, not ${
      JSON.stringify(typed.slice(0, 64))
    }`,
  );
}

async function sessionOf(
  c: BackendContext,
  { sessions }: IdentityHttpParts,
): Promise<Session> {
  const session = await sessions.authenticate(c.req.raw);
  if (session !== undefined) return session;
  const code = hasSessionCookie(c.req.raw) ? "session-expired" : "unauthorized";
  throw new HttpError(401, code, "Log in first");
}

async function readRequest(request: Request): Promise<IdentityRequest> {
  if (isForm(request)) {
    throw new HttpError(415, "wrong-content-type", "Send application/json");
  }
  const fields = await readFields(request);
  try {
    return readIdentityRequest(fields);
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new HttpError(400, cause.code, cause.message, { cause });
  }
}
