/**
 * The header section of a message, kept as offsets into the bytes it came in, so
 * that forwarding copies lines instead of writing them anew. Strict as RFC 9112
 * 5 asks: no folded lines, no bare LF, no blank before the colon.
 * @module
 */
import {
  COLON,
  CR,
  HTAB,
  IS_FIELD_VALUE,
  IS_TOKEN,
  latin1,
  LF,
  LOWER,
  SP,
} from "./bytes.ts";
import { Http1Error } from "./http1_error.ts";

/** A head (start line and fields) may be this long. */
export const HEAD_BYTES_MAX = 16 * 1024;
/** As many fields a message may have. */
export const FIELDS_MAX = 100;

/** The fields that mean something to the framing or to a proxy. */
export const Field = {
  other: 0,
  host: 1,
  connection: 2,
  contentLength: 3,
  transferEncoding: 4,
  upgrade: 5,
  keepAlive: 6,
  proxyConnection: 7,
  te: 8,
  expect: 9,
  accept: 10,
  forwarded: 11,
  xForwardedFor: 12,
  xForwardedProto: 13,
  xForwardedHost: 14,
  xRealIp: 15,
  trailer: 16,
  /** `X_Forwarded_For`: what some backends read as one of the above. */
  disguised: 17,
} as const;

const NAMES: readonly (readonly [string, number])[] = [
  ["host", Field.host],
  ["connection", Field.connection],
  ["content-length", Field.contentLength],
  ["transfer-encoding", Field.transferEncoding],
  ["upgrade", Field.upgrade],
  ["keep-alive", Field.keepAlive],
  ["proxy-connection", Field.proxyConnection],
  ["te", Field.te],
  ["expect", Field.expect],
  ["accept", Field.accept],
  ["forwarded", Field.forwarded],
  ["x-forwarded-for", Field.xForwardedFor],
  ["x-forwarded-proto", Field.xForwardedProto],
  ["x-forwarded-host", Field.xForwardedHost],
  ["x-real-ip", Field.xRealIp],
  ["trailer", Field.trailer],
];

interface KnownName {
  bytes: Uint8Array;
  kind: number;
}

/** Known names by their length: at most three to compare with. */
const NAMES_BY_LENGTH: (KnownName[] | undefined)[] = [];
for (const [name, kind] of NAMES) {
  const bytes = Uint8Array.from(name, (letter) => letter.charCodeAt(0));
  (NAMES_BY_LENGTH[name.length] ??= []).push({ bytes, kind });
}

const HYPHEN = 45;
const UNDERSCORE = 95;
const DOT = 46;

/** Each field's place in four numbers: line, name's end, value, value's end. */
const STRIDE = 4;

/** The fields of one message at a time; made once for each connection. */
export class Fields {
  /** What the offsets point into; whoever refills it must have done with them. */
  bytes: Uint8Array = new Uint8Array(0);
  count = 0;
  /** Behind the empty line. */
  end = 0;
  readonly #places: Int32Array;
  readonly #kinds: Uint8Array;

  constructor(fieldsMax = FIELDS_MAX) {
    this.#places = new Int32Array(fieldsMax * STRIDE);
    this.#kinds = new Uint8Array(fieldsMax);
  }

  kind(index: number): number {
    return this.#kinds[index]!;
  }
  lineStart(index: number): number {
    return this.#places[index * STRIDE]!;
  }
  /** Behind the line's CRLF, where the next begins. */
  lineEnd(index: number): number {
    return index + 1 < this.count ? this.lineStart(index + 1) : this.end - 2;
  }

  /** The field's name in lower case. */
  name(index: number): string {
    const at = index * STRIDE;
    return latin1(this.bytes, this.#places[at]!, this.#places[at + 1]!)
      .toLowerCase();
  }

  value(index: number): string {
    const at = index * STRIDE;
    return latin1(this.bytes, this.#places[at + 2]!, this.#places[at + 3]!);
  }

  /** Where the field's value begins, and the offset behind it. */
  valueStart(index: number): number {
    return this.#places[index * STRIDE + 2]!;
  }
  valueEnd(index: number): number {
    return this.#places[index * STRIDE + 3]!;
  }

  /** Whether the field's value is `text`, which is in lower case, in any case. */
  valueIs(index: number, text: string): boolean {
    const { bytes } = this;
    const start = this.valueStart(index);
    if (this.valueEnd(index) - start !== text.length) return false;
    for (let at = 0; at < text.length; at++) {
      if (LOWER[bytes[start + at]!] !== text.charCodeAt(at)) return false;
    }
    return true;
  }

  /** The index of the first field of `kind` from `from` on, or -1. */
  find(kind: number, from = 0): number {
    for (let index = from; index < this.count; index++) {
      if (this.#kinds[index] === kind) return index;
    }
    return -1;
  }

  /**
   * Reads the lines from `from` on; the empty line that ends them is known to
   * lie before `to`.
   */
  read(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.count = 0;
    let at = from;
    while (bytes[at] !== CR) {
      if (at >= to) throw new Http1Error(400, "Unfinished header section");
      const { length: most } = this.#kinds;
      if (this.count === most) {
        throw new Http1Error(431, `More than ${most} header fields`);
      }
      at = this.#readLine(at);
    }
    if (bytes[at + 1] !== LF) throw new Http1Error(400, "CR without LF");
    this.end = at + 2;
  }

  #readLine(start: number): number {
    const { bytes } = this;
    let at = start;
    let disguised = false;
    for (; IS_TOKEN[bytes[at]!] === 1; at++) {
      if (bytes[at] === UNDERSCORE || bytes[at] === DOT) disguised = true;
    }
    if (at === start || bytes[at] !== COLON) {
      // A folded line starts with a blank, `Name :` has one before the colon.
      throw new Http1Error(400, "Malformed header name");
    }
    const nameEnd = at++;
    while (bytes[at] === SP || bytes[at] === HTAB) at++;
    const valueStart = at;
    while (IS_FIELD_VALUE[bytes[at]!] === 1) at++;
    if (bytes[at] !== CR || bytes[at + 1] !== LF) {
      throw new Http1Error(400, "Malformed header value");
    }
    let valueEnd = at;
    while (
      valueEnd > valueStart &&
      (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HTAB)
    ) valueEnd--;
    const place = this.count * STRIDE;
    this.#places[place] = start;
    this.#places[place + 1] = nameEnd;
    this.#places[place + 2] = valueStart;
    this.#places[place + 3] = valueEnd;
    const kind = kindOf(bytes, start, nameEnd);
    this.#kinds[this.count++] = disguised && kind !== Field.other
      ? Field.disguised
      : kind;
    return at + 2;
  }
}

/** Which known field the name is; `_` and `.` count as the hyphen they imitate. */
function kindOf(bytes: Uint8Array, start: number, end: number): number {
  const names = NAMES_BY_LENGTH[end - start];
  if (names === undefined) return Field.other;
  next: for (const { bytes: name, kind } of names) {
    for (let at = 0; at < name.length; at++) {
      const byte = LOWER[bytes[start + at]!]!;
      if (byte === name[at]) continue;
      const imitated = name[at] === HYPHEN &&
        (byte === UNDERSCORE || byte === DOT);
      if (!imitated) continue next;
    }
    return kind;
  }
  return Field.other;
}

/**
 * Behind the empty line that ends a head, or -1 where it has not come yet.
 * A bare LF also ends a line here; reading the fields then refuses it, so a
 * sender of bare LFs hears of it at once instead of running into a timeout.
 */
export function findHeadEnd(
  bytes: Uint8Array,
  from: number,
  to: number,
): number {
  // An empty line is two or three bytes of line ends in a row, so that looking
  // at every other byte meets it; that is half the work of a long head.
  for (let seen = from; seen < to; seen += 2) {
    if (bytes[seen]! > CR) continue;
    const at = seen > from && bytes[seen - 1] === LF ? seen - 1 : seen;
    if (bytes[at] !== LF) continue;
    if (at + 1 < to && bytes[at + 1] === LF) return at + 2;
    if (at + 2 < to && bytes[at + 1] === CR && bytes[at + 2] === LF) {
      return at + 3;
    }
  }
  return -1;
}
