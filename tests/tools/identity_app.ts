/**
 * The routes of device certificates on in-memory accounts and sessions, with a
 * real key and a clock that tests move; mai is logged in.
 * @module
 */
import { Hono } from "hono";
import { MemoryAccounts } from "../../lib/auth/accounts.ts";
import type { AuditRecord } from "../../lib/auth/audit.ts";
import { openDatabase } from "../../lib/auth/database.ts";
import { type BackendEnv, refuseForeignOrigin } from "../../lib/auth/guard.ts";
import { errorAnswer } from "../../lib/auth/http_error.ts";
import { Identity } from "../../lib/auth/identity.ts";
import { identityRoutes } from "../../lib/auth/identity_http.ts";
import { MemoryRevocations } from "../../lib/auth/revocations.ts";
import { openServerKey, type ServerKey } from "../../lib/auth/server_key.ts";
import { MemorySessions } from "../../lib/auth/sessions.ts";
import { ManualClock } from "../../lib/clock.ts";
import { peer } from "../auth/_auth_app.ts";

/** A real server key, of a folder of its own. */
export function someServerKey(): ServerKey {
  const dir = Deno.makeTempDirSync();
  const database = openDatabase(dir);
  try {
    return openServerKey(dir, database);
  } finally {
    database.close();
    Deno.removeSync(dir, { recursive: true });
  }
}

export function identityApp(serverKey = someServerKey()) {
  const clock = new ManualClock(1_800_000_000_000);
  const accounts = new MemoryAccounts();
  const account = { passwordHash: "", shipped: false, disabled: false };
  const addAccount = (username: string, createdAt: number) =>
    accounts.create({ ...account, username, createdAt });
  addAccount("mai", 1_000);
  addAccount("an", 2_000);
  const sessions = new MemorySessions(clock);
  const revocations = new MemoryRevocations(clock);
  const identity = new Identity({
    ...{ serverKey, accounts, sessions, revocations, clock },
  });
  const records: AuditRecord[] = [];
  const audit = { record: (record: AuditRecord) => void records.push(record) };
  const parts = { identity, sessions, audit, log() {} };
  const app = new Hono<BackendEnv>().use(refuseForeignOrigin)
    .route("/", identityRoutes(parts)).onError(errorAnswer(() => {}));
  /** The cookie of a new session. */
  const logIn = (user: string) => {
    // As devices that are left running do.
    const wish = { user, address: "", browser: "", keep: true };
    return `session=${sessions.begin(wish)}`;
  };
  /** What a page with `cookie` may ask. */
  const asker = (cookie: string) => (path: string, init: RequestInit = {}) =>
    Promise.resolve(app.fetch(
      new Request(`http://chat.lan${path}`, {
        ...init,
        headers: { cookie, ...init.headers as Record<string, string> },
      }),
      peer("192.168.1.5"),
    ));
  const ask = asker(logIn("mai"));
  return {
    ask,
    asker,
    logIn,
    addAccount,
    accounts,
    sessions,
    revocations,
    clock,
    records,
    serverKey,
  };
}
