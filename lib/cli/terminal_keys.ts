/**
 * What a raw terminal sends, as keys. Pure: text goes in, in pieces that break
 * anywhere, keys come out. It knows the sequences of xterm and its kin, and
 * bracketed paste.
 * @module
 */

export type KeyName =
  | "enter"
  | "tab"
  | "backspace"
  | "delete"
  | "left"
  | "right"
  | "up"
  | "down"
  | "home"
  | "end"
  | "word-left"
  | "word-right"
  | "erase-word"
  | "erase-before"
  | "erase-after"
  | "redraw"
  | "interrupt"
  | "end-of-input";

export type Key =
  | { type: "key"; name: KeyName }
  | { type: "text"; text: string }
  /** Never runs a command or sends a line by itself, whatever it holds. */
  | { type: "paste"; text: string };

/** What is pasted beyond it is not kept: no message may be as long. */
export const PASTE_CHARS_MAX = 32_768;
/** Longer is no sequence of any terminal. */
const SEQUENCE_CHARS_MAX = 32;

const ESCAPE = "\x1b";
const PASTE_BEGINS = "\x1b[200~";
const PASTE_ENDS = "\x1b[201~";

const CONTROLS: Record<string, KeyName> = {
  "\x01": "home",
  "\x02": "left",
  "\x03": "interrupt",
  "\x04": "end-of-input",
  "\x05": "end",
  "\x06": "right",
  "\x08": "backspace",
  "\t": "tab",
  "\n": "enter",
  "\x0b": "erase-after",
  "\x0c": "redraw",
  "\r": "enter",
  "\x0e": "down",
  "\x10": "up",
  "\x15": "erase-before",
  "\x17": "erase-word",
  "\x7f": "backspace",
};

const SEQUENCES: Record<string, KeyName> = {
  "[A": "up",
  "[B": "down",
  "[C": "right",
  "[D": "left",
  "[H": "home",
  "[F": "end",
  "OA": "up",
  "OB": "down",
  "OC": "right",
  "OD": "left",
  "OH": "home",
  "OF": "end",
  "[1~": "home",
  "[3~": "delete",
  "[4~": "end",
  "[7~": "home",
  "[8~": "end",
  "[1;5C": "word-right",
  "[1;5D": "word-left",
  "[1;3C": "word-right",
  "[1;3D": "word-left",
  "b": "word-left",
  "f": "word-right",
  "\x7f": "erase-word",
};

export class TerminalKeys {
  #waiting = "";
  /** What of a paste has come so far. */
  #pasted: string | undefined;

  /** The keys that `text` completes. */
  read(text: string): Key[] {
    this.#waiting += text;
    const keys: Key[] = [];
    for (;;) {
      const before = this.#waiting.length;
      const key = this.#pasted === undefined ? this.#next() : this.#paste();
      if (key !== undefined) keys.push(key);
      if (this.#waiting === "" || this.#waiting.length === before) return keys;
    }
  }

  #next(): Key | undefined {
    const text = this.#waiting;
    if (text.startsWith(PASTE_BEGINS)) {
      this.#waiting = text.slice(PASTE_BEGINS.length);
      this.#pasted = "";
      return undefined;
    }
    if (text.startsWith(ESCAPE)) return this.#sequence();
    const name = CONTROLS[text[0] ?? ""];
    if (name !== undefined) {
      this.#waiting = text.slice(1);
      return { type: "key", name };
    }
    // deno-lint-ignore no-control-regex -- the others have no meaning here.
    const typed = /^[^\x00-\x1f\x7f]*/.exec(text)?.[0] ?? "";
    this.#waiting = text.slice(Math.max(1, typed.length));
    return typed === "" ? undefined : { type: "text", text: typed };
  }

  #sequence(): Key | undefined {
    const rest = this.#waiting.slice(1);
    const whole = /^(\[[\x20-\x3f]*[\x40-\x7e]|O[\x40-\x7e]|[^[O])/su.exec(
      rest,
    );
    if (whole === null) {
      // The rest is on its way, unless it is nothing that ever ends.
      if (rest.length > SEQUENCE_CHARS_MAX) this.#waiting = rest;
      return undefined;
    }
    // Escape before another sequence is a key of its own.
    const sequence = whole[0] === ESCAPE ? "" : whole[0];
    this.#waiting = rest.slice(sequence.length);
    const name = SEQUENCES[sequence];
    return name === undefined ? undefined : { type: "key", name };
  }

  #paste(): Key | undefined {
    const end = this.#waiting.indexOf(PASTE_ENDS);
    const taken = end === -1
      // The end may be cut in two.
      ? Math.max(0, this.#waiting.length - PASTE_ENDS.length + 1)
      : end;
    const text = (this.#pasted + this.#waiting.slice(0, taken))
      .slice(0, PASTE_CHARS_MAX);
    this.#waiting = this.#waiting.slice(taken);
    this.#pasted = text;
    if (end === -1) return undefined;
    this.#waiting = this.#waiting.slice(PASTE_ENDS.length);
    this.#pasted = undefined;
    return { type: "paste", text };
  }
}
