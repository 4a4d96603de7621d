/**
 * Colours for a terminal that wants them, and none for any other. Pure.
 * @module
 */

export interface Colours {
  dim(text: string): string;
  bold(text: string): string;
  warn(text: string): string;
  alarm(text: string): string;
  /** Always the same for one name. */
  person(name: string): string;
}

const PEOPLE = [31, 32, 33, 34, 35, 36, 91, 92, 94, 95];

export const NO_COLOURS: Colours = {
  dim: (text) => text,
  bold: (text) => text,
  warn: (text) => text,
  alarm: (text) => text,
  person: (name) => name,
};

export const COLOURS: Colours = {
  dim: (text) => sgr(2, text),
  bold: (text) => sgr(1, text),
  warn: (text) => sgr(33, text),
  alarm: (text) => sgr(1, sgr(91, text)),
  person: (name) => sgr(PEOPLE[hash(name) % PEOPLE.length] ?? 36, name),
};

function sgr(code: number, text: string): string {
  return `\x1b[${code}m${text}\x1b[0m`;
}

function hash(text: string): number {
  let sum = 0;
  for (const unit of new TextEncoder().encode(text)) {
    sum = (Math.imul(sum, 31) + unit) >>> 0;
  }
  return sum;
}
