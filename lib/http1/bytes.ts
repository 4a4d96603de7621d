/**
 * The bytes of HTTP/1.1: its character classes as tables, and latin1 text out of
 * a buffer. Knows no message.
 * @module
 */
import { Buffer } from "node:buffer";

export const HTAB = 9;
export const LF = 10;
export const CR = 13;
export const SP = 32;
export const COLON = 58;
export const SEMICOLON = 59;

/** 1 for a byte that may stand in a token (RFC 9110 5.6.2). */
export const IS_TOKEN = tableOf((byte) =>
  /[\w!#$%&'*+.^`|~-]/.test(String.fromCharCode(byte))
);

/** 1 for a byte that may stand in a field's value (RFC 9110 5.5). */
export const IS_FIELD_VALUE = tableOf((byte) =>
  byte === HTAB || (byte >= SP && byte !== 0x7f)
);

/** 1 for a byte that may stand in a request target: no blank, no control, no #. */
export const IS_TARGET = tableOf((byte) =>
  byte > SP && byte !== 0x7f && byte !== 0x23
);

/** Each byte's lower case, for names that compare without it. */
export const LOWER = Uint8Array.from(
  { length: 256 },
  (_, byte) => byte >= 65 && byte <= 90 ? byte + 32 : byte,
);

function tableOf(holds: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => holds(byte) ? 1 : 0);
}

/** The bytes from `from` up to `to`, each as the character of its number. */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  if (to - from > 48) {
    // A view shares the memory; Node's own decoder is fastest for long text.
    return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from)
      .toString("latin1");
  }
  let text = "";
  for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

/** Longer text is made anew each time. */
const KEPT_TEXT_MAX = 256;

/**
 * latin1() that remembers its last text: on one connection the same host, and
 * often the same target, comes again and again, and comparing bytes costs less
 * than making a string of them, and hashing it for the router, each time.
 */
export class LastText {
  #text = "";
  #length = 0;
  readonly #bytes = new Uint8Array(KEPT_TEXT_MAX);

  read(bytes: Uint8Array, from: number, to: number): string {
    const length = to - from;
    if (length === this.#length && this.#holds(bytes, from)) return this.#text;
    const text = latin1(bytes, from, to);
    if (length > KEPT_TEXT_MAX) return text;
    this.#bytes.set(bytes.subarray(from, to));
    this.#length = length;
    this.#text = text;
    return text;
  }

  #holds(bytes: Uint8Array, from: number): boolean {
    const kept = this.#bytes;
    for (let at = this.#length - 1; at >= 0; at--) {
      if (kept[at] !== bytes[from + at]) return false;
    }
    return true;
  }
}

/** Text as bytes: UTF-8, which is the same as latin1 for all of ASCII. */
export function encode(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

const encoder = new TextEncoder();
