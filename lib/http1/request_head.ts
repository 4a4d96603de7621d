/**
 * The head of a request: its line and fields, checked as RFC 9112 3 and RFC 9110
 * 7.2 ask. Bytes in, a head out; it knows no socket and no route.
 * @module
 */
import { isAuthority } from "./authority.ts";
import { CR, IS_TARGET, IS_TOKEN, LastText, latin1, LF, SP } from "./bytes.ts";
import { connectionOptions } from "./connection_options.ts";
import {
  Field,
  Fields,
  FIELDS_MAX,
  findHeadEnd,
  HEAD_BYTES_MAX,
} from "./fields.ts";
import { type Framing, requestFraming } from "./framing.ts";
import { Http1Error } from "./http1_error.ts";

const ABSOLUTE_TARGET = /^https?:\/\/([^/?]*)(.*)$/i;

/** How large a head may be. */
export interface HeadLimits {
  bytesMax: number;
  fieldsMax: number;
}

const LIMITS: HeadLimits = { bytesMax: HEAD_BYTES_MAX, fieldsMax: FIELDS_MAX };

/** One request's head at a time; made once for each connection. */
export class RequestHead {
  readonly fields: Fields;
  method = "";
  /** As it is to be forwarded: origin form, or `*`. */
  target = "";
  /** The authority asked for, in lower case; "" from an old client. */
  host = "";
  /** Whether the target named the host, which then outweighs the Host field. */
  absolute = false;
  /** 0 for HTTP/1.0, 1 for HTTP/1.1. */
  minor = 1;
  /** Whether the client lets the connection live on. */
  keepAlive = true;
  framing: Framing = { kind: "none", length: 0 };
  /** The protocol asked for by a well-formed upgrade, in lower case, or "". */
  upgrade = "";

  /** Names of further fields that end at this hop, in lower case. */
  hopNames: readonly string[] = [];
  readonly #bytesMax: number;
  #scanned = 0;
  readonly #lastTarget = new LastText();
  readonly #lastHost = new LastText();
  /** The value of a Host field that was found well-formed. */
  #goodHost: string | undefined;
  #goodHostLower = "";

  constructor({ bytesMax, fieldsMax } = LIMITS) {
    this.#bytesMax = bytesMax;
    this.fields = new Fields(fieldsMax);
  }

  /**
   * Reads a head that starts at `from`. Returns the offset behind it, or -1
   * where more bytes are needed; then call it again with the same `from`
   * relative to the first byte. Throws an Http1Error on what is no request.
   */
  read(bytes: Uint8Array, from: number, to: number): number {
    let start = from;
    // RFC 9112 2.2: empty lines before a request are overlooked.
    while (bytes[start] === CR && bytes[start + 1] === LF && start + 1 < to) {
      start += 2;
    }
    if (start < to && bytes[start] !== CR && IS_TOKEN[bytes[start]!] === 0) {
      throw new Http1Error(400, "Malformed request line");
    }
    // The last three bytes may be the beginning of the end.
    const resume = Math.max(start, from + this.#scanned - 3);
    const end = findHeadEnd(bytes, resume, to);
    if ((end === -1 ? to : end) - from > this.#bytesMax) {
      throw new Http1Error(431, `Head longer than ${this.#bytesMax} bytes`);
    }
    this.#scanned = end === -1 ? to - from : 0;
    if (end === -1) return -1;
    this.#readLine(bytes, start, end);
    this.#checkHost();
    this.framing = requestFraming(this.fields, this.minor);
    this.#readConnection();
    return this.fields.end;
  }

  /** Forgets a head that was only half there. */
  reset(): void {
    this.#scanned = 0;
  }

  #readLine(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (IS_TOKEN[bytes[at]!] === 1) at++;
    if (bytes[at] !== SP || at === start) {
      throw new Http1Error(400, "Malformed method");
    }
    this.method = methodOf(bytes, start, at);
    const targetStart = ++at;
    while (IS_TARGET[bytes[at]!] === 1) at++;
    if (bytes[at] !== SP || at === targetStart) {
      throw new Http1Error(400, "Malformed request target");
    }
    this.target = this.#lastTarget.read(bytes, targetStart, at);
    this.minor = readVersion(bytes, at + 1);
    at += 9;
    if (bytes[at] !== CR || bytes[at + 1] !== LF) {
      throw new Http1Error(400, "Malformed request line");
    }
    this.fields.read(bytes, at + 2, end);
  }

  #checkHost(): void {
    const { fields } = this;
    const at = fields.find(Field.host);
    if (at !== -1 && fields.find(Field.host, at + 1) !== -1) {
      throw new Http1Error(400, "More than one Host field");
    }
    if (at === -1 && this.minor === 1) {
      throw new Http1Error(400, "Missing Host field");
    }
    this.#readHost(at);
    this.absolute = false;
    if (this.target.startsWith("/")) return;
    this.#readOddTarget();
  }

  #readHost(at: number): void {
    const { fields } = this;
    if (at === -1) {
      this.host = "";
      return;
    }
    const host = this.#lastHost
      .read(fields.bytes, fields.valueStart(at), fields.valueEnd(at));
    if (host !== this.#goodHost) {
      if (!isAuthority(host)) {
        throw new Http1Error(400, "Malformed Host field");
      }
      this.#goodHost = host;
      this.#goodHostLower = host.toLowerCase();
    }
    this.host = this.#goodHostLower;
  }

  /** `OPTIONS *`, or the absolute form that is sent to proxies. */
  #readOddTarget(): void {
    if (this.target === "*" && this.method === "OPTIONS") return;
    if (this.method === "CONNECT") return;
    const parts = ABSOLUTE_TARGET.exec(this.target);
    const authority = parts?.[1] ?? "";
    if (parts === null || !isAuthority(authority)) {
      throw new Http1Error(400, "Malformed request target");
    }
    const rest = parts[2] ?? "";
    // RFC 9112 3.2.4: without a path the server as a whole is meant.
    const whole = rest === "" && this.method === "OPTIONS";
    this.target = whole ? "*" : rest.startsWith("/") ? rest : `/${rest}`;
    this.host = authority.toLowerCase();
    this.absolute = true;
  }

  #readConnection(): void {
    const { close, keepAlive, upgrade, names } = connectionOptions(this.fields);
    this.keepAlive = !close && (this.minor === 1 || keepAlive);
    this.hopNames = names;
    this.upgrade = upgrade ? this.#upgradeProtocol() : "";
  }

  #upgradeProtocol(): string {
    const at = this.fields.find(Field.upgrade);
    const alone = at !== -1 && this.fields.find(Field.upgrade, at + 1) === -1;
    const possible = alone && this.minor === 1 && this.method === "GET" &&
      this.framing.kind === "none";
    return possible ? this.fields.value(at).toLowerCase() : "";
  }
}

const LETTER_G = 71;

/** The method as text, without making the commonest one anew each time. */
function methodOf(bytes: Uint8Array, from: number, to: number): string {
  if (to - from === 3 && bytes[from] === LETTER_G) {
    if (bytes[from + 1] === 69 && bytes[from + 2] === 84) return "GET";
  }
  return latin1(bytes, from, to);
}

/** The minor version at `from`: 0 or 1. Other versions are 505, others 400. */
export function readVersion(bytes: Uint8Array, from: number): number {
  // "HTTP/1."
  const known = bytes[from] === 72 && bytes[from + 1] === 84 &&
    bytes[from + 2] === 84 && bytes[from + 3] === 80 &&
    bytes[from + 4] === 47 && bytes[from + 5] === 49 && bytes[from + 6] === 46;
  const minor = bytes[from + 7]! - 48;
  if (known && (minor === 0 || minor === 1)) return minor;
  if (/^HTTP\/\d\.\d$/.test(latin1(bytes, from, from + 8))) {
    throw new Http1Error(505, "HTTP version not supported");
  }
  throw new Http1Error(400, "Malformed HTTP version");
}
