/**
 * Others' text as a terminal may show it. What a terminal obeys instead of
 * showing (control characters, and with them every escape sequence), what turns
 * the direction of a line round, and what nobody sees, never gets through.
 * @module
 */

/** Where text hides or moves: controls, bidi marks, tags, line separators. */
const OBEYED = /[\p{Cc}\p{Zl}\p{Zp}\u{61c}\u{200e}\u{200f}\u{202a}-\u{202e}]/u;
const UNSEEN =
  /[\u{2060}-\u{206f}\u{feff}\u{fff9}-\u{fffb}\u{e0000}-\u{e007f}\u{200b}]/u;
const UNSAFE = new RegExp(`${OBEYED.source}|${UNSEEN.source}`, "gu");
/** More marks on one letter than any script has would climb over other lines. */
const HEAPED_MARKS = /(\p{M}{4})\p{M}+/gu;

const TAB = "    ";

/** One line of text, with a sign in the place of whatever is not text. */
export function plainLine(text: string): string {
  return text.toWellFormed()
    .replaceAll("\t", TAB)
    .replace(UNSAFE, "\u{fffd}")
    .replace(HEAPED_MARKS, "$1");
}

/** The lines of a text; there is always one. */
export function plainLines(text: string): string[] {
  return text.split(/\r\n|[\n\r\u{2028}\u{2029}\u{85}]/u).map(plainLine);
}
