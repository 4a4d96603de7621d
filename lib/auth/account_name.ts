/**
 * The one form of a name that someone wants for an account. Pure. Logging in is
 * more lenient: it takes whatever has the same key (see accounts.ts).
 * @module
 */
import { isUserName, USER_NAME_CHARS_MAX } from "../wire/names.ts";
import { accountKey } from "./accounts.ts";

/** What the person reads whose name was refused. */
export const ACCOUNT_NAME_RULE =
  `a name is 1 to ${USER_NAME_CHARS_MAX} visible characters, with single spaces inside at most`;

/**
 * Marks, selectors and signs nobody sees: `mai` and `mai` would look the same.
 * What no standard has given a look or a case yet may turn into either later.
 */
const INVISIBLE =
  /[\p{Default_Ignorable_Code_Point}\p{Co}\p{Cn}\u{2800}\u{1d159}]/u;
/** A mark comes after what it marks; blanks one at a time. */
const WORDS = /^[^\s\p{M}][^\s]*(?: [^\s\p{M}][^\s]*)*$/u;

/** `typed` in NFKC, or undefined where it can't be an account's name. */
export function accountNameOf(typed: string): string | undefined {
  const name = typed.normalize("NFKC");
  if (!isUserName(name) || !WORDS.test(name)) return undefined;
  // Lower case can be longer ("İ"), and a login looks for the key.
  if (!isUserName(accountKey(name))) return undefined;
  return INVISIBLE.test(name) ? undefined : name;
}
