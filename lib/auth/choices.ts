/**
 * What people choose for themselves, as an HttpError where it can't be chosen.
 * The rules are those of the operator's tool.
 * @module
 */
import { ACCOUNT_NAME_RULE, accountNameOf } from "./account_name.ts";
import { HttpError } from "./http_error.ts";
import type { Passwords } from "./password.ts";
import { PASSWORD_FAULTS, passwordFault } from "./password_rules.ts";

/** The one form of a name that somebody typed. */
export function chosenName(typed: string): string {
  const name = accountNameOf(typed);
  if (name !== undefined) return name;
  const quoted = JSON.stringify(typed.slice(0, 64));
  throw new HttpError(
    422,
    "bad-username",
    `Cannot use the name ${quoted}: ${ACCOUNT_NAME_RULE}`,
  );
}

/** What is kept of a password that `username` may choose. */
export async function chosenHash(
  passwords: Pick<Passwords, "hash">,
  { password, username }: { password: string; username: string },
): Promise<string> {
  const fault = await passwordFault(password, username);
  if (fault === undefined) return await passwords.hash(password);
  throw new HttpError(
    422,
    `password-${fault}`,
    `Cannot use this password: ${PASSWORD_FAULTS[fault]}`,
  );
}
