/**
 * Whether a client already has what it asks for, and which part of it it wants
 * (RFC 9110, 13 and 14). Pure: headers and facts in, decision out.
 * @module
 */

/** What is known of the representation that would be sent. */
export interface Validators {
  /** Strong, with its quotes. */
  etag: string;
  modifiedMs: number;
}

/** First and last byte, both included. */
export interface ByteRange {
  first: number;
  last: number;
}

/** Whether 304 is the answer; If-None-Match makes If-Modified-Since moot. */
export function isNotModified(
  headers: Headers,
  { etag, modifiedMs }: Validators,
): boolean {
  const tags = headers.get("if-none-match");
  if (tags !== null) {
    return tags.split(",").map((tag) => tag.trim().replace(/^W\//, ""))
      .some((tag) => tag === etag || tag === "*");
  }
  const since = Date.parse(headers.get("if-modified-since") ?? "");
  return wholeSeconds(modifiedMs) <= since;
}

/**
 * The one range that is asked for: undefined for the whole, "unsatisfiable"
 * for 416. A header that isn't understood asks for the whole, and so does one
 * with several ranges: nobody but attackers wants those from a small site.
 */
export function requestedRange(
  headers: Headers,
  { size, ...validators }: Validators & { size: number },
): ByteRange | "unsatisfiable" | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(
    headers.get("range")?.trim() ?? "",
  );
  if (match === null || !isStillThat(headers, validators)) return undefined;
  const [, from = "", to = ""] = match;
  if (from === "" && to === "") return undefined;
  if (from === "") {
    const length = Math.min(Number(to), size);
    if (length === 0) return "unsatisfiable";
    return { first: size - length, last: size - 1 };
  }
  const first = Number(from);
  const last = to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== "" && Number(to) < first) return undefined;
  return first >= size ? "unsatisfiable" : { first, last };
}

/** If-Range: the part fits only what the client has the rest of. */
function isStillThat(
  headers: Headers,
  { etag, modifiedMs }: Validators,
): boolean {
  const condition = headers.get("if-range")?.trim();
  if (condition === undefined) return true;
  if (condition.startsWith('"')) return condition === etag;
  return Date.parse(condition) === wholeSeconds(modifiedMs);
}

/** HTTP dates have no milliseconds. */
function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000;
}
