/**
 * Finds the web addresses in a message. Pure: text in, pieces out; the pieces
 * joined are the text again. Only http and https become links.
 * @module
 */

export interface Piece {
  text: string;
  /** Set where the piece is a link. */
  href?: string;
}

// Format characters (\p{Cf}) can make an address read as another one.
const ADDRESS = /https?:\/\/[^\s<>"\p{Cc}\p{Cf}]+/giu;
const CLOSING_MARKS = ".,;:!?'’”…)]}";
const OPENING: Record<string, string> = { ")": "(", "]": "[", "}": "{" };

/** Text as pieces, in order. */
export function linkify(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = withoutClosingMarks(match[0]);
    const href = safeHref(address);
    if (href === undefined) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index) });
    pieces.push({ text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

/** `https://a.b/c).` -> `https://a.b/c`; `https://a.b/c_(d)` stays whole. */
function withoutClosingMarks(found: string): string {
  let end = found.length;
  // How many of each bracket were closed more often than opened.
  const unopened = new Map(
    Object.entries(OPENING).map(([closing, opening]) => [
      closing,
      count(found, closing) - count(found, opening),
    ]),
  );
  for (; end > 0; end--) {
    const mark = found[end - 1] ?? "";
    if (!CLOSING_MARKS.includes(mark)) break;
    const surplus = unopened.get(mark);
    if (surplus !== undefined && surplus <= 0) break;
    if (surplus !== undefined) unopened.set(mark, surplus - 1);
  }
  return found.slice(0, end);
}

function count(text: string, mark: string): number {
  return text.split(mark).length - 1;
}

function safeHref(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  // https://bank.example@evil.example reads as the bank.
  if (url.username !== "" || url.password !== "") return undefined;
  return url.href;
}
