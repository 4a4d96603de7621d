/**
 * What every command of the system shares: flags with a --help, failures as
 * one sentence on stderr with exit code 1, and a clean stop on Ctrl-C.
 * @module
 */
import { parseArgs } from "node:util";

export interface Flag {
  /** What stands for the value in --help; without it the flag is a switch. */
  value?: string;
  /** Used where the flag is not given. */
  fallback?: string;
  help: string;
  /** May be given several times. */
  repeated?: boolean;
  /**
   * For a path, where the task has permission for the fallback only: what to
   * run for another one, with `value` in its place.
   */
  grantingCommand?: string;
}

export interface CommandSpec {
  /** As typed: `deno task proxy`. */
  usage: string;
  /** Words that it takes besides flags, for --help; without it there are none. */
  operands?: string;
  summary: string;
  flags: Record<string, Flag>;
}

/** Text as typed for each flag; a switch that was given is "true". */
export class Options {
  readonly #values: Map<string, string[]>;

  constructor(
    values: Map<string, string[]>,
    /** What was typed besides flags. */
    readonly words: string[] = [],
  ) {
    this.#values = values;
  }

  /** The flag's last value; throws where it has neither value nor fallback. */
  text(flag: string): string {
    const value = this.#values.get(flag)?.at(-1);
    if (value === undefined) throw new UsageError(`Missing --${flag}`);
    return value;
  }

  list(flag: string): string[] {
    return this.#values.get(flag) ?? [];
  }

  given(flag: string): boolean {
    return this.#values.has(flag);
  }

  /** A port from 0 (any free one) to 65535. */
  port(flag: string): number {
    return this.integer(flag, [0, 65_535]);
  }

  integer(flag: string, [least, most]: readonly [number, number]): number {
    const text = this.text(flag);
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new UsageError(
        `Cannot use --${flag} "${text}": give a whole number from ${least} to ${most}`,
      );
    }
    return value;
  }
}

/**
 * A switch that every command takes and --help leaves out: stop when standard
 * input ends. A supervisor keeps that open, so a service never outlives it.
 */
export const STOP_WITH_STDIN = "stop-with-stdin";

/** The person typed something that is not a command line of ours. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Options out of `args`, or undefined where --help was asked for. */
export function readOptions(
  spec: CommandSpec,
  args: string[],
): Options | undefined {
  const flags = Object.entries(spec.flags);
  const options = Object.fromEntries(
    flags.map(([name, flag]) => [name, {
      type: flag.value === undefined ? "boolean" as const : "string" as const,
      multiple: true as const,
    }]),
  );
  const common = Object.fromEntries(
    ["help", STOP_WITH_STDIN].map((name) => [name, {
      type: "boolean" as const,
      multiple: true as const,
    }]),
  );
  let given: Record<string, unknown[] | undefined>;
  let words: string[];
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { ...options, ...common },
      strict: true,
      allowPositionals: spec.operands !== undefined,
    });
    given = values as typeof given;
    words = positionals;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(
      `${reason.replace(/\.$/, "")}. See ${spec.usage} --help`,
      { cause },
    );
  }
  if (given["help"] !== undefined) return undefined;
  const values = new Map<string, string[]>();
  for (const [name, flag] of flags) {
    const typed = given[name];
    if (typed !== undefined) values.set(name, typed.map(String));
    else if (flag.fallback !== undefined) values.set(name, [flag.fallback]);
  }
  return new Options(values, words);
}

/** For --help: how a path is given for which the task has no permission. */
function otherPath(name: string, flag: Flag): string {
  if (flag.grantingCommand === undefined) return "";
  const typed = `--${name} ${flag.value}`;
  return `; for another run deno task start ${typed}, or ${flag.grantingCommand} ${typed}`;
}

/** The text that --help prints. */
export function helpText(spec: CommandSpec): string {
  const rows = Object.entries(spec.flags).map(([name, flag]) => {
    const left = flag.value === undefined ? name : `${name} ${flag.value}`;
    const fallback = flag.fallback === undefined
      ? ""
      : ` (default ${flag.fallback})`;
    return [`--${left}`, `${flag.help}${fallback}${otherPath(name, flag)}`];
  });
  const all = [...rows, ["--help", "Show this text"]];
  const width = Math.max(...all.map(([left = ""]) => left.length)) + 2;
  const lines = all.map(([left = "", help]) =>
    `  ${left.padEnd(width)}${help}`
  );
  const operands = spec.operands === undefined ? "" : ` ${spec.operands}`;
  return `${spec.summary}\n\nUsage: ${spec.usage}${operands} [flags]\n\n${
    lines.join("\n")
  }\n`;
}

/** Where a command writes; tests give their own. */
export interface Output {
  log(line: string): void;
  error(line: string): void;
}

const encoder = new TextEncoder();

export const terminal: Output = {
  log: (line) => void Deno.stdout.writeSync(encoder.encode(`${line}\n`)),
  error: (line) => void Deno.stderr.writeSync(encoder.encode(`${line}\n`)),
};

/**
 * Runs a command and ends the process: 0 when it returns, 1 with
 * `weaprous: <message>` when it throws, 2 when it was called wrongly.
 */
export async function runCommand(
  spec: CommandSpec,
  main: (options: Options, out: Output) => Promise<void> | void,
): Promise<never> {
  try {
    const options = readOptions(spec, Deno.args);
    if (options === undefined) terminal.log(helpText(spec).trimEnd());
    else await main(options, terminal);
    Deno.exit(0);
  } catch (error) {
    const advice = isNotGranted(error) ? grantingAdvice(spec, Deno.args) : "";
    terminal.error(`weaprous: ${messageOf(error)}${advice}`);
    Deno.exit(error instanceof UsageError ? 2 : 1);
  }
}

/** Whether a permission of Deno's is what was missing. */
function isNotGranted(error: unknown): boolean {
  return error instanceof Deno.errors.NotCapable ||
    error instanceof Error && error.cause instanceof Deno.errors.NotCapable;
}

/** Names the command that does what `args` ask for, where one flag decides. */
export function grantingAdvice(spec: CommandSpec, args: string[]): string {
  const options = readOptions(spec, args);
  const [name, flag] = Object.entries(spec.flags)
    .find(([, flag]) => flag.grantingCommand !== undefined) ?? [];
  if (options === undefined || name === undefined) return "";
  const path = options.text(name);
  const granting = flag?.grantingCommand?.split(" ") ?? [];
  const words = [
    ...granting.map((word) => word.replaceAll(flag?.value ?? "", () => path)),
    ...args.filter((arg) => arg !== `--${STOP_WITH_STDIN}`),
  ];
  return `. Run ${words.map(shellWord).join(" ")}`;
}

/** `text` as a shell takes it for one word. */
function shellWord(text: string): string {
  if (/^[\w./:=,@%+-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function messageOf(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) {
    return error.message.replace(/, run again with the .*$/, "");
  }
  return error instanceof Error ? error.message : String(error);
}

/** A sentence for a listener that could not be opened. */
export function listenFailure(
  error: unknown,
  { ip, port, flag }: { ip: string; port: number; flag: string },
): Error {
  const where = `${ip.includes(":") ? `[${ip}]` : ip}:${port}`;
  if (error instanceof Deno.errors.AddrInUse) {
    return new Error(
      `Cannot listen on ${where}: Address already in use. Choose another port with --${flag} PORT`,
      { cause: error },
    );
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return new Error(
      `Cannot listen on ${where}: this machine has no address ${ip}`,
      { cause: error },
    );
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new Error(
      `Cannot listen on ${where}: ports below 1024 need more rights. Choose another port with --${flag} PORT`,
      { cause: error },
    );
  }
  return new Error(`Cannot listen on ${where}: ${messageOf(error)}`, {
    cause: error,
  });
}

async function stdinEnded(): Promise<void> {
  await Deno.stdin.readable.pipeTo(new WritableStream());
}

/** Whether this began in a terminal: its end comes as a SIGHUP, too. */
const beganInTerminal = Deno.stdin.isTerminal();

function terminalIsGone(): boolean {
  return beganInTerminal && !Deno.stdin.isTerminal();
}

/** Calls `act` on every SIGHUP, by which services are told to read anew. */
export function onHangup(act: () => void): void {
  if (Deno.build.os === "windows") return;
  Deno.addSignalListener("SIGHUP", () => {
    if (!terminalIsGone()) act();
  });
}

/**
 * Resolves once the process is asked to stop: by Ctrl-C, by SIGTERM, by a closed
 * terminal, or by the end of standard input where it was started with
 * --stop-with-stdin.
 */
export function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    if (Deno.args.includes(`--${STOP_WITH_STDIN}`)) stdinEnded().then(resolve);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      if (Deno.build.os === "windows" && signal === "SIGTERM") continue;
      Deno.addSignalListener(signal, () => resolve());
    }
    onSignalOfTerminal(resolve);
  });
}

function onSignalOfTerminal(gone: () => void): void {
  if (!beganInTerminal || Deno.build.os === "windows") return;
  Deno.addSignalListener("SIGHUP", () => {
    if (terminalIsGone()) gone();
  });
}
