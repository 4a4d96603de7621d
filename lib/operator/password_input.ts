/**
 * Where a command gets a new password from: the terminal, twice and unseen, or
 * standard input. It knows nothing of what makes a password good.
 * @module
 */
import { UsageError } from "../service/command.ts";
import { HiddenLine } from "./hidden_line.ts";

/** Reading stops here: no password may be as long. */
const INPUT_BYTES_MAX = 4_096;
const CHUNK_BYTES = 256;

/** What Deno.stdin offers of it; tests give their own. */
export interface Input {
  isTerminal(): boolean;
  setRaw(raw: boolean): void;
  read(into: Uint8Array): Promise<number | null>;
}

export interface PasswordSource {
  input: Input;
  /** Writes without a line break; where the person looks. */
  write(text: string): void;
}

/** A password typed twice at the terminal. */
export async function askPassword(
  name: string,
  source: PasswordSource,
): Promise<string> {
  const { input } = source;
  if (!input.isTerminal()) {
    throw new UsageError(
      "Cannot ask for a password without a terminal. Give it on standard input with --password-stdin",
    );
  }
  input.setRaw(true);
  try {
    const lines = new HiddenLines(source);
    const first = await lines.next(`New password for ${name}: `);
    const second = await lines.next("The same again: ");
    if (first !== second) throw new Error("The two passwords differ");
    return first;
  } finally {
    input.setRaw(false);
  }
}

/** Everything on standard input, less the one line break that ends it. */
export async function readPassword({ input }: PasswordSource): Promise<string> {
  const bytes = new Uint8Array(INPUT_BYTES_MAX);
  let length = 0;
  for (;;) {
    const read = await input.read(bytes.subarray(length));
    if (read === null || read === 0) break;
    length += read;
  }
  return decode(bytes.slice(0, length)).replace(/\r?\n$/, "");
}

/** Lines of a raw terminal; what was typed ahead is the next one. */
class HiddenLines {
  readonly #source: PasswordSource;
  #ahead: number[] = [];

  constructor(source: PasswordSource) {
    this.#source = source;
  }

  async next(prompt: string): Promise<string> {
    const { write } = this.#source;
    write(prompt);
    const line = new HiddenLine();
    for (;;) {
      const state = line.type(await this.#key());
      if (state === "typing") continue;
      // A raw terminal needs both.
      write("\r\n");
      if (state === "cancelled") throw new Error("Cancelled");
      return decode(line.bytes);
    }
  }

  async #key(): Promise<number> {
    while (this.#ahead.length === 0) {
      const chunk = new Uint8Array(CHUNK_BYTES);
      const length = await this.#source.input.read(chunk);
      if (length === null) throw new Error("Cancelled");
      this.#ahead.push(...chunk.subarray(0, length));
    }
    return this.#ahead.shift() ?? 0;
  }
}

function decode(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    // A mark at the start is part of the password like any other character.
    const options = { fatal: true, ignoreBOM: true };
    return new TextDecoder("utf-8", options).decode(bytes);
  } catch (cause) {
    throw new Error("Cannot use this password: it is not UTF-8", { cause });
  }
}
