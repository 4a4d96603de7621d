/**
 * A terminal with a prompt on its last row, and lines that come above it. What
 * belongs together is written at once, so that nothing flickers or tears. Pure:
 * `write` gets the bytes as text.
 * @module
 */
import { promptRow, type Typed } from "./prompt.ts";

export interface ScreenParts {
  write(text: string): void;
  columns(): number;
  /** Puts colours round a label. */
  paint?(label: string): string;
}

const CLEAR_BELOW = "\x1b[J";
/** Terminals differ on how wide an emoji is: they know where it ended. */
const KEEP_CURSOR = "\x1b7";
const BACK_TO_CURSOR = "\x1b8";
/** A terminal that is narrower than it has told yet cuts the row, then. */
const WRAP_OFF = "\x1b[?7l";
const WRAP_ON = "\x1b[?7h";
const PASTE_ON = "\x1b[?2004h";
const PASTE_OFF = "\x1b[?2004l";

export class Screen {
  readonly #parts: ScreenParts;
  #label = "";
  #typed: Typed = { characters: [], cursor: 0 };
  /** The cursor's column as it was drawn last; undefined before that. */
  #column: number | undefined;

  constructor(parts: ScreenParts) {
    this.#parts = parts;
  }

  get columns(): number {
    return this.#parts.columns();
  }

  open(): void {
    this.#parts.write(PASTE_ON + this.#drawn());
  }

  /** Leaves the cursor on an empty row. */
  close(): void {
    this.#parts.write(this.#erased() + PASTE_OFF);
    this.#column = undefined;
  }

  show(label: string, typed: Typed): void {
    this.#label = label;
    this.#typed = { characters: [...typed.characters], cursor: typed.cursor };
    if (this.#column !== undefined) this.redraw();
  }

  /** Also after the terminal's size has changed. */
  redraw(): void {
    this.#parts.write(this.#erased() + this.#drawn());
  }

  /** Lines that are safe to show, above the prompt. */
  print(lines: readonly string[]): void {
    const text = lines.map((line) => `${line}\r\n`).join("");
    if (this.#column === undefined) return this.#parts.write(text);
    this.#parts.write(this.#erased() + text + this.#drawn());
  }

  #erased(): string {
    if (this.#column === undefined) return "";
    // A terminal that got narrower has folded the row.
    const folded = Math.floor(
      this.#column / Math.max(1, this.#parts.columns()),
    );
    const up = folded > 0 ? `\x1b[${folded}A` : "";
    return `\r${up}${CLEAR_BELOW}`;
  }

  #drawn(): string {
    const { columns, paint = (label: string) => label } = this.#parts;
    const { label, before, after, column } = promptRow(
      this.#label,
      this.#typed,
      columns(),
    );
    this.#column = column;
    const row = paint(label) + before + KEEP_CURSOR + after;
    return WRAP_OFF + row + BACK_TO_CURSOR + WRAP_ON;
  }
}
