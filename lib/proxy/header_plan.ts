/**
 * The headers that a location's conf adds, ready to write: `proxy_set_header` to
 * the request, `add_header` to the answer. Values are latin1, a character for
 * each byte; no line can end in them, since neither the conf nor a field that
 * came in can hold a line's end.
 * @module
 */
import type {
  AnswerHeaderConf,
  HeaderConf,
  HeaderPart,
  VariableName,
} from "../conf/conf.ts";
import type { ByteWriter } from "../http1/byte_writer.ts";
import { encode, latin1 } from "../http1/bytes.ts";

/** What a variable stands for, in one request. */
export type ValueOf = (name: VariableName) => string;

interface Line {
  name: string;
  parts: (string | { variable: VariableName })[];
}

/** What takes the place of the client's fields. */
export class HeaderPlan {
  /** Lower-case names whose incoming fields give way. */
  readonly names: ReadonlySet<string>;
  readonly #lines: Line[];

  constructor(headers: readonly HeaderConf[]) {
    this.names = new Set(headers.map(({ name }) => name.toLowerCase()));
    this.#lines = headers.map(lineOf);
  }

  write(out: ByteWriter, valueOf: ValueOf): void {
    for (const line of this.#lines) out.text(textOf(line, valueOf));
  }
}

/** Lines to add to an answer, each with its CRLF. */
export interface AddedLines {
  /** For any final answer. */
  always: string;
  /** Only for those that went well. */
  whenWell: string;
}

export const NOTHING_ADDED: AddedLines = { always: "", whenWell: "" };

/** Where nginx adds headers that are not for `always`. */
const WELL = new Set([200, 201, 204, 206, 301, 302, 303, 304, 307, 308]);

/** What is added to the answers. */
export class AnswerPlan {
  readonly #always: Line[];
  readonly #whenWell: Line[];

  constructor(headers: readonly AnswerHeaderConf[]) {
    this.#always = headers.filter(({ always }) => always).map(lineOf);
    this.#whenWell = headers.filter(({ always }) => !always).map(lineOf);
  }

  get isEmpty(): boolean {
    return this.#always.length === 0 && this.#whenWell.length === 0;
  }

  /** Made while the request is at hand: its bytes are gone when it is answered. */
  lines(valueOf: ValueOf): AddedLines {
    const textsOf = (lines: Line[]) =>
      lines.map((line) => textOf(line, valueOf)).join("");
    return {
      always: textsOf(this.#always),
      whenWell: textsOf(this.#whenWell),
    };
  }
}

/** Writes what belongs to a final answer with `status`. */
export function writeAdded(
  out: ByteWriter,
  { always, whenWell }: AddedLines,
  status: number,
): void {
  out.text(always);
  if (WELL.has(status)) out.text(whenWell);
}

function lineOf({ name, parts }: HeaderConf): Line {
  return { name, parts: parts.map(partOf) };
}

function partOf(part: HeaderPart): string | { variable: VariableName } {
  if (!("text" in part)) return part;
  // UTF-8 as one character for each byte, which is what ByteWriter.text takes.
  const bytes = encode(part.text);
  return latin1(bytes, 0, bytes.length);
}

function textOf({ name, parts }: Line, valueOf: ValueOf): string {
  const value = parts.map((part) =>
    typeof part === "string" ? part : valueOf(part.variable)
  ).join("");
  // As in nginx, an empty value removes the header.
  return value === "" ? "" : `${name}: ${value}\r\n`;
}
