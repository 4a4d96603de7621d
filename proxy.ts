/**
 * The front door: `deno task proxy`. Reads the conf, opens the ports, serves
 * until it is asked to stop; SIGHUP makes it read the conf again.
 * @module
 */
import { systemClock } from "./lib/clock.ts";
import { proxyCommand } from "./lib/proxy/command.ts";
import { operateProxy } from "./lib/proxy/operate.ts";
import { dialTcp } from "./lib/proxy/server.ts";
import { systemRandom } from "./lib/random.ts";
import { onHangup, runCommand, stopRequested } from "./lib/service/command.ts";

await runCommand(proxyCommand, (options, out) =>
  operateProxy(options, {
    clock: systemClock,
    random: systemRandom,
    dial: dialTcp,
    out,
    stopRequested,
    onReload: onHangup,
    newWorker: () =>
      new Worker(import.meta.resolve("./lib/proxy/worker.ts"), {
        type: "module",
      }),
  }));
