/**
 * Lines typed at a terminal without being shown: passwords. It knows nothing of
 * what they are for.
 * @module
 */
import { HiddenLine } from "./hidden_line.ts";

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

/** Lines of a raw terminal; what was typed ahead is the next one. */
export class HiddenLines {
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
      return decodePassword(line.bytes);
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

export function decodePassword(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    // A mark at the start is part of the password like any other character.
    const options = { fatal: true, ignoreBOM: true };
    return new TextDecoder("utf-8", options).decode(bytes);
  } catch (cause) {
    throw new Error("Cannot use this password: it is not UTF-8", { cause });
  }
}
