/**
 * The fields in which a proxy in front tells who asked, and how: believed of
 * trusted proxies only, since anybody can write them. And names that imitate.
 * @module
 */
import { LOOPBACK, trustedProxies } from "../forwarded.ts";
import { Field, type Fields } from "../http1/fields.ts";

/** What a stranger could use to speak for somebody else. */
export const CLAIMS: ReadonlySet<number> = new Set([
  Field.forwarded,
  Field.xForwardedFor,
  Field.xForwardedProto,
  Field.xForwardedHost,
  Field.xRealIp,
  Field.disguised,
]);

/** Whether `address` is one that this machine has for itself. */
export const isThisMachine: (address: string) => boolean = trustedProxies([
  LOOPBACK,
]);

/** Whether a request speaks for somebody else, or pretends to. */
export function claimsAnything(fields: Fields): boolean {
  for (let index = 0; index < fields.count; index++) {
    if (CLAIMS.has(fields.kind(index))) return true;
  }
  return false;
}

/**
 * Whether `name` is one of `names`, or would be read as one by a backend that
 * takes `_` or `.` for `-`, as all do that have grown up with CGI.
 */
export function isNamed(name: string, names: ReadonlySet<string>): boolean {
  return names.has(name) ||
    /[_.]/.test(name) && names.has(name.replace(/[_.]/g, "-"));
}
