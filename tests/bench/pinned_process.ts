/**
 * A process on one core, for benches: what it says goes to a file, its memory
 * is that of all it has started, and it ends with the bench.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- polls a port until it is open
import { systemClock } from "../../lib/clock.ts";

/** How long a server may take to open its port. */
const START_MS = 15_000;
const POLL_MS = 50;
/** USER_HZ, which is 100 on every Linux of today. */
const TICKS_PER_SECOND = 100;

export interface PinnedOptions {
  core: number;
  command: readonly string[];
  /** Waited for until it is open. */
  port: number;
  cwd?: string;
  env?: Record<string, string>;
}

export class PinnedProcess implements AsyncDisposable {
  readonly port: number;
  readonly #process: Deno.ChildProcess;

  private constructor({ core, command, port, cwd, env = {} }: PinnedOptions) {
    this.port = port;
    this.#process = new Deno.Command("taskset", {
      args: ["--cpu-list", String(core), ...command],
      ...(cwd === undefined ? {} : { cwd }),
      env: { NO_COLOR: "1", ...env },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  static async start(options: PinnedOptions): Promise<PinnedProcess> {
    const started = new PinnedProcess(options);
    try {
      await portOpen(options.port);
    } catch (cause) {
      await started[Symbol.asyncDispose]();
      const shown = options.command.join(" ");
      throw new Error(`Did not start: ${shown}`, { cause });
    }
    return started;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Resident memory of the process and its children, in MiB. */
  async memoryMiB(): Promise<number> {
    let total = 0;
    for (const pid of [this.pid, ...await childrenOf(this.pid)]) {
      const status = await Deno.readTextFile(`/proc/${pid}/status`);
      total += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
    }
    return total / 1024;
  }

  /** Time on the processor so far, of the process and its children. */
  async cpuSeconds(): Promise<number> {
    let ticks = 0;
    for (const pid of [this.pid, ...await childrenOf(this.pid)]) {
      const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      ticks += Number(fields[11]) + Number(fields[12]);
    }
    return ticks / TICKS_PER_SECOND;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    const cancel = systemClock.after(
      5_000,
      () => this.#process.kill("SIGKILL"),
    );
    await this.#process.status;
    cancel();
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  return text.trim().split(/\s+/).filter(Boolean).map(Number);
}

/** A port that nobody listens on just now. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(ms, resolve));
}

async function portOpen(port: number): Promise<void> {
  const untilMs = systemClock.now() + START_MS;
  for (;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (systemClock.now() > untilMs) throw error;
      await pause(POLL_MS);
    }
  }
}
