/**
 * One line of the access log for one request. Pure. Nothing that a client sends
 * can end the line, or make it longer than a known length. No query is told:
 * it may be a secret, as in the link of an invitation.
 * @module
 */
import { Buffer } from "node:buffer";
import type { RequestRecord } from "./observer.ts";

/** What of the request's head is told besides the record. */
export interface Heard {
  referer: string;
  userAgent: string;
}

/** Of a target, a referer or an agent, this much is told. */
const FIELD_CHARS_MAX = 1_024;
const MONTHS = [
  ..."Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" "),
];

/** As Apache and nginx write it, in UTC. */
export function combinedLine(record: RequestRecord, heard: Heard): string {
  const { clientAddress, method, target, status, bytesSent } = record;
  const asked = method === ""
    ? ""
    : `${method} ${withoutQuery(target).slice(0, FIELD_CHARS_MAX)} ${
      protocolOf(record)
    }`;
  const at = commonTime(record.endedMs);
  return `${clientAddress} - - [${at}] ${
    quoted(asked)
  } ${status} ${bytesSent} ${quoted(withoutQuery(heard.referer))} ${
    quoted(heard.userAgent)
  }\n`;
}

/** One JSON object. */
export function jsonLine(record: RequestRecord, heard: Heard): string {
  const { startedMs, answeredMs, endedMs } = record;
  return `${
    JSON.stringify({
      time: new Date(endedMs).toISOString(),
      client: record.clientAddress,
      peer: record.peer,
      scheme: record.scheme,
      protocol: protocolOf(record),
      method: record.method,
      host: cut(record.host),
      target: cut(withoutQuery(record.target)),
      status: record.status,
      complete: record.complete,
      websocket: record.tunnelled,
      durationMs: endedMs - startedMs,
      answerMs: answeredMs === 0 ? null : answeredMs - startedMs,
      backend: record.backend,
      tries: record.tries,
      bytesReceived: record.bodyBytesReceived,
      bytesSent: record.bytesSent,
      referer: cut(withoutQuery(heard.referer)),
      userAgent: cut(heard.userAgent),
    })
  }\n`;
}

/** Of a target or a referer: pages send their whole address as the latter. */
function withoutQuery(address: string): string {
  return address.split(/[?#]/, 1)[0] ?? "";
}

function protocolOf({ http2, minor }: RequestRecord): string {
  return http2 ? "HTTP/2.0" : `HTTP/1.${minor}`;
}

/** `22/Nov/2026:20:21:22 +0000` */
function commonTime(ms: number): string {
  const iso = new Date(ms).toISOString();
  const month = MONTHS[Number(iso.slice(5, 7)) - 1];
  return `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${
    iso.slice(11, 19)
  } +0000`;
}

/** In quotes, with whatever could end them written as \xNN. */
function quoted(text: string): string {
  if (text === "") return '"-"';
  const safe = text.slice(0, 2 * FIELD_CHARS_MAX).replace(
    /[^\x20\x21\x23-\x5b\x5d-\x7e]/g,
    (byte) =>
      `\\x${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
  return `"${safe}"`;
}

/** Bytes that came as one character each, as the UTF-8 that they may be. */
function cut(text: string): string {
  const part = text.slice(0, FIELD_CHARS_MAX);
  // deno-lint-ignore no-control-regex
  return /^[\x00-\x7f]*$/.test(part)
    ? part
    : Buffer.from(part, "latin1").toString("utf8");
}
