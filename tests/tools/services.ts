/**
 * The real backend, tracker and proxy for a test: processes with the
 * permissions of their tasks, on free ports, over a data folder of their own.
 * @module
 */
import { systemClock } from "../../lib/clock.ts";
import { readConfFacts } from "../../lib/supervisor/front_door.ts";
import {
  DEFAULTS,
  planServices,
  type ServiceName,
  type ServicePlan,
} from "../../lib/supervisor/plan.ts";
import { waitForAnswer } from "../../lib/supervisor/ready.ts";
import { TestProcess } from "./test_process.ts";

const READY_MS = 20_000;

/** Ports that nobody listens on now, all different. */
export function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}

/**
 * The process whose command line, as Linux shows it, has both words. The whole
 * of a word counts.
 */
export async function pidOf(script: string, word: string): Promise<number> {
  const find = (word: string, files: string) =>
    `grep --files-with-matches --no-messages --line-regexp --null-data ` +
    `--fixed-strings -- ${word} ${files}`;
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", find(script, `$(${find(word, "/proc/[0-9]*/cmdline")})`)],
  }).output();
  const files = new TextDecoder().decode(stdout);
  const pid = /^\/proc\/(\d+)\/cmdline$/m.exec(files)?.[1];
  if (pid === undefined) throw new Error(`No process ${script} ${word}`);
  return Number(pid);
}

/** An address of this machine that others use, where the test may dial it. */
export async function networkAddress(): Promise<string | undefined> {
  const addresses = Deno.networkInterfaces()
    .filter(({ family, address }) =>
      family === "IPv4" && !/^127\./.test(address)
    )
    .map(({ address }) => address);
  const rights = await Promise.all(
    addresses.map((host) => Deno.permissions.query({ name: "net", host })),
  );
  return addresses.find((_address, index) =>
    rights[index]?.state === "granted"
  );
}

export interface TestSystemOptions {
  /** More flags for a service: `{ tracker: ["--heartbeat-ms", "200"] }`. */
  flags?: Partial<Record<ServiceName, string[]>>;
  /** In place of the shipped one. */
  configFile?: string;
  /** In place of a fresh folder; it stays there afterwards. */
  dataDir?: string;
  /** Where the front door listens, this machine's own names included. */
  serverIp?: string;
}

/** All three services; `await using` ends them and removes their data. */
export class TestSystem implements AsyncDisposable {
  /** Where the front door is: `http://127.0.0.1:<port>`. */
  readonly origin: string;
  readonly ports: Record<ServiceName, number>;
  readonly dataDir: string;
  readonly #ownsData: boolean;
  readonly #plans: ServicePlan[];
  readonly #running = new Map<ServiceName, TestProcess>();

  private constructor(options: TestSystemOptions) {
    const [proxy = 0, backend = 0, tracker = 0] = freePorts(3);
    this.ports = { proxy, backend, tracker };
    this.origin = `http://127.0.0.1:${proxy}`;
    this.#ownsData = options.dataDir === undefined;
    this.dataDir = options.dataDir ??
      Deno.makeTempDirSync({ prefix: "weaprous-" });
    const plans = planServices(Deno.readTextFileSync("deno.json"), {
      serverIp: options.serverIp ?? "127.0.0.1",
      proxyPort: proxy,
      backendPort: backend,
      trackerPort: tracker,
      dataDir: this.dataDir,
      configFile: options.configFile ?? DEFAULTS.configFile,
      proxyFiles: readConfFacts(options.configFile ?? DEFAULTS.configFile),
      trustedProxies: DEFAULTS.trustedProxies,
      periods: DEFAULTS.periods,
    });
    this.#plans = plans.map(({ name, args }) => ({
      name,
      args: [...args, ...options.flags?.[name] ?? []],
    }));
  }

  static async start(options: TestSystemOptions = {}): Promise<TestSystem> {
    const system = new TestSystem(options);
    try {
      // As in `start`: the proxy is asked once its targets are there.
      await Promise.all([system.run("backend"), system.run("tracker")]);
      await system.run("proxy");
      return system;
    } catch (error) {
      await system[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts a service that does not run, and waits until it answers. */
  async run(name: ServiceName): Promise<void> {
    const plan = this.#plans.find((candidate) => candidate.name === name);
    if (plan === undefined) throw new TypeError(`No service ${name}`);
    const process = new TestProcess(plan.args);
    this.#running.set(name, process);
    const path = name === "tracker" ? "/tracker/healthz" : "/healthz";
    const url = `http://127.0.0.1:${this.ports[name]}${path}`;
    const ready = await waitForAnswer(url, {
      clock: systemClock,
      withinMs: READY_MS,
    });
    if (!ready) throw new Error(`No answer at ${url}:\n${process.text}`);
  }

  /** Ends a service as a crash would. */
  async kill(name: ServiceName): Promise<void> {
    await this.#running.get(name)?.[Symbol.asyncDispose]();
    this.#running.delete(name);
  }

  async restart(name: ServiceName): Promise<void> {
    await this.kill(name);
    await this.run(name);
  }

  /** What a running service has written. */
  output(name: ServiceName): string {
    return this.#running.get(name)?.text ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const names = [...this.#running.keys()];
    await Promise.all(names.map((name) => this.kill(name)));
    if (this.#ownsData) await Deno.remove(this.dataDir, { recursive: true });
  }
}
