/**
 * The proxy as a command: started with its conf, given another one on SIGHUP,
 * ended when asked to.
 * @module
 */
import type { Clock } from "../clock.ts";
import { addressOf } from "../conf/conf.ts";
import {
  listenFailure,
  messageOf,
  type Options,
  type Output,
} from "../service/command.ts";
import { certificateWarning } from "./certificate.ts";
import { Crew } from "./crew.ts";
import { DoorError } from "./doors.ts";
import { exposition } from "./exposition.ts";
import {
  loadService,
  type ServiceFlags,
  type ServiceOrder,
  urlOf,
} from "./load_service.ts";
import { MetricsDoor } from "./metrics_door.ts";
import type { ProxyParts } from "./server.ts";
import { checkLog, LocalServing } from "./serving.ts";
import { ThreadServing } from "./thread_serving.ts";

/** What the machine gives to the command. */
export interface Machine extends Omit<ProxyParts, "log"> {
  clock: Clock;
  out: Output;
  /** Resolves when the person asks to stop. */
  stopRequested: () => Promise<void>;
  /** Calls back whenever the conf is to be read again. */
  onReload: (reload: () => void) => void;
  /** Starts a thread that runs worker.ts. */
  newWorker: () => Worker;
}

/** Runs until it is asked to stop; throws one sentence where it cannot. */
export async function operateProxy(
  options: Options,
  machine: Machine,
): Promise<void> {
  const flags = serviceFlags(options);
  const order = await loadService(flags);
  const { out } = machine;
  if (options.given("check")) {
    await checkLog(order.conf.server.accessLog);
    return out.log(`proxy: ${flags.file} is valid`);
  }
  const operation = new Operation(flags, machine);
  // Before the ports are open: whoever sees them may send a signal at once.
  const stop = machine.stopRequested();
  machine.onReload(() => void operation.reload());
  await operation.start(order);
  await stop;
  await operation.stop();
}

function serviceFlags(options: Options): ServiceFlags {
  return {
    file: options.text("config"),
    moves: options.list("map-target"),
    hostname: options.text("server-ip"),
    port: options.given("server-port")
      ? options.port("server-port")
      : undefined,
  };
}

class Operation {
  readonly #flags: ServiceFlags;
  readonly #machine: Machine;
  readonly #metricsDoor: MetricsDoor;
  #serving: LocalServing | Crew | undefined;
  #workers = 1;
  #drainMs = 0;
  #reloadSucceeded = true;
  /** Reloads and the end, one after the other. */
  #queue: Promise<void> = Promise.resolve();

  constructor(flags: ServiceFlags, machine: Machine) {
    this.#flags = flags;
    this.#machine = machine;
    this.#metricsDoor = new MetricsDoor(() => this.#metrics());
  }

  start(order: ServiceOrder): Promise<void> {
    return this.#inTurn(async () => {
      this.#workers = order.conf.server.workers;
      await this.#take(order, this.#serving = this.#newServing());
      for (const door of this.#serving.addresses) {
        this.#machine.out.log(`proxy listening on ${urlOf(door)}`);
      }
    });
  }

  /** Serves by the conf as it is now; what is wrong with it changes nothing. */
  reload(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        const serving = this.#serving;
        if (serving === undefined) return;
        const order = await loadService(this.#flags);
        await this.#take(order, serving);
        this.#reloadSucceeded = true;
        const urls = serving.addresses.map(urlOf).join(" ");
        this.#log(`${this.#flags.file} read again, listening on ${urls}`);
        if (order.conf.server.workers !== this.#workers) {
          this.#log(`there are ${this.#workers} workers until the next start`);
        }
      } catch (error) {
        this.#reloadSucceeded = false;
        this.#log(`the conf stays as it was: ${messageOf(error)}`);
      }
    });
  }

  stop(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#serving?.stop(this.#drainMs);
      await this.#metricsDoor.stop();
    });
  }

  async #take(
    order: ServiceOrder,
    serving: LocalServing | Crew,
  ): Promise<void> {
    const { server } = order.conf;
    try {
      await serving.prepare(order);
      this.#metricsDoor.prepare(server.metrics).commit();
    } catch (error) {
      serving.abandon();
      throw error instanceof DoorError ? this.#doorFailure(error) : error;
    }
    serving.commit();
    this.#drainMs = server.drainTimeoutMs;
    const { certificate } = order;
    const warning = certificate &&
      certificateWarning(certificate, this.#machine.clock.now());
    if (warning !== undefined) this.#log(warning);
  }

  /** With the way out: a port is the conf's, or the command line's. */
  #doorFailure({ plan, cause }: DoorError): Error {
    const { hostname: ip, port } = plan;
    if (port !== this.#flags.port && cause instanceof Deno.errors.AddrInUse) {
      return new Error(
        `Cannot listen on ${
          addressOf(plan)
        }: Address already in use. Choose another port in ${this.#flags.file}, or with --server-port PORT where that names none`,
        { cause },
      );
    }
    return listenFailure(cause, { ip, port, flag: "server-port" });
  }

  async #metrics(): Promise<string> {
    const reloadSucceeded = this.#reloadSucceeded;
    const snapshots = await this.#serving?.snapshots() ?? [];
    return exposition(snapshots, { reloadSucceeded });
  }

  #newServing(): LocalServing | Crew {
    const { clock, newWorker } = this.#machine;
    const log = (line: string) => this.#log(line);
    if (this.#workers === 1) return new LocalServing({ ...this.#machine, log });
    return new Crew({
      size: this.#workers,
      clock,
      log,
      newWorker: (number) =>
        new ThreadServing(
          newWorker(),
          (line) => log(`worker ${number}: ${line}`),
        ),
    });
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(act);
    return this.#queue;
  }

  #log(line: string): void {
    this.#machine.out.log(`proxy: ${line}`);
  }
}
