/**
 * Writes the heads that the proxy sends: what came in, line for line and in its
 * order, less what belongs to one hop only, plus what the proxy says itself.
 * @module
 */
import { ByteWriter } from "../http1/byte_writer.ts";
import { Field, Fields } from "../http1/fields.ts";
import type { RequestHead } from "../http1/request_head.ts";
import type { ResponseHead } from "../http1/response_head.ts";
import { CLAIMS, isNamed } from "./claims.ts";
import { type AddedLines, type HeaderPlan, writeAdded } from "./header_plan.ts";
import type { Scheme } from "./observer.ts";
import { forwardedFor, valueOf } from "./variables.ts";

/** Fields of one connection, not of the message (RFC 9110 7.6.1). */
const HOP_BY_HOP: ReadonlySet<number> = new Set([
  Field.connection,
  Field.keepAlive,
  Field.proxyConnection,
  Field.te,
  Field.transferEncoding,
  Field.upgrade,
]);

const DIGIT_1 = 49;

const DROPPED_OF_TRUSTED = droppedTable([
  HOP_BY_HOP,
  new Set([
    Field.disguised,
    // Written anew: most proxies that keep the one up to date do not know the
    // other, and pass on whatever a client has made up in it.
    Field.xForwardedFor,
    Field.forwarded,
  ]),
]);
const DROPPED_OF_STRANGER = droppedTable([HOP_BY_HOP, CLAIMS]);
const DROPPED_OF_UPSTREAM = droppedTable([HOP_BY_HOP]);

function droppedTable(sets: ReadonlySet<number>[]): Uint8Array {
  const table = new Uint8Array(Object.keys(Field).length);
  for (const kind of sets.flatMap((set) => [...set])) table[kind] = 1;
  return table;
}

/** What the proxy knows of a request beyond its bytes. */
export interface RequestFacts {
  target: string;
  /** The address at the other end of the connection. */
  peer: string;
  scheme: Scheme;
  /** Who asks, as trusted proxies tell; else the same. */
  clientAddress: string;
  /** Whether the peer is a proxy whose word is taken. */
  trusted: boolean;
  /** Whether the peer is on this machine. */
  loopback: boolean;
  plan: HeaderPlan;
  newRequestId: () => string;
  /** "" until somebody asks for it. */
  requestId: string;
}

/** The head to send upstream for `head`. */
export function writeRequestHead(
  out: ByteWriter,
  head: RequestHead,
  facts: RequestFacts,
): void {
  const { fields } = head;
  const { plan, trusted } = facts;
  const host = head.host;
  out.text(head.method);
  out.text(" ");
  out.text(facts.target);
  out.text(" HTTP/1.1\r\n");
  if (head.absolute || (host === "" && !plan.names.has("host"))) {
    // RFC 9112 3.2.2: the target's authority takes the Host field's place.
    writeLine(out, "Host: ", host);
  }
  copyFields(out, fields, {
    dropped: trusted ? DROPPED_OF_TRUSTED : DROPPED_OF_STRANGER,
    droppedNames: namesToDrop(head.hopNames, plan.names),
    withHost: !head.absolute,
    withLength: head.framing.kind === "length",
    withUpgrade: false,
  });
  if (head.framing.kind === "chunked") {
    out.text("Transfer-Encoding: chunked\r\n");
  } else if (needsZeroLength(head)) out.text("Content-Length: 0\r\n");
  if (head.upgrade === "websocket") {
    out.text("Connection: Upgrade\r\nUpgrade: websocket\r\n");
  }
  if (!plan.names.has("x-forwarded-for")) {
    writeLine(out, "X-Forwarded-For: ", forwardedFor(fields, facts));
  }
  if (!plan.names.has("x-forwarded-proto")) {
    const told = trusted && fields.find(Field.xForwardedProto) !== -1;
    if (!told) writeLine(out, "X-Forwarded-Proto: ", facts.scheme);
  }
  if (!plan.names.has("x-forwarded-host") && host !== "") {
    const told = trusted && fields.find(Field.xForwardedHost) !== -1;
    if (!told) writeLine(out, "X-Forwarded-Host: ", host);
  }
  if (plan.names.size > 0) {
    plan.write(out, (name) => valueOf(name, { head, facts }));
  }
  out.crlf();
}

/**
 * A request's trailers less what the conf sets itself: a backend that joins them
 * to the fields would read the client's word behind ours.
 */
export function keptTrailers(
  trailers: Uint8Array,
  { names }: HeaderPlan,
): Uint8Array {
  if (trailers.length === 0 || names.size === 0) return trailers;
  const fields = new Fields();
  fields.read(trailers, 0, trailers.length);
  const kept = new ByteWriter(trailers.length);
  copyFields(kept, fields, {
    dropped: DROPPED_OF_UPSTREAM,
    droppedNames: names,
    withHost: false,
    withLength: false,
    withUpgrade: false,
  });
  kept.crlf();
  return kept.view();
}

/** An empty body said to be empty; some servers wait for one after a POST. */
function needsZeroLength({ framing, fields }: RequestHead): boolean {
  return framing.kind === "none" && fields.find(Field.contentLength) !== -1;
}

/** Apart, since joining them first would copy them twice. */
function writeLine(out: ByteWriter, start: string, value: string): void {
  out.text(start);
  out.text(value);
  out.crlf();
}

/** How the response's body leaves, and what becomes of the connection. */
export interface ResponseShape {
  body: "none" | "length" | "chunked" | "close";
  /** What the Connection field says, or undefined for none. */
  connection: "close" | "keep-alive" | "Upgrade" | undefined;
  /** What the conf adds, or undefined for nothing. */
  added?: AddedLines | undefined;
}

/** The head to send the client for `head`. */
export function writeResponseHead(
  out: ByteWriter,
  head: ResponseHead,
  { body, connection, added }: ResponseShape,
): void {
  const { fields, status } = head;
  out.text("HTTP/1.1 ");
  out.copy(fields.bytes, head.statusStart, head.statusEnd);
  if (head.lacksReason) out.text(" ");
  out.crlf();
  // RFC 9110 8.6: no length with 1xx and 204; with HEAD and 304 it may stand.
  const mayTellLength = status >= 200 && status !== 204;
  copyFields(out, fields, {
    dropped: DROPPED_OF_UPSTREAM,
    droppedNames: namesToDrop(head.hopNames, NO_NAMES),
    withHost: true,
    withLength: mayTellLength && body !== "chunked",
    withUpgrade: connection === "Upgrade",
  });
  if (added !== undefined) writeAdded(out, added, status);
  if (body === "chunked") out.text("Transfer-Encoding: chunked\r\n");
  if (connection !== undefined) writeLine(out, "Connection: ", connection);
  out.crlf();
}

/**
 * Makes the head that came into the one to send, where only lines have to go:
 * what stands before such a line moves up to it. Returns where the head begins
 * now, or -1 where it has to be written anew. The fields are void afterwards.
 */
export function trimResponseHead(
  head: ResponseHead,
  { body, connection, added }: ResponseShape,
): number {
  const { fields, statusStart, status, hopNames } = head;
  const plain = (body === "length" || body === "none") && status >= 200 &&
    status !== 204 && connection === undefined && added === undefined &&
    hopNames.length === 0 && !head.lacksReason;
  if (!plain) return -1;
  const at = fields.find(Field.contentLength);
  if (at !== -1 && fields.find(Field.contentLength, at + 1) !== -1) return -1;
  const { bytes, count } = fields;
  bytes[statusStart - 2] = DIGIT_1;
  let start = statusStart - "HTTP/1.1 ".length;
  for (let index = 0; index < count; index++) {
    if (DROPPED_OF_UPSTREAM[fields.kind(index)] === 0) continue;
    const from = fields.lineStart(index);
    const length = fields.lineEnd(index) - from;
    bytes.copyWithin(start + length, start, from);
    start += length;
  }
  return start;
}

const NO_NAMES: ReadonlySet<string> = new Set();

function namesToDrop(
  hopNames: readonly string[],
  replaced: ReadonlySet<string>,
): ReadonlySet<string> {
  if (hopNames.length === 0) return replaced;
  // Nobody gets rid of what routes and frames a message by naming it.
  const names = new Set(hopNames);
  names.delete("host");
  names.delete("content-length");
  return new Set([...names, ...replaced]);
}

/** Copies the lines that stay, each run of neighbours in one go. */
function copyFields(
  out: ByteWriter,
  fields: Fields,
  { dropped, droppedNames, withHost, withLength, withUpgrade }: {
    dropped: Uint8Array;
    droppedNames: ReadonlySet<string>;
    withHost: boolean;
    withLength: boolean;
    withUpgrade: boolean;
  },
): void {
  let runStart = -1;
  let lengthSeen = false;
  for (let index = 0; index < fields.count; index++) {
    const kind = fields.kind(index);
    let keep = dropped[kind] === 0;
    if (kind === Field.host) keep = withHost;
    else if (kind === Field.upgrade) keep = withUpgrade;
    else if (kind === Field.contentLength) {
      // Repeats that agree become one.
      keep = withLength && !lengthSeen;
      lengthSeen = true;
    }
    if (keep && droppedNames.size > 0) {
      keep = !isNamed(fields.name(index), droppedNames);
    }
    if (keep) {
      if (runStart === -1) runStart = fields.lineStart(index);
    } else if (runStart !== -1) {
      out.copy(fields.bytes, runStart, fields.lineStart(index));
      runStart = -1;
    }
  }
  if (runStart !== -1) out.copy(fields.bytes, runStart, fields.end - 2);
}
