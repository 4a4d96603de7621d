/**
 * Bytes as text in base64url without padding (RFC 4648, 5). Each byte string
 * has one text: whatever another decoder would let pass is refused.
 * @module
 */

/** Above it `String.fromCharCode` would run out of stack. */
const CHUNK_BYTES = 8_192;

export function encodeBase64Url(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES));
  }
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_")
    .replace(/=+$/, "");
}

/** The bytes of `text`; undefined where it isn't the one text of any bytes. */
export function decodeBase64Url(
  text: string,
): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return undefined;
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (unit) => unit.charCodeAt(0));
  // Bits left over at the end must be zero; atob drops them.
  return encodeBase64Url(bytes) === text ? bytes : undefined;
}
