/**
 * A process of the system under test: its lines as they come, bounded waits,
 * and an end that comes also when the test failed.
 * @module
 */
import { systemClock } from "../../lib/clock.ts";
import { STOP_WITH_STDIN } from "../../lib/service/command.ts";
import { eachLine } from "../../lib/supervisor/lines.ts";

/** How long a process may take to say or do what is expected of it. */
const WAIT_MS = 20_000;

interface Waiting {
  wanted: RegExp;
  found: (line: string) => void;
}

/** Fails with `message` where `promise` takes too long. */
export async function within<T>(
  promise: Promise<T>,
  message: () => string,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const cancel = systemClock.after(
    WAIT_MS,
    () => late.reject(new Error(message())),
  );
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    cancel();
  }
}

/** `deno <args>` in the folder of the project; `await using` ends it. */
export class TestProcess implements AsyncDisposable {
  /** Everything it wrote to stdout and stderr, without colours. */
  readonly lines: string[] = [];
  readonly #process: Deno.ChildProcess;
  readonly #ended: Promise<Deno.CommandStatus>;
  #waiting: Waiting[] = [];

  constructor(
    args: string[],
    env: Record<string, string> = {},
    { command = Deno.execPath() }: { command?: string } = {},
  ) {
    this.#process = new Deno.Command(command, {
      args,
      env: { NO_COLOR: "1", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#ended = this.#follow();
  }

  /** `deno task <task> <flags>`, which ends with us even where we are killed. */
  static task(task: string, ...flags: string[]): TestProcess {
    return new TestProcess(["task", task, ...flags, `--${STOP_WITH_STDIN}`]);
  }

  get pid(): number {
    return this.#process.pid;
  }

  get text(): string {
    return this.lines.join("\n");
  }

  /** The first line that matches, of those written so far or still to come. */
  line(wanted: RegExp): Promise<string> {
    const seen = this.lines.find((line) => wanted.test(line));
    if (seen !== undefined) return Promise.resolve(seen);
    return this.nextLine(wanted);
  }

  /** The first line still to come that matches. */
  nextLine(wanted: RegExp): Promise<string> {
    const coming = new Promise<string>((found, fail) => {
      this.#waiting.push({ wanted, found });
      this.#ended.then(() =>
        fail(new Error(`Ended without a line ${wanted}:\n${this.text}`))
      );
    });
    return within(coming, () => `No line ${wanted} in:\n${this.text}`);
  }

  /** A line for its standard input. */
  async say(line: string): Promise<void> {
    const writer = this.#process.stdin.getWriter();
    await writer.write(new TextEncoder().encode(`${line}\n`));
    writer.releaseLock();
  }

  signal(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  /** As signal(), where the process may have ended already. */
  signalIfRunning(signal: Deno.Signal): void {
    try {
      this.signal(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }

  /** How it ended, by itself or by a signal sent before. */
  ended(): Promise<Deno.CommandStatus> {
    return within(this.#ended, () => `Still running:\n${this.text}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signalIfRunning("SIGKILL");
    // What a killed task has left behind stops with its standard input.
    await this.#process.stdin.close().catch(() => {
      // The other end is gone already.
    });
    await this.#ended;
  }

  async #follow(): Promise<Deno.CommandStatus> {
    const [status] = await Promise.all([
      this.#process.status,
      eachLine(this.#process.stdout, (line) => this.#add(line)),
      eachLine(this.#process.stderr, (line) => this.#add(line)),
    ]);
    return status;
  }

  #add(line: string): void {
    this.lines.push(line);
    this.#waiting = this.#waiting.filter(({ wanted, found }) => {
      if (!wanted.test(line)) return true;
      found(line);
      return false;
    });
  }
}
