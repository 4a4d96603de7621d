/**
 * The fields in which a proxy in front tells who asked, and how: believed of
 * trusted proxies only, since anybody can write them.
 * @module
 */
import { Field } from "../http1/fields.ts";

/** What a stranger could use to speak for somebody else. */
export const CLAIMS: ReadonlySet<number> = new Set([
  Field.forwarded,
  Field.xForwardedFor,
  Field.xForwardedProto,
  Field.xForwardedHost,
  Field.xRealIp,
  Field.disguised,
]);
