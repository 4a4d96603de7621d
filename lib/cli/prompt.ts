/**
 * The last row of the terminal: what is typed, behind a label. It always is one
 * row, which shows the part around the cursor: a terminal that gets narrower
 * folds long lines by rules of its own. Pure: what to write comes out.
 * @module
 */
import stringWidth from "string-width";
import { plainLine } from "./plain_text.ts";

export interface Typed {
  characters: readonly string[];
  cursor: number;
}

/** What is drawn, the cursor between `before` and `after`. */
export interface Row {
  label: string;
  before: string;
  after: string;
  /** The column of the cursor, from 0. */
  column: number;
}

/** The room that a line needs at least: a label that leaves less is cut. */
const TYPED_COLUMNS_MIN = 8;
/** Less says nothing. */
const LABEL_COLUMNS_MIN = 4;
const MORE_BEFORE = "‹";
const MORE_AFTER = "›";

export function widthOf(text: string): number {
  return stringWidth(text);
}

/** Of `text` as much as fits into `columns`. */
export function fitted(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (widthOf(kept + segment) > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Lines of so many columns, broken between words; a longer word stays whole. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    const isFull = line !== "" && widthOf(longer) > columns;
    if (isFull) lines.push(line);
    line = isFull ? word : longer;
  }
  return [...lines, line];
}

/** The row in a terminal of so many columns. The last one stays free. */
export function promptRow(
  label: string,
  typed: Typed,
  columns: number,
): Row {
  const shownLabel = labelWithin(label, columns - 1 - TYPED_COLUMNS_MIN);
  const room = columns - 1 - widthOf(shownLabel);
  const shown = typed.characters.map(shownAs);
  const widths = shown.map(widthOf);
  const [from, to] = window(widths, typed.cursor, room);
  const before = (from > 0 ? MORE_BEFORE : "") +
    shown.slice(from, typed.cursor).join("");
  const after = shown.slice(typed.cursor, to).join("") +
    (to < shown.length ? MORE_AFTER : "");
  const column = widthOf(shownLabel + before);
  return { label: shownLabel, before, after, column };
}

/** A blank stays between a label that was cut and the line. */
function labelWithin(label: string, columns: number): string {
  if (widthOf(label) <= columns) return label;
  return columns < LABEL_COLUMNS_MIN ? "" : `${fitted(label, columns - 1)} `;
}

/** A line break that was pasted is one character of the line. */
function shownAs(character: string): string {
  return character === "\n" ? "⏎" : plainLine(character);
}

/** The characters around the cursor that fit, the marks at both ends included. */
function window(
  widths: number[],
  cursor: number,
  room: number,
): [from: number, to: number] {
  const total = widths.reduce((sum, width) => sum + width, 0);
  if (total < room) return [0, widths.length];
  const inner = room - 3;
  let [from, to, used] = [cursor, cursor, 0];
  while (from > 0 && used + (widths[from - 1] ?? 0) <= inner) {
    used += widths[--from] ?? 0;
  }
  while (to < widths.length && used + (widths[to] ?? 0) <= inner) {
    used += widths[to++] ?? 0;
  }
  return [from, to];
}
