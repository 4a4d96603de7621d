/**
 * The account that makes the first minute work: admin with the password
 * "password", made once, in a database that has no account at all. It works from
 * the machine itself only, until it is given another password (see login.ts).
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Accounts } from "./accounts.ts";
import type { Passwords } from "./password.ts";

const DEFAULT_USERNAME = "admin";
const DEFAULT_PASSWORD = "password";

/** What the operator reads while that password still opens it. */
export const DEFAULT_ACCOUNT_NOTICE =
  `The default account is on, for this machine only: ${DEFAULT_USERNAME} / ${DEFAULT_PASSWORD}. ` +
  `To replace it: deno task user add NAME, then deno task user remove ${DEFAULT_USERNAME}`;

/** Whether the account that everybody knows is on, or will be once it is made. */
export async function isDefaultAccountOn(accounts: Accounts): Promise<boolean> {
  if (await accounts.isEmpty()) return true;
  const account = await accounts.find(DEFAULT_USERNAME);
  return account !== undefined && account.shipped && !account.disabled;
}

/** Creates the account where there is none; true while the default opens it. */
export async function ensureDefaultAccount(
  { accounts, passwords, clock }: {
    accounts: Accounts;
    passwords: Passwords;
    clock: Clock;
  },
): Promise<boolean> {
  if (await accounts.isEmpty()) {
    await accounts.createFirst({
      username: DEFAULT_USERNAME,
      passwordHash: await passwords.hash(DEFAULT_PASSWORD),
      shipped: true,
      disabled: false,
      createdAt: clock.now(),
    });
  }
  return await isDefaultAccountOn(accounts);
}
