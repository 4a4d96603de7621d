/**
 * Reads a stream of HTTP/1.1 messages the way a suspicious receiver would:
 * nothing is overlooked, repaired or guessed. It shares no code with lib/http1,
 * so that it can judge what the proxy emits.
 * @module
 */

export interface Message {
  startLine: string;
  fields: [name: string, value: string][];
  body: string;
  /** Lines of a trailer section, without their CRLF. */
  trailers: string[];
}

/** What a stream holds: whole messages, and what is not whole yet. */
export interface Stream {
  messages: Message[];
  rest: string;
}

const REQUEST_LINE =
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ [\x21-\x7e\x80-\xff]+ HTTP\/1\.1$/;
const STATUS_LINE = /^HTTP\/1\.1 [1-5]\d\d [\t\x20-\x7e\x80-\xff]*$/;
/** Answers that end with their head, whatever it tells (RFC 9112 6.3). */
const BODYLESS = /^HTTP\/1\.1 (1\d\d|204|304) /;
const FIELD =
  /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;
const CHUNK_SIZE = /^[0-9a-f]{1,8}$/;

class Cursor {
  at = 0;
  constructor(readonly text: string) {}

  /** Up to the next CRLF; undefined where it has not come. */
  line(): string | undefined {
    const end = this.text.indexOf("\r\n", this.at);
    if (end === -1) return undefined;
    const line = this.text.slice(this.at, end);
    this.at = end + 2;
    return line;
  }

  take(count: number): string | undefined {
    if (this.at + count > this.text.length) return undefined;
    this.at += count;
    return this.text.slice(this.at - count, this.at);
  }
}

/** The requests in what a backend was sent. Throws a SyntaxError on any doubt. */
export function readRequests(text: string): Stream {
  return readAll(text, { startLine: REQUEST_LINE, isRequest: true });
}

/** The responses in what a client was sent, none of them to a HEAD. */
export function readResponses(text: string): Stream {
  return readAll(text, { startLine: STATUS_LINE, isRequest: false });
}

interface Kind {
  startLine: RegExp;
  isRequest: boolean;
}

function readAll(text: string, kind: Kind): Stream {
  const cursor = new Cursor(text);
  const messages: Message[] = [];
  let wholeUpTo = 0;
  for (;;) {
    const message = readMessage(cursor, kind);
    if (message === undefined) break;
    messages.push(message);
    wholeUpTo = cursor.at;
  }
  return { messages, rest: text.slice(wholeUpTo) };
}

function readMessage(
  cursor: Cursor,
  { startLine: wanted, isRequest }: Kind,
): Message | undefined {
  const startLine = cursor.line();
  if (startLine === undefined) return undefined;
  if (!wanted.test(startLine)) refuse("start line", startLine);
  const fields: [string, string][] = [];
  for (;;) {
    const line = cursor.line();
    if (line === undefined) return undefined;
    if (line === "") break;
    const found = FIELD.exec(line);
    if (found === null) return refuse("field", line);
    fields.push([found[1]!.toLowerCase(), found[2]!]);
  }
  if (isRequest && one(fields, "host") === undefined) {
    refuse("request", startLine);
  }
  if (BODYLESS.test(startLine)) {
    return { startLine, fields, body: "", trailers: [] };
  }
  const length = one(fields, "content-length");
  const coding = one(fields, "transfer-encoding");
  if (length !== undefined && coding !== undefined) {
    refuse("framing", "two lengths");
  }
  if (coding !== undefined) {
    if (coding !== "chunked") refuse("coding", coding);
    const chunks = readChunks(cursor);
    return chunks && { startLine, fields, ...chunks };
  }
  if (length !== undefined && !/^\d{1,15}$/.test(length)) {
    refuse("length", length);
  }
  const body = cursor.take(Number(length ?? 0));
  return body === undefined
    ? undefined
    : { startLine, fields, body, trailers: [] };
}

function readChunks(
  cursor: Cursor,
): { body: string; trailers: string[] } | undefined {
  let body = "";
  for (;;) {
    const size = cursor.line();
    if (size === undefined) return undefined;
    if (!CHUNK_SIZE.test(size)) refuse("chunk size", size);
    const count = parseInt(size, 16);
    if (count === 0) break;
    const data = cursor.take(count + 2);
    if (data === undefined) return undefined;
    if (!data.endsWith("\r\n")) refuse("chunk", data);
    body += data.slice(0, -2);
  }
  const trailers: string[] = [];
  for (;;) {
    const line = cursor.line();
    if (line === undefined) return undefined;
    if (line === "") return { body, trailers };
    if (!FIELD.test(line)) refuse("trailer", line);
    trailers.push(line);
  }
}

/** The value of a field that may stand once. */
function one(
  fields: readonly [string, string][],
  name: string,
): string | undefined {
  const found = fields.filter(([it]) => it === name);
  if (found.length > 1) refuse("fields", `${name} ${found.length} times`);
  return found[0]?.[1];
}

function refuse(what: string, text: string): never {
  throw new SyntaxError(`Not a ${what}: ${JSON.stringify(text.slice(0, 200))}`);
}
