/**
 * Bytes as text in base64url without padding (RFC 4648, 5). Each byte string
 * has one text: whatever another decoder would let pass is refused. By tables,
 * for keys, hashes and signatures pass here with every entry, and the browser's
 * `atob` and `btoa` take several times as long with what must be done around them.
 * @module
 */

const ALPHABET =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const NO_DIGIT = 255;
/** The six bits of each ASCII character. */
const DIGITS = (() => {
  const digits = new Uint8Array(128).fill(NO_DIGIT);
  [...ALPHABET].forEach((char, digit) => digits[char.charCodeAt(0)] = digit);
  return digits;
})();

export function encodeBase64Url(bytes: Uint8Array): string {
  let text = "";
  let [bits, count] = [0, 0];
  for (const byte of bytes) {
    bits = (bits << 8 | byte) & 0xfff;
    count += 8;
    for (; count >= 6; count -= 6) text += ALPHABET[bits >> count - 6 & 63];
  }
  return count === 0 ? text : text + ALPHABET[bits << 6 - count & 63];
}

/** The bytes of `text`; undefined where it isn't the one text of any bytes. */
export function decodeBase64Url(
  text: string,
): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor(text.length * 3 / 4));
  let [bits, count, to] = [0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const digit = DIGITS[text.charCodeAt(at)] ?? NO_DIGIT;
    if (digit === NO_DIGIT) return undefined;
    bits = (bits << 6 | digit) & 0xfff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[to++] = bits >> count;
  }
  // Bits left over at the end must be zero.
  return (bits & (1 << count) - 1) === 0 ? bytes : undefined;
}
