/**
 * Puts accounts, passwords and sessions together on one database.
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../clock.ts";
import type { Audit } from "./audit.ts";
import { ensureDefaultAccount, isDefaultAccountOn } from "./default_account.ts";
import { Identity } from "./identity.ts";
import { Join } from "./join.ts";
import { Login } from "./login.ts";
import { OwnAccount } from "./own_account.ts";
import { Passwords, SCRYPT_COST, type ScryptCost } from "./password.ts";
import type { ServerKey } from "./server_key.ts";
import type { Sessions } from "./sessions.ts";
import { SqliteAccounts } from "./sqlite_accounts.ts";
import { SqliteInvites } from "./sqlite_invites.ts";
import { SqlitePasswordChange } from "./sqlite_password_change.ts";
import { SqliteRevocations } from "./sqlite_revocations.ts";
import { SqliteSessions } from "./sqlite_sessions.ts";
import { LoginThrottle } from "./throttle.ts";

export interface Auth {
  login: Login;
  join: Join;
  account: OwnAccount;
  sessions: Sessions;
  audit: Audit;
  identity: Identity;
  /** Whether the default account is on, or will be once it is made. */
  defaultAccountOn(): Promise<boolean>;
  /** Resolves once there is an account; rejects where none could be made. */
  ready: Promise<unknown>;
}

export function openAuth(
  database: DatabaseSync,
  { clock, audit, serverKey, cost = SCRYPT_COST }: {
    clock: Clock;
    audit: Audit;
    serverKey: ServerKey;
    cost?: ScryptCost;
  },
): Auth {
  const accounts = new SqliteAccounts(database);
  const passwords = new Passwords(cost, clock);
  // Not awaited: hashing takes half a second that pages need not wait for.
  const ready = ensureDefaultAccount({ accounts, passwords, clock });
  // Whoever waits for it hears of it, and that may be nobody yet.
  ready.catch(() => {});
  const throttle = new LoginThrottle(clock);
  const sessions = new SqliteSessions(database, clock);
  const login = new Login({ accounts, passwords, sessions, throttle, ready });
  const revocations = new SqliteRevocations(database, clock);
  const identity = new Identity({
    ...{ serverKey, accounts, sessions, revocations, clock },
  });
  const invites = new SqliteInvites(database, clock);
  const join = new Join({ invites, accounts, passwords, sessions, clock });
  const account = new OwnAccount({
    accounts,
    passwords,
    sessions,
    changes: new SqlitePasswordChange(database, {
      ...{ accounts, sessions, revocations },
    }),
    throttle,
    clock,
  });
  return {
    login,
    join,
    account,
    sessions,
    audit,
    identity,
    defaultAccountOn: () => isDefaultAccountOn(accounts),
    ready,
  };
}
