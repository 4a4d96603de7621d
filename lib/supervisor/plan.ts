/**
 * Turns the flags of `start` into the command line of each service. Pure. The
 * permissions come from the tasks of deno.json, so that a service may do the
 * same whether it runs alone or under `start`.
 * @module
 */
import { STOP_WITH_STDIN, UsageError } from "../service/command.ts";
import {
  DEFAULT_PERIODS,
  periodArgs,
  type Periods,
} from "../service/periods.ts";
import { TRUSTED_BY_DEFAULT } from "../service/service_flags.ts";

export type ServiceName = "backend" | "tracker" | "proxy";

export interface ServicePlan {
  name: ServiceName;
  /** Arguments for the deno executable. */
  args: string[];
}

export interface SystemOptions {
  /** Where the front door listens; backend and tracker stay on loopback. */
  serverIp: string;
  /** Undefined where the conf's own ports are all. */
  proxyPort: number | undefined;
  backendPort: number;
  trackerPort: number;
  dataDir: string;
  configFile: string;
  /** What the conf names besides: certificate, access log. */
  proxyFiles: { reads: string[]; writes: string[] };
  /** Proxies in front of ours, on other machines. */
  trustedProxies: readonly string[];
  /** The tracker's timings. */
  periods: Periods;
}

/** What the tasks and the shipped config/proxy.conf assume. */
export const DEFAULTS = {
  serverIp: "127.0.0.1",
  proxyPort: 8081,
  backendPort: 9000,
  trackerPort: 8000,
  dataDir: "data",
  configFile: "config/proxy.conf",
  proxyFiles: { reads: [], writes: [] } as SystemOptions["proxyFiles"],
  trustedProxies: [],
  periods: DEFAULT_PERIODS,
} as const satisfies SystemOptions;

const LOOPBACK = "127.0.0.1";

/** The task's command line out of the text of deno.json. */
export function readTask(denoJson: string, task: string): string {
  const config: { tasks?: Record<string, unknown> } = JSON.parse(denoJson);
  const entry = config.tasks?.[task];
  const command = typeof entry === "object" && entry !== null &&
      "command" in entry
    ? entry.command
    : entry;
  if (typeof command !== "string") {
    throw new SyntaxError(`Cannot find the task "${task}" in deno.json`);
  }
  return command;
}

/** `deno run --allow-x backend.ts` as arguments: `run`, `--allow-x`, … */
export function denoArgs(command: string): string[] {
  const [deno, ...args] = command.trim().split(/\s+/);
  if (deno !== "deno" || args[0] !== "run" || /["'$]/.test(command)) {
    throw new SyntaxError(
      `Cannot use the task "${command}": expected plain words after "deno run"`,
    );
  }
  return args;
}

/** The path lists of --allow-read and --allow-write, one path exchanged. */
function exchangePath(args: string[], [from, to]: [string, string]): string[] {
  if (to.includes(",")) {
    throw new UsageError(
      `Cannot use "${to}": a path with a comma cannot be named in a permission`,
    );
  }
  return args.map((arg) => {
    const [flag, list] =
      /^(--allow-(?:read|write))=(.*)$/.exec(arg)?.slice(1) ??
        [];
    if (flag === undefined || list === undefined) return arg;
    const paths = list.split(",").map((path) => path === from ? to : path);
    return `${flag}=${paths.join(",")}`;
  });
}

/** More paths for --allow-read and --allow-write. */
function grantMore(
  args: string[],
  { reads, writes }: SystemOptions["proxyFiles"],
): string[] {
  const more: Record<string, string[]> = {
    "--allow-read": reads,
    "--allow-write": writes,
  };
  return args.map((arg) => {
    const [flag = "", list] = arg.split("=", 2);
    const paths = Object.hasOwn(more, flag) ? more[flag] : undefined;
    if (list === undefined || paths === undefined) return arg;
    return `${flag}=${[...new Set([...list.split(","), ...paths])].join(",")}`;
  });
}

function mapTargets(options: SystemOptions): string[] {
  const moves = [
    [DEFAULTS.backendPort, options.backendPort],
    [DEFAULTS.trackerPort, options.trackerPort],
  ] as const;
  return moves.filter(([from, to]) => from !== to).flatMap(([from, to]) => [
    "--map-target",
    `${LOOPBACK}:${from}=${LOOPBACK}:${to}`,
  ]);
}

/** The three services in the order in which they are needed. */
export function planServices(
  denoJson: string,
  options: SystemOptions,
): ServicePlan[] {
  const plan = (name: ServiceName, flags: string[]): ServicePlan => {
    const granted = [
      [DEFAULTS.dataDir, options.dataDir] as [string, string],
      [DEFAULTS.configFile, options.configFile] as [string, string],
    ].reduce(exchangePath, denoArgs(readTask(denoJson, name)));
    const all = name === "proxy"
      ? grantMore(granted, options.proxyFiles)
      : granted;
    return { name, args: [...all, ...flags, `--${STOP_WITH_STDIN}`] };
  };
  const listen = (ip: string, port: number | undefined) => [
    "--server-ip",
    ip,
    ...port === undefined ? [] : ["--server-port", String(port)],
  ];
  const { trustedProxies } = options;
  // Ours stands on this machine, whatever stands in front of it.
  const trusted = trustedProxies.length === 0
    ? []
    : [TRUSTED_BY_DEFAULT, ...trustedProxies];
  const shared = [
    "--data",
    options.dataDir,
    ...trusted.flatMap((name) => ["--trusted-proxy", name]),
  ];
  return [
    plan("backend", [...listen(LOOPBACK, options.backendPort), ...shared]),
    plan("tracker", [
      ...listen(LOOPBACK, options.trackerPort),
      ...shared,
      ...periodArgs(options.periods),
    ]),
    plan("proxy", [
      ...listen(options.serverIp, options.proxyPort),
      "--config",
      options.configFile,
      ...mapTargets(options),
    ]),
  ];
}
