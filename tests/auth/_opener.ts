/**
 * A process that opens what is in a folder when told, at the same moment as
 * others, and answers with a line.
 * @module
 */
export class Opener {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: ReadableStreamDefaultReader<string>;

  /** `script` is a file beside this one. */
  constructor(script: string) {
    const rights = ["--allow-read", "--allow-write"];
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", ...rights, `tests/auth/${script}`],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#lines = this.#process.stdout
      .pipeThrough(new TextDecoderStream()).getReader();
  }

  async said(): Promise<string> {
    return (await this.#lines.read()).value?.trim() ?? "ended";
  }

  async open(dir: string): Promise<string> {
    await this.#writer.write(new TextEncoder().encode(`${dir}\n`));
    return await this.said();
  }

  async end(): Promise<void> {
    await this.#writer.close();
    await this.#lines.cancel();
    await this.#process.status;
  }
}
