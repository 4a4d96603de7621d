/**
 * How long a body is (RFC 9112 6.3), and nothing else. Two senders who disagree
 * about it are how requests are smuggled, so whatever is ambiguous is refused.
 * @module
 */
import { Field, type Fields } from "./fields.ts";
import { Http1Error } from "./http1_error.ts";

export interface Framing {
  kind: "none" | "length" | "chunked" | "close";
  /** Bytes of the body, for "length". */
  length: number;
}

/** The one of all messages without a body. */
export const NO_BODY: Framing = Object.freeze({ kind: "none", length: 0 });
const CHUNKED: Framing = Object.freeze({ kind: "chunked", length: 0 });
const UNTIL_CLOSE: Framing = Object.freeze({ kind: "close", length: 0 });

/** 15 digits stay exact in a double. */
const LENGTH_DIGITS_MAX = 15;

/** The framing of a request's body. */
export function requestFraming(fields: Fields, minor: number): Framing {
  const coding = transferCoding(fields);
  const length = contentLength(fields);
  if (coding === undefined) return lengthFraming(length) ?? NO_BODY;
  if (length !== -1) {
    throw new Http1Error(400, "Both Content-Length and Transfer-Encoding");
  }
  if (minor === 0) {
    throw new Http1Error(400, "Transfer-Encoding in an HTTP/1.0 request");
  }
  if (coding !== "chunked") {
    throw new Http1Error(501, "Transfer coding not supported");
  }
  return CHUNKED;
}

/** The framing of the body of a response to `method`. */
export function responseFraming(
  fields: Fields,
  { status, method, minor }: { status: number; method: string; minor: number },
): Framing {
  const coding = transferCoding(fields);
  const length = contentLength(fields);
  if (
    method === "HEAD" || status === 204 || status === 304 || status < 200
  ) return NO_BODY;
  if (coding === undefined) return lengthFraming(length) ?? UNTIL_CLOSE;
  if (length !== -1 || coding !== "chunked" || minor === 0) {
    throw new Http1Error(502, "Ambiguous length of the response's body");
  }
  return CHUNKED;
}

function lengthFraming(length: number): Framing | undefined {
  if (length === -1) return undefined;
  return length === 0 ? NO_BODY : { kind: "length", length };
}

/** The one Content-Length, -1 without; repeats must agree. */
function contentLength(fields: Fields): number {
  let length = -1;
  let digits = 0;
  for (
    let at = fields.find(Field.contentLength);
    at !== -1;
    at = fields.find(Field.contentLength, at + 1)
  ) {
    const start = fields.valueStart(at);
    const count = fields.valueEnd(at) - start;
    const value = decimal(fields.bytes, start, count);
    // `07` and `7` are the same number, but nobody who means well writes both.
    const differs = length !== -1 && (value !== length || count !== digits);
    if (value === -1 || differs) {
      throw new Http1Error(400, "Malformed or differing Content-Length");
    }
    length = value;
    digits = count;
  }
  return length;
}

/** A number of `count` digits, or -1 for anything else. */
function decimal(bytes: Uint8Array, start: number, count: number): number {
  if (count === 0 || count > LENGTH_DIGITS_MAX) return -1;
  let value = 0;
  for (let at = start; at < start + count; at++) {
    const digit = bytes[at]! - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** The one transfer coding in lower case, "" for a list of them. */
function transferCoding(fields: Fields): string | undefined {
  const at = fields.find(Field.transferEncoding);
  if (at === -1) return undefined;
  if (fields.find(Field.transferEncoding, at + 1) !== -1) {
    throw new Http1Error(400, "More than one Transfer-Encoding field");
  }
  return fields.value(at).toLowerCase();
}
