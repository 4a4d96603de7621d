/**
 * The front door: `deno task proxy`. Reads the conf, opens the port, serves until
 * it is asked to stop.
 * @module
 */
import { systemClock } from "./lib/clock.ts";
import { mapTargets } from "./lib/conf/conf.ts";
import { parseConf } from "./lib/conf/parse_conf.ts";
import { proxyCommand } from "./lib/proxy/command.ts";
import { dialTcp, ProxyServer } from "./lib/proxy/server.ts";
import { systemRandom } from "./lib/random.ts";
import {
  listenFailure,
  messageOf,
  type Options,
  type Output,
  runCommand,
  stopRequested,
} from "./lib/service/command.ts";

/** Requests under way when asked to stop may take so long to finish. */
const DRAIN_MS = 5_000;

async function main(options: Options, out: Output): Promise<void> {
  const file = options.text("config");
  const text = await Deno.readTextFile(file).catch((cause) => {
    throw new Error(`Cannot read ${file}: ${messageOf(cause)}`, { cause });
  });
  const conf = mapTargets(parseConf(text, file), options.list("map-target"));
  if (options.given("check")) return out.log(`proxy: ${file} is valid`);
  const log = (line: string) => out.log(`proxy: ${line}`);
  const parts = {
    clock: systemClock,
    random: systemRandom,
    log,
    dial: dialTcp,
  };
  const server = new ProxyServer(conf, parts);
  const ip = options.text("server-ip");
  const stop = stopRequested();
  const shown = listen(server, { ip, port: options.port("server-port") });
  out.log(`proxy listening on http://${shown}`);
  await stop;
  await server.stop(DRAIN_MS);
}

function listen(
  server: ProxyServer,
  { ip, port }: { ip: string; port: number },
): string {
  try {
    const opened = server.listen({ hostname: ip, port });
    return `${ip.includes(":") ? `[${ip}]` : ip}:${opened}`;
  } catch (error) {
    throw listenFailure(error, { ip, port, flag: "server-port" });
  }
}

await runCommand(proxyCommand, main);
