/**
 * Keeps a set of processes running: starts them, passes their lines on, starts
 * a dead one again as the RestartPolicy says, and ends them all on stop(). The
 * standard input of each stays open for as long as this process lives; that is
 * how they notice when it was killed.
 * @module
 */
import type { Clock } from "../clock.ts";
import { eachLine, failureIn, type Prefix } from "./lines.ts";
import { type Decision, RestartPolicy } from "./restart.ts";

export interface Program {
  name: string;
  /** Arguments for the executable. */
  args: string[];
}

export interface SupervisorParts {
  executable: string;
  workDir: string;
  programs: readonly Program[];
  clock: Clock;
  prefix: Prefix;
  write: (line: string) => void;
  /** How long a process may take to end by itself. */
  stopMs: number;
}

interface Running {
  process: Deno.ChildProcess;
  /** Resolves once the process has ended and its output was passed on. */
  ended: Promise<void>;
  /** The failure that it told of last: most often why it ended. */
  lastFailure: string | undefined;
}

/** Runs programs until stop() is called or one of them cannot be kept alive. */
export class Supervisor {
  readonly #parts: SupervisorParts;
  readonly #policies = new Map<string, RestartPolicy>();
  readonly #running = new Map<string, Running>();
  readonly #restarts = new Map<string, () => void>();
  readonly #failure = Promise.withResolvers<never>();
  #systemWasReady = false;
  #stopping = false;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    // Whoever does not ask for the failure must not die of it.
    this.#failure.promise.catch(() => {});
    for (const { name } of parts.programs) {
      this.#policies.set(name, new RestartPolicy());
    }
  }

  /** Rejects with the reason once a program is given up. */
  get failure(): Promise<never> {
    return this.#failure.promise;
  }

  start(): void {
    for (const program of this.#parts.programs) this.#spawn(program);
  }

  /** From now on a program that ends is started again. */
  markReady(): void {
    this.#systemWasReady = true;
  }

  /** Sends a signal to one program, if it runs now. */
  signal(name: string, signal: Deno.Signal): void {
    const running = this.#running.get(name);
    if (running !== undefined) kill(running, signal);
  }

  /** Ends all programs, the stubborn ones by force after some seconds. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const cancel of this.#restarts.values()) cancel();
    this.#signalAll("SIGTERM");
    const cancel = this.#parts.clock.after(
      this.#parts.stopMs,
      () => this.#signalAll("SIGKILL"),
    );
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
    cancel();
  }

  #spawn(program: Program): void {
    const process = new Deno.Command(this.#parts.executable, {
      args: program.args,
      cwd: this.#parts.workDir,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const running: Running = {
      process,
      ended: Promise.resolve(),
      lastFailure: undefined,
    };
    running.ended = this.#follow(program, running);
    this.#running.set(program.name, running);
  }

  async #follow(program: Program, running: Running): Promise<void> {
    const { process } = running;
    const { prefix, write } = this.#parts;
    const pass = (line: string) => write(prefix(program.name, line));
    const [status] = await Promise.all([
      process.status,
      eachLine(process.stdout, pass),
      eachLine(process.stderr, (line) => {
        running.lastFailure = failureIn(line) ?? running.lastFailure;
        pass(line);
      }),
    ]);
    await process.stdin.close().catch(() => {
      // Its other end is gone already.
    });
    this.#running.delete(program.name);
    if (!this.#stopping) this.#died(program, running, status);
  }

  #died(
    program: Program,
    running: Running,
    status: Deno.CommandStatus,
  ): void {
    const how = status.signal === null
      ? `with exit code ${status.code}`
      : `by ${status.signal}`;
    const decision = this.#decide(program, status);
    if (decision.type === "give-up") {
      const said = running.lastFailure;
      const why = said === undefined ? "" : `: ${said}`;
      this.#failure.reject(
        new Error(
          `The ${program.name} ${decision.reason} (ended ${how})${why}`,
        ),
      );
      return;
    }
    const { clock, prefix, write } = this.#parts;
    write(prefix(
      "start",
      `${program.name} ended ${how}; starting it again in ${decision.delayMs} ms`,
    ));
    this.#restarts.set(
      program.name,
      clock.after(decision.delayMs, () => this.#spawn(program)),
    );
  }

  #decide(program: Program, status: Deno.CommandStatus): Decision {
    const policy = this.#policies.get(program.name);
    if (policy === undefined) throw new TypeError(`No policy: ${program.name}`);
    const exitCode = status.signal === null ? status.code : null;
    return policy.died(
      { exitCode, systemWasReady: this.#systemWasReady },
      this.#parts.clock.now(),
    );
  }

  #signalAll(signal: Deno.Signal): void {
    for (const running of this.#running.values()) kill(running, signal);
  }
}

function kill({ process }: Running, signal: Deno.Signal): void {
  try {
    process.kill(signal);
  } catch (error) {
    // It ended in this moment; its status is on the way.
    const gone = error instanceof Deno.errors.NotFound ||
      error instanceof TypeError;
    if (!gone) throw error;
  }
}
