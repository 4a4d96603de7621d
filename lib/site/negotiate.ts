/**
 * Which encoding and which language a client prefers, by its q-values. Pure.
 * @module
 */
import { parseAccept } from "hono/utils/accept";

export type Encoding = "br" | "gzip";
export type Language = "en" | "vi";

/** Ours, best first: brotli is the smaller. */
const ENCODINGS: Encoding[] = ["br", "gzip"];
/** The one that is used where a client has no wish. */
const DEFAULT_LANGUAGE: Language = "en";

/** The smallest encoding that the client takes; undefined for plain bytes. */
export function preferredEncoding(header: string | null): Encoding | undefined {
  if (header === null) return undefined;
  const wishes = new Map(
    parseAccept(header).map(({ type, q }) => [type.toLowerCase(), q]),
  );
  const weight = (name: string) => wishes.get(name) ?? wishes.get("*") ?? 0;
  const best = ENCODINGS.filter((encoding) => weight(encoding) > 0)
    .sort((a, b) => weight(b) - weight(a))[0];
  if (best === undefined) return undefined;
  return (wishes.get("identity") ?? 0) > weight(best) ? undefined : best;
}

/** The language a page is served in, out of those that it exists in. */
export function preferredLanguage(
  header: string | null,
  available: readonly Language[],
): Language {
  for (const { type, q } of header === null ? [] : parseAccept(header)) {
    const primary = type.toLowerCase().split("-", 1)[0];
    const language = available.find((known) => known === primary);
    if (language !== undefined && q > 0) return language;
  }
  return DEFAULT_LANGUAGE;
}
