/**
 * The path of a request as the one key that files are looked up by. Pure. It
 * reads the raw target: `new URL()` would resolve what has to be refused.
 * @module
 */

/** Escapes that would turn into a separator or an end once decoded. */
const HIDDEN_SEPARATOR = /\\|%(?:2f|5c|00)/i;
const CONTROL = /\p{Cc}/u;

/** The decoded path, or undefined where it isn't one that can name a file. */
export function sitePath(url: string): string | undefined {
  const raw = rawPath(url);
  if (HIDDEN_SEPARATOR.test(raw)) return undefined;
  let path: string;
  try {
    path = decodeURIComponent(raw);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
  if (CONTROL.test(path)) return undefined;
  const [, ...segments] = path.split("/");
  const escapes = segments.some((segment) => /^\.{1,2}$/.test(segment));
  return escapes ? undefined : path;
}

function rawPath(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  if (start === -1) return "/";
  const end = url.slice(start).search(/[?#]/);
  return end === -1 ? url.slice(start) : url.slice(start, start + end);
}
