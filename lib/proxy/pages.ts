/**
 * What a client gets where the proxy itself has to answer: a small page for
 * people, JSON for programs. It says what failed and what to do, never what is
 * behind the proxy.
 * @module
 */
import { Buffer } from "node:buffer";
import { encode } from "../http1/bytes.ts";

interface Wording {
  reason: string;
  code: string;
  sentence: string;
}

const WORDINGS: Record<number, Wording> = {
  400: {
    reason: "Bad Request",
    code: "bad-request",
    sentence: "The browser sent a request that cannot be understood.",
  },
  404: {
    reason: "Not Found",
    code: "host-not-found",
    sentence:
      "Nothing is served here under this address. Check how it is spelled.",
  },
  405: {
    reason: "Method Not Allowed",
    code: "method-not-allowed",
    sentence: "This kind of request is not served here.",
  },
  408: {
    reason: "Request Timeout",
    code: "request-timeout",
    sentence:
      "The request took too long to arrive. Check the connection and try again.",
  },
  413: {
    reason: "Content Too Large",
    code: "content-too-large",
    sentence:
      "What was sent is larger than this server takes. Send something smaller.",
  },
  429: {
    reason: "Too Many Requests",
    code: "too-many-requests",
    sentence:
      "More was asked from your address at once than this server takes. Try again in a moment.",
  },
  431: {
    reason: "Request Header Fields Too Large",
    code: "headers-too-large",
    sentence:
      "The request's headers are too large. Clearing this site's cookies may help.",
  },
  501: {
    reason: "Not Implemented",
    code: "not-implemented",
    sentence: "The request asks for something that this server does not do.",
  },
  502: {
    reason: "Bad Gateway",
    code: "bad-gateway",
    sentence:
      "The service behind this address does not answer as it should. It may be starting: try again in a moment.",
  },
  503: {
    reason: "Service Unavailable",
    code: "service-unavailable",
    sentence:
      "No service is set up behind this address yet, or none is free. Try again in a moment.",
  },
  504: {
    reason: "Gateway Timeout",
    code: "gateway-timeout",
    sentence:
      "The service behind this address took too long to answer. Try again in a moment.",
  },
  505: {
    reason: "HTTP Version Not Supported",
    code: "version-not-supported",
    sentence:
      "The request uses a version of HTTP that this server does not speak.",
  },
};

export interface PageOptions {
  /** A program asked: answer with JSON. */
  json?: boolean;
  /** Tell the client that the connection ends here. */
  close?: boolean;
  /** Only the head, for a HEAD request. */
  headOnly?: boolean;
  /** When to try again, in seconds. */
  retryAfterS?: number | undefined;
  /** Further lines of the head, each with its CRLF; latin1. */
  added?: string;
}

/** A whole response with `status`. */
export function errorResponse(
  status: number,
  {
    json = false,
    close = false,
    headOnly = false,
    retryAfterS,
    added = "",
  }: PageOptions = {},
): Uint8Array {
  const wording = WORDINGS[status] ?? WORDINGS[502]!;
  const body = json ? jsonOf(wording) : pageOf(status, wording);
  const bytes = encode(body);
  const type = json ? "application/json" : "text/html; charset=utf-8";
  const head = [
    `HTTP/1.1 ${status} ${wording.reason}`,
    `Content-Type: ${type}`,
    `Content-Length: ${bytes.length}`,
    "Cache-Control: no-store",
    "Content-Security-Policy: default-src 'none'",
    "X-Content-Type-Options: nosniff",
    ...status === 405
      ? ["Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"]
      : [],
    ...retryAfterS === undefined ? [] : [`Retry-After: ${retryAfterS}`],
    ...close ? ["Connection: close"] : [],
  ];
  const text = `${head.join("\r\n")}\r\n${added}\r\n`;
  return Buffer.concat([
    Buffer.from(text, "latin1"),
    headOnly ? new Uint8Array(0) : bytes,
  ]);
}

/**
 * Sends the client to the same page by https, with the same method, this time:
 * browsers would keep a 308 for ever, also when the conf says so no more.
 */
export function redirectResponse(location: string, close: boolean): Uint8Array {
  const head = [
    "HTTP/1.1 308 Permanent Redirect",
    `Location: ${location}`,
    "Cache-Control: no-store",
    "Content-Length: 0",
    ...close ? ["Connection: close"] : [],
  ];
  return encode(`${head.join("\r\n")}\r\n\r\n`);
}

/** Whether an Accept field would rather have JSON than a page. */
export function prefersJson(accept: string): boolean {
  const json = accept.indexOf("application/json");
  const html = accept.indexOf("text/html");
  return json !== -1 && (html === -1 || json < html);
}

function jsonOf({ code, sentence }: Wording): string {
  return `${JSON.stringify({ error: { code, message: sentence } })}\n`;
}

function pageOf(status: number, { reason, sentence }: Wording): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${status} ${escapeHtml(reason)}</title>
<h1>${escapeHtml(reason)}</h1>
<p>${escapeHtml(sentence)}</p>
<p><small>Error ${status}</small></p>
</html>
`;
}

const ESCAPES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => ESCAPES[letter] ?? letter);
}
