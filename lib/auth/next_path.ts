/**
 * Where a login leads: a path on this site, never another one. Pure.
 * @module
 */

export const DEFAULT_NEXT = "/chat.html";
const NEXT_CHARS_MAX = 1_024;
/** What URL parsers drop or turn around: controls, blanks and `\`. */
const TRICKY = /[\p{Cc}\s\\]/u;
/** Stands for "here": no real site has this name. */
const HERE = "http://here.invalid";

/** `wanted` where it is a path on this site, else the chat. */
export function safeNext(wanted: string | null | undefined): string {
  if (!wanted?.startsWith("/") || wanted.length > NEXT_CHARS_MAX) {
    return DEFAULT_NEXT;
  }
  if (TRICKY.test(wanted) || !URL.canParse(wanted, HERE)) return DEFAULT_NEXT;
  const { origin, pathname, search, hash } = new URL(wanted, HERE);
  // "/.//evil" is a path here, but "//evil" once its dot is resolved.
  if (origin !== HERE || pathname.startsWith("//")) return DEFAULT_NEXT;
  return pathname + search + hash;
}
