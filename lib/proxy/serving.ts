/**
 * One that serves by order, in this thread or in another; and the one in this.
 * @module
 */
import type { AccessLogConf } from "../conf/conf.ts";
import { messageOf } from "../service/command.ts";
import { AccessLog, type LogFile, openLog, tryLog } from "./access_log.ts";
import { secureContextOf } from "./certificate.ts";
import type { DoorPlan, Prepared } from "./doors.ts";
import type { ServiceOrder } from "./load_service.ts";
import { Metrics, type Snapshot } from "./metrics.ts";
import { type ProxyParts, ProxyServer } from "./server.ts";
import { Watch } from "./watch.ts";

/** Whoever gets an order answers with `prepare`; then either of the two. */
export interface Serving {
  /** Makes ready what is ordered; throws where it can't, and nothing changed. */
  prepare(order: ServiceOrder): Promise<void>;
  commit(): void;
  abandon(): void;
  /** What has been counted, by each worker. */
  snapshots(): Promise<Snapshot[]>;
  /** Takes no more requests, lets those under way finish within `drainMs`. */
  stop(drainMs: number): Promise<void>;
}

/** Serves in this thread. */
export class LocalServing implements Serving {
  readonly #parts: Omit<ProxyParts, "observer">;
  readonly #metrics = new Metrics();
  readonly #accessLog: AccessLog;
  #server: ProxyServer | undefined;
  #prepared: Prepared | undefined;

  constructor(parts: Omit<ProxyParts, "observer">) {
    this.#parts = parts;
    this.#accessLog = new AccessLog(parts.clock, parts.log);
  }

  /** Where clients come in. */
  get addresses(): DoorPlan[] {
    return this.#server?.addresses ?? [];
  }

  async prepare({ conf, doors, certificate }: ServiceOrder): Promise<void> {
    const secureContext = certificate && secureContextOf(certificate);
    const { accessLog } = conf.server;
    const file = await openedLog(accessLog);
    try {
      this.#server ??= new ProxyServer(conf, {
        ...this.#parts,
        observer: new Watch(this.#accessLog, this.#metrics),
      });
      const server = this.#server.prepare({ conf, doors, secureContext });
      this.#prepared = {
        commit: () => {
          this.#accessLog.use(file, accessLog);
          server.commit();
        },
        abandon: () => {
          file?.close();
          server.abandon();
        },
      };
    } catch (error) {
      file?.close();
      throw error;
    }
  }

  commit(): void {
    this.#prepared?.commit();
    this.#prepared = undefined;
  }

  abandon(): void {
    this.#prepared?.abandon();
    this.#prepared = undefined;
  }

  snapshots(): Promise<Snapshot[]> {
    const sites = this.#server?.sites ?? [];
    const now = this.#parts.clock.now();
    return Promise.resolve([this.#metrics.snapshot(sites, now)]);
  }

  async stop(drainMs: number): Promise<void> {
    this.abandon();
    await this.#server?.stop(drainMs);
    await this.#accessLog.close();
  }
}

/** Throws what `prepare` would where the log can't be written. */
export async function checkLog(conf: AccessLogConf): Promise<void> {
  await tryLog(conf).catch((cause) => failLog(conf, cause));
}

async function openedLog(conf: AccessLogConf): Promise<LogFile | undefined> {
  return await openLog(conf).catch((cause) => failLog(conf, cause));
}

function failLog({ file }: AccessLogConf, cause: unknown): never {
  const failure = `Cannot open access_log ${file}: ${messageOf(cause)}`;
  if (!(cause instanceof Deno.errors.NotCapable)) {
    throw new Error(failure, { cause });
  }
  throw new Error(
    `${failure}. deno task start grants it; alone, run deno run --allow-net --allow-read=FILES --allow-write=${file} proxy.ts, with the files of the conf`,
  );
}
