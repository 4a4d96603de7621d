/**
 * A real pseudo-terminal for tests: tmux runs the command in one, keys go in as
 * a person's do, and the screen is read back as it is shown.
 * @module
 */
import { systemClock } from "../../lib/clock.ts";

const TMUX = "/usr/bin/tmux";
const WAIT_MS = 20_000;
const LOOK_MS = 50;

export function hasTmux(): boolean {
  try {
    Deno.statSync(TMUX);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

export interface TerminalOptions {
  env?: Record<string, string>;
  columns?: number;
  rows?: number;
}

export class PseudoTerminal implements AsyncDisposable {
  readonly #server = `weaprous-${crypto.randomUUID()}`;

  /** Starts `command`, words of a shell, in a terminal of its own. */
  static async start(
    command: string,
    { env = {}, columns = 80, rows = 24 }: TerminalOptions = {},
  ): Promise<PseudoTerminal> {
    const terminal = new PseudoTerminal();
    const sets = Object.entries(env).flatMap((
      [name, value],
    ) => ["-e", `${name}=${value}`]);
    // The screen stays to be read after the command has ended.
    const kept = `${command}; echo "[ended $?]"; exec cat`;
    await terminal.#tmux(
      ...["-f", "/dev/null", "-u", "new-session", "-d", ...sets],
      ...["-x", String(columns), "-y", String(rows), kept],
    );
    return terminal;
  }

  /** Text as it is typed, character by character. */
  async type(text: string): Promise<void> {
    await this.#tmux("send-keys", "-l", "--", text);
  }

  /** Keys by tmux's names: Enter, Tab, C-c, Up. */
  async press(...keys: string[]): Promise<void> {
    await this.#tmux("send-keys", ...keys);
  }

  async paste(text: string): Promise<void> {
    await this.#tmux("set-buffer", "--", text);
    await this.#tmux("paste-buffer", "-p");
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux("resize-window", "-x", `${columns}`, "-y", `${rows}`);
  }

  /** The rows that are shown, less the blank ones at the end. */
  async rows(): Promise<string[]> {
    const text = await this.#tmux("capture-pane", "-p");
    return text.replace(/\n+$/, "").split("\n").map((row) => row.trimEnd());
  }

  /** The column of the cursor, from 0. */
  async cursorColumn(): Promise<number> {
    const format = "#{cursor_x}";
    return Number(await this.#tmux("display-message", "-p", format));
  }

  /** What is shown with the sequences that colour it. */
  async coloured(): Promise<string> {
    return await this.#tmux("capture-pane", "-p", "-e");
  }

  /** Waits until the screen shows it; returns the rows. */
  async shows(wanted: RegExp): Promise<string[]> {
    let rows: string[] = [];
    await this.#becomes(async () => {
      rows = await this.rows();
      return wanted.test(rows.join("\n"));
    }, () => `No ${wanted} on the screen:\n${rows.join("\n")}`);
    return rows;
  }

  /** Waits until the cursor stands in that column. */
  async cursorComesTo(column: number): Promise<void> {
    let now = -1;
    await this.#becomes(async () => {
      now = await this.cursorColumn();
      return now === column;
    }, () => `The cursor is in column ${now}, not ${column}`);
  }

  /** Looks now and then; fails with `message` where it takes too long. */
  async #becomes(
    look: () => Promise<boolean>,
    message: () => string,
  ): Promise<void> {
    const end = systemClock.now() + WAIT_MS;
    while (!await look()) {
      if (systemClock.now() > end) throw new Error(message());
      await new Promise<void>((again) => systemClock.after(LOOK_MS, again));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server");
  }

  async #tmux(...args: string[]): Promise<string> {
    const { success, stdout, stderr } = await new Deno.Command(TMUX, {
      args: ["-L", this.#server, ...args],
    }).output();
    const decoder = new TextDecoder();
    if (success) return decoder.decode(stdout);
    throw new Error(`tmux ${args[0]}: ${decoder.decode(stderr)}`);
  }
}

/** A test in a pseudo-terminal; skipped, and counted so, without tmux. */
export function terminalTest(name: string, run: () => Promise<void>): void {
  Deno.test({ name, ignore: !hasTmux(), fn: run });
}
