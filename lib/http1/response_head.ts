/**
 * The head of a response: status line and fields (RFC 9112 4). Bytes in, a head
 * out; it knows no socket.
 * @module
 */
import { CR, IS_FIELD_VALUE, LF, SP } from "./bytes.ts";
import { connectionOptions } from "./connection_options.ts";
import { Field, Fields, findHeadEnd, HEAD_BYTES_MAX } from "./fields.ts";
import { type Framing, NO_BODY, responseFraming } from "./framing.ts";
import { Http1Error } from "./http1_error.ts";
import { readVersion } from "./request_head.ts";

const STATUS_DIGITS = 3;

/** One response's head at a time; made once for each connection. */
export class ResponseHead {
  readonly fields = new Fields();
  status = 0;
  /** Where the line's text behind the version lies: `200 OK`. */
  statusStart = 0;
  statusEnd = 0;
  minor = 1;
  framing: Framing = NO_BODY;
  /** Whether the sender keeps the connection open. */
  keepAlive = true;
  /** Names of further fields that end at this hop, in lower case. */
  hopNames: readonly string[] = [];

  /**
   * Reads the head of a response to `method` that starts at `from`. Returns the
   * offset behind it, or -1 where more bytes are needed.
   */
  read(
    bytes: Uint8Array,
    { from, to, method }: { from: number; to: number; method: string },
  ): number {
    const end = findHeadEnd(bytes, from, to);
    if ((end === -1 ? to : end) - from > HEAD_BYTES_MAX) {
      throw new Http1Error(502, `Head longer than ${HEAD_BYTES_MAX} bytes`);
    }
    if (end === -1) return -1;
    this.#readLine(bytes, from, end);
    const { status, minor } = this;
    this.framing = responseFraming(this.fields, { status, method, minor });
    const { close, keepAlive, names } = connectionOptions(this.fields);
    this.keepAlive = !close && (minor === 1 || keepAlive) &&
      this.framing.kind !== "close";
    this.hopNames = names;
    return this.fields.end;
  }

  /** Whether the blank before the reason is left out, which RFC 9112 4 wants. */
  get lacksReason(): boolean {
    return this.statusEnd - this.statusStart === STATUS_DIGITS;
  }

  /** Whether its Upgrade field names `protocol`, and that one only. */
  agreesTo(protocol: string): boolean {
    const at = this.fields.find(Field.upgrade);
    return at !== -1 && this.fields.find(Field.upgrade, at + 1) === -1 &&
      this.fields.valueIs(at, protocol);
  }

  #readLine(bytes: Uint8Array, start: number, end: number): void {
    this.minor = readVersion(bytes, start);
    const digits = start + 9;
    const status = (bytes[digits]! - 48) * 100 +
      (bytes[digits + 1]! - 48) * 10 + bytes[digits + 2]! - 48;
    let at = digits + 3;
    // Some servers leave out the blank along with the reason.
    const wellFormed = bytes[start + 8] === SP && isDigit(bytes[digits]!) &&
      isDigit(bytes[digits + 1]!) && isDigit(bytes[digits + 2]!) &&
      status >= 100 && status < 600 && (bytes[at] === SP || bytes[at] === CR);
    while (IS_FIELD_VALUE[bytes[at]!] === 1) at++;
    if (!wellFormed || bytes[at] !== CR || bytes[at + 1] !== LF) {
      throw new Http1Error(502, "Malformed status line");
    }
    this.status = status;
    this.statusStart = digits;
    this.statusEnd = at;
    this.fields.read(bytes, at + 2, end);
  }
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}
