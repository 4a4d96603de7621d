/**
 * As much of a terminal as the peer's screen uses, for tests: rows of text,
 * a cursor, the few sequences that are written, and folding when it gets
 * narrower. What it does not know fails.
 * @module
 */
import { widthOf } from "../../lib/cli/prompt.ts";

// deno-lint-ignore no-control-regex -- this is what terminals obey.
const PIECE = /\x1b\[(\??[\d;]*)([A-Za-z])|\x1b[78]|\r|\n|[^\x00-\x1f]/gu;

export class TinyTerminal {
  columns: number;
  #lines: string[] = [""];
  #row = 0;
  #column = 0;
  #wraps = true;
  #kept = { row: 0, column: 0 };

  constructor(columns: number) {
    this.columns = columns;
  }

  get rows(): string[] {
    return this.#lines.map((line) => line.trimEnd());
  }

  get cursor(): { row: number; column: number } {
    return { row: this.#row, column: this.#column };
  }

  write(text: string): void {
    for (const [piece, digits = "", command] of text.matchAll(PIECE)) {
      if (piece === "\r") this.#column = 0;
      else if (piece === "\n") this.#feed();
      else if (piece === "\x1b7") this.#kept = this.cursor;
      else if (piece === "\x1b8") this.#goBack();
      else if (command !== undefined) this.#obey(command, digits);
      else this.#put(piece);
    }
  }

  /** Folds what does not fit any more, the cursor with it. */
  resize(columns: number): void {
    this.columns = columns;
    const line = this.#lines[this.#row] ?? "";
    const folds: string[] = [];
    for (let at = 0; at < line.length; at += columns) {
      folds.push(line.slice(at, at + columns));
    }
    this.#lines.splice(this.#row, 1, ...folds);
    this.#row += Math.floor(this.#column / columns);
    this.#column %= columns;
  }

  #obey(command: string, digits: string): void {
    const count = Number(digits || 1);
    if (command === "A") this.#row = Math.max(0, this.#row - count);
    else if (command === "C") this.#column += count;
    else if (command === "J") this.#clearBelow();
    else if (digits === "?7") this.#wraps = command === "h";
    else if (digits !== "?2004") {
      throw new Error(`Unknown: ${digits}${command}`);
    }
  }

  #goBack(): void {
    this.#row = this.#kept.row;
    this.#column = this.#kept.column;
  }

  #clearBelow(): void {
    this.#lines.length = this.#row + 1;
    this.#lines[this.#row] = this.#leftOf(this.#column);
  }

  #feed(): void {
    this.#row++;
    this.#lines[this.#row] ??= "";
  }

  #put(character: string): void {
    if (this.#column + widthOf(character) > this.columns) {
      if (!this.#wraps) return;
      this.#column = 0;
      this.#feed();
    }
    const line = this.#lines[this.#row] ?? "";
    const left = this.#leftOf(this.#column);
    const right = line.slice(left.length + character.length);
    this.#lines[this.#row] = left + character + right;
    this.#column += widthOf(character);
  }

  /** Of the row as much as is that wide. */
  #leftOf(column: number): string {
    const line = this.#lines[this.#row] ?? "";
    let left = "";
    for (const character of line) {
      if (widthOf(left + character) > column) break;
      left += character;
    }
    return left.padEnd(left.length + column - widthOf(left));
  }
}
