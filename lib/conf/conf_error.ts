/**
 * What is thrown where a conf cannot be read: it says where, shows the line and
 * points at the place.
 * @module
 */

/** A place in a conf file; line and column count from 1. */
export interface Place {
  line: number;
  column: number;
}

/** The text being read, for messages that show a line of it. */
export interface Source {
  filename: string;
  lines: string[];
}

/** A conf that cannot be read; nothing of it is used. */
export class ConfError extends SyntaxError {
  override name = "ConfError";
  readonly file: string;
  readonly line: number;
  readonly column: number;

  constructor(source: Source, place: Place, reason: string) {
    const { line, column } = place;
    const text = source.lines[line - 1] ?? "";
    // Tabs stay tabs, so that the caret stands under its character anywhere.
    const indent = text.slice(0, column - 1).replace(/[^\t]/g, " ");
    super(
      `Cannot read ${source.filename} line ${line} column ${column}: ${reason}\n${text}\n${indent}^`,
    );
    this.file = source.filename;
    this.line = line;
    this.column = column;
  }
}
