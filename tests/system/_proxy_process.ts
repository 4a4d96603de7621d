/**
 * The proxy as a process of its own, with a conf that a test gives it.
 * @module
 */
import { processKib } from "../tools/process_memory.ts";
import { freePorts } from "../tools/services.ts";
import { TestProcess } from "../tools/test_process.ts";

/** `await using` ends it and removes its conf. */
export class ProxyProcess implements AsyncDisposable {
  readonly port = freePorts(1)[0]!;
  readonly #dir = Deno.makeTempDirSync({ prefix: "weaprous-" });
  readonly process: TestProcess;

  private constructor(conf: string) {
    const file = `${this.#dir}/proxy.conf`;
    Deno.writeTextFileSync(file, conf);
    this.process = new TestProcess([
      ...["run", "--allow-net", `--allow-read=${this.#dir}`, "proxy.ts"],
      ...["--config", file, "--server-port", String(this.port)],
    ]);
  }

  static async start(conf: string): Promise<ProxyProcess> {
    const proxy = new ProxyProcess(conf);
    await proxy.process.line(/^proxy listening on/);
    return proxy;
  }

  connect(): Promise<Deno.TcpConn> {
    return Deno.connect({ hostname: "127.0.0.1", port: this.port });
  }

  /** Memory that it holds just now, in MiB; Linux only. */
  memoryMiB(): number {
    return processKib(this.process.pid, "VmRSS") / 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    Deno.removeSync(this.#dir, { recursive: true });
  }
}
