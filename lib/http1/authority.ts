/**
 * Whether a text is an authority that a request can be for: a host and perhaps a
 * port (RFC 9110 7.2), without the user part that only deceives.
 * @module
 */

const AUTHORITY = /^(?:[a-z0-9_.~-]+|(\[[0-9a-f:.]+\]))(?::(\d{0,5}))?$/i;
const PORT_MAX = 65_535;

/** `a.test`, `a.test:81`, `a.test:`, `192.0.2.1`, `[2001:db8::1]:81`. */
export function isAuthority(text: string): boolean {
  const parts = AUTHORITY.exec(text);
  if (parts === null) return false;
  const [, bracketed, port = "0"] = parts;
  if (Number(port) > PORT_MAX) return false;
  if (bracketed !== undefined) return URL.canParse(`http://${bracketed}/`);
  // Empty labels: `.`, `.a`, `a..b`; one dot at the end is the root's.
  return !/^\.|\.\./.test(text);
}
