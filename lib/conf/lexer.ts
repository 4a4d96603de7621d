/**
 * Cuts a conf into tokens. It forgives what people write by hand (a BOM, CRLF,
 * tabs, comments anywhere, no newline at the end) and knows no directive.
 * @module
 */
import { ConfError, type Place, type Source } from "./conf_error.ts";

export interface Token extends Place {
  /** "end" closes a line that no `;` closed. */
  type: "word" | "{" | "}" | ";" | "end";
  /** A word's text without its quotes. */
  text: string;
}

/** Quoted text, a comment, a bare word (`${host}` is of one piece), or a sign. */
const PIECE =
  /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|#.*|(?:\$\{\w+\}|\{\{\w+\}\}|[^\s{};])+|[{};]/g;
/** `<<<<<<< HEAD` and what else an unfinished merge leaves behind. */
const MERGE_MARKER = /^\s*(<{7}|={7}|>{7}|\|{7})/;

/** `text` cut at its line ends, whatever system wrote them. */
export function sourceOf(text: string, filename: string): Source {
  return { filename, lines: text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/) };
}

/** Every token of `source`, with one "end" after each line. */
export function tokenize(source: Source): Token[] {
  return source.lines.flatMap((text, index) =>
    tokensOfLine(source, text, index + 1)
  );
}

function tokensOfLine(source: Source, text: string, line: number): Token[] {
  if (MERGE_MARKER.test(text)) {
    throw new ConfError(
      source,
      { line, column: 1 },
      "leftover merge marker, expected the merge to be finished",
    );
  }
  const tokens: Token[] = [];
  for (const match of text.matchAll(PIECE)) {
    const piece = match[0];
    const place = { line, column: match.index + 1 };
    if (piece.startsWith("#")) break;
    if (piece === "{" || piece === "}" || piece === ";") {
      tokens.push({ type: piece, text: piece, ...place });
      continue;
    }
    const quoted = match[1] ?? match[2];
    if (quoted === undefined && /^["']/.test(piece)) {
      throw new ConfError(
        source,
        place,
        `unclosed quote, expected another ${piece[0]} in this line`,
      );
    }
    const word = quoted?.replace(/\\(.)/g, "$1") ?? piece;
    tokens.push({ type: "word", text: word, ...place });
  }
  tokens.push({ type: "end", text: "", line, column: text.length + 1 });
  return tokens;
}
