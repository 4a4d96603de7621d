/**
 * The login routes on in-memory parts, with scrypt at a cost that tests can
 * pay and a clock that they move.
 * @module
 */
import { Hono } from "hono";
import type { Audit, AuditRecord } from "../../lib/auth/audit.ts";
import { MemoryAccounts } from "../../lib/auth/accounts.ts";
import {
  type BackendEnv,
  type Connection,
  refuseBadHost,
  refuseForeignOrigin,
} from "../../lib/auth/guard.ts";
import { authRoutes } from "../../lib/auth/http.ts";
import { errorAnswer } from "../../lib/auth/http_error.ts";
import { Login } from "../../lib/auth/login.ts";
import { Passwords, type ScryptCost } from "../../lib/auth/password.ts";
import { MemorySessions } from "../../lib/auth/sessions.ts";
import { LoginThrottle } from "../../lib/auth/throttle.ts";
import {
  believedRequest,
  LOOPBACK,
  trustedProxies,
} from "../../lib/forwarded.ts";
import { ManualClock } from "../../lib/clock.ts";

/** A thousandth of the real cost. */
export const TEST_COST: ScryptCost = { logN: 7, r: 8, p: 1 };

export function peer(hostname: string): Connection {
  const remoteAddr = { transport: "tcp", hostname, port: 50_000 } as const;
  return { remoteAddr, trusts: trustedProxies([LOOPBACK]) };
}

export const LOCAL = peer("127.0.0.1");

/** An app with the account mai / "con mèo nhỏ". */
export async function authApp() {
  const clock = new ManualClock();
  const accounts = new MemoryAccounts();
  const passwords = new Passwords(TEST_COST);
  accounts.create({
    username: "mai",
    passwordHash: await passwords.hash("con mèo nhỏ"),
    shipped: false,
    disabled: false,
    createdAt: 0,
  });
  const throttle = new LoginThrottle(clock);
  const ready = Promise.resolve();
  const sessions = new MemorySessions(clock);
  const login = new Login({ accounts, passwords, sessions, throttle, ready });
  const lines: string[] = [];
  const outcomes: string[] = [];
  const records: AuditRecord[] = [];
  const audit: Audit = { record: (record) => void records.push(record) };
  const app = new Hono<BackendEnv>();
  app.use(refuseBadHost, refuseForeignOrigin);
  app.route(
    "/",
    authRoutes({
      login,
      sessions,
      audit,
      pages: {
        login: (_request, { code, status, next, username, keep }) => {
          const box = keep ? " (keep)" : "";
          const text = `page: ${code} ${next} ${username}${box}`;
          return Promise.resolve(new Response(text, { status }));
        },
      },
      log: (line) => lines.push(line),
      counters: { countLogin: (outcome) => outcomes.push(outcome) },
    }),
  );
  app.onError(errorAnswer((line) => lines.push(line)));
  const ask = (
    path: string,
    init: RequestInit = {},
    connection: Connection = LOCAL,
  ) => {
    const { remoteAddr, trusts } = connection;
    const request = new Request(`http://chat.lan${path}`, init);
    const believed = believedRequest(request, remoteAddr, trusts);
    return Promise.resolve(app.fetch(believed, connection));
  };
  return {
    ask,
    clock,
    accounts,
    sessions,
    passwords,
    lines,
    outcomes,
    audit,
    records,
  };
}

export const MAI = { username: "mai", password: "con mèo nhỏ" };

export function formLogin(fields: Record<string, string> = MAI): RequestInit {
  return { method: "POST", body: new URLSearchParams(fields) };
}

export function jsonLogin(fields: unknown = MAI): RequestInit {
  return {
    method: "POST",
    body: JSON.stringify(fields),
    headers: { "content-type": "application/json" },
  };
}

/** `name=value` of the cookies that an answer sets for this host alone. */
export function cookiesOf(response: Response): string {
  return response.headers.getSetCookie()
    .filter((cookie) => !cookie.includes("Domain="))
    .map((cookie) => cookie.split(";", 1)[0]).join("; ");
}
