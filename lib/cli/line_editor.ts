/**
 * The line that a person types: keys go in, the line and what is to be done
 * come out. It moves and erases by what a reader takes for one character. Pure:
 * it knows no terminal and no chat.
 * @module
 */
import type { Key, KeyName } from "./terminal_keys.ts";

/** What is typed beyond it is not kept. */
export const LINE_CHARS_MAX = 16_384;
/** Lines that can be had again. */
export const REMEMBERED_MAX = 500;

/** What a key led to, besides a line that may look different. */
export type Outcome =
  | { type: "edited" }
  | { type: "submitted"; line: string }
  /** The next Ctrl-C leaves. */
  | { type: "cleared" }
  | { type: "left" }
  | { type: "redraw" };

/** What may stand in place of the word before the cursor, the best first. */
export type Complete = (before: string) => Completion | undefined;

export interface Completion {
  /** Where in the text before the cursor the word begins. */
  start: number;
  words: string[];
}

interface Cycle {
  before: string;
  completion: Completion;
  at: number;
}

const EDITED: Outcome = { type: "edited" };
const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

export class LineEditor {
  readonly #complete: Complete;
  #characters: string[] = [];
  #cursor = 0;
  readonly #remembered: string[] = [];
  /** Which remembered line is shown; the one being typed is the last. */
  #shown = 0;
  #draft = "";
  #cycle: Cycle | undefined;
  #isLeaving = false;

  constructor(complete: Complete = () => undefined) {
    this.#complete = complete;
  }

  get text(): string {
    return this.#characters.join("");
  }

  get characters(): readonly string[] {
    return this.#characters;
  }

  /** How many characters stand before it. */
  get cursor(): number {
    return this.#cursor;
  }

  /** What is to be gone on with, in place of an empty line. */
  begin(line: string): void {
    this.#set(line);
  }

  press(key: Key): Outcome {
    const isInterrupt = key.type === "key" && key.name === "interrupt";
    const isTab = key.type === "key" && key.name === "tab";
    if (!isTab) this.#cycle = undefined;
    if (isInterrupt) return this.#interrupt();
    this.#isLeaving = false;
    if (key.type === "key") return this.#do(key.name);
    this.#insert(key.type === "paste" ? pasted(key.text) : key.text);
    return EDITED;
  }

  #do(name: KeyName): Outcome {
    switch (name) {
      case "enter":
        return this.#submit();
      case "end-of-input":
        if (this.#characters.length === 0) return { type: "left" };
        this.#erase(this.#cursor, this.#cursor + 1);
        break;
      case "redraw":
        return { type: "redraw" };
      case "tab":
        this.#tab();
        break;
      case "up":
        this.#recall(-1);
        break;
      case "down":
        this.#recall(1);
        break;
      case "backspace":
        this.#erase(this.#cursor - 1, this.#cursor);
        break;
      case "delete":
        this.#erase(this.#cursor, this.#cursor + 1);
        break;
      case "erase-word":
        this.#erase(this.#wordBefore(), this.#cursor);
        break;
      case "erase-before":
        this.#erase(0, this.#cursor);
        break;
      case "erase-after":
        this.#erase(this.#cursor, this.#characters.length);
        break;
      default:
        this.#cursor = this.#moved(name);
    }
    return EDITED;
  }

  #moved(name: KeyName): number {
    const end = this.#characters.length;
    switch (name) {
      case "left":
        return Math.max(0, this.#cursor - 1);
      case "right":
        return Math.min(end, this.#cursor + 1);
      case "home":
        return 0;
      case "end":
        return end;
      case "word-left":
        return this.#wordBefore();
      case "word-right":
        return this.#wordAfter();
      default:
        return this.#cursor;
    }
  }

  /** Once clears, twice leaves. */
  #interrupt(): Outcome {
    if (this.#isLeaving) return { type: "left" };
    this.#isLeaving = true;
    this.#set("");
    this.#shown = this.#remembered.length;
    return { type: "cleared" };
  }

  #submit(): Outcome {
    const line = this.text;
    this.#set("");
    if (line.trim() !== "" && line !== this.#remembered.at(-1)) {
      this.#remembered.push(line);
      if (this.#remembered.length > REMEMBERED_MAX) this.#remembered.shift();
    }
    this.#shown = this.#remembered.length;
    return { type: "submitted", line };
  }

  #recall(step: 1 | -1): void {
    const to = this.#shown + step;
    if (to < 0 || to > this.#remembered.length) return;
    if (this.#shown === this.#remembered.length) this.#draft = this.text;
    this.#shown = to;
    this.#set(this.#remembered[to] ?? this.#draft);
  }

  /** Each further Tab puts the next word in place of the last. */
  #tab(): void {
    const before = this.#characters.slice(0, this.#cursor).join("");
    const cycle = this.#cycle ?? this.#begin(before);
    const { start, words } = cycle.completion;
    const word = words[cycle.at % Math.max(1, words.length)];
    if (word === undefined) return;
    const after = this.#characters.slice(this.#cursor).join("");
    const completed = cycle.before.slice(0, start) + word;
    this.#set(completed + after, completed);
    this.#cycle = { ...cycle, at: cycle.at + 1 };
  }

  #begin(before: string): Cycle {
    const completion = this.#complete(before) ?? { start: 0, words: [] };
    return { before, completion, at: 0 };
  }

  #insert(typed: string): void {
    const before = this.#characters.slice(0, this.#cursor).join("");
    const after = this.#characters.slice(this.#cursor).join("");
    const room = LINE_CHARS_MAX - before.length - after.length;
    const head = before + typed.slice(0, Math.max(0, room)).toWellFormed();
    this.#set(head + after, head);
  }

  #erase(from: number, to: number): void {
    const before = this.#characters.slice(0, Math.max(0, from)).join("");
    this.#set(before + this.#characters.slice(to).join(""), before);
  }

  /** A mark joins the letter before it: the whole line is read anew. */
  #set(text: string, before = text): void {
    this.#characters = split(text);
    let [cursor, length] = [0, 0];
    while (length < before.length && cursor < this.#characters.length) {
      length += this.#characters[cursor++]?.length ?? 0;
    }
    this.#cursor = cursor;
  }

  #wordBefore(): number {
    let at = this.#cursor;
    while (at > 0 && isBlank(this.#characters[at - 1])) at--;
    while (at > 0 && !isBlank(this.#characters[at - 1])) at--;
    return at;
  }

  #wordAfter(): number {
    const end = this.#characters.length;
    let at = this.#cursor;
    while (at < end && isBlank(this.#characters[at])) at++;
    while (at < end && !isBlank(this.#characters[at])) at++;
    return at;
  }
}

function split(text: string): string[] {
  return Array.from(characters.segment(text), ({ segment }) => segment);
}

function isBlank(character = ""): boolean {
  return character.trim() === "";
}

/** Lines stay lines; what else is no text goes. */
function pasted(text: string): string {
  return text.replace(/\r\n?/g, "\n").replaceAll("\t", "  ")
    .replace(/[^\P{Cc}\n]/gu, "").replace(/\n+$/, "");
}
