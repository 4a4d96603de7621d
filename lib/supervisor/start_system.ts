/**
 * The command behind start.ts: backend, tracker and proxy in one terminal.
 * @module
 */
import type { Clock } from "../clock.ts";
import {
  type CommandSpec,
  listenFailure,
  type Options,
  type Output,
} from "../service/command.ts";
import { PERIOD_FLAGS, readPeriods } from "../service/periods.ts";
import { readTrustedProxies, TRUSTED_PROXY } from "../service/service_flags.ts";
import { addressesOf, isAnyAddress, localOrigin } from "./addresses.ts";
import {
  type ConfFacts,
  type FrontDoor,
  frontDoorOf,
  readConfFacts,
} from "./front_door.ts";
import { linePrefix } from "./lines.ts";
import { DEFAULTS, planServices, type SystemOptions } from "./plan.ts";
import { waitForAnswer } from "./ready.ts";
import { Supervisor } from "./supervisor.ts";

const READY_MS = 30_000;
/** What a service may take for its end besides answers under way. */
const STOP_SPARE_MS = 3_000;

/** Stands under the addresses for others: the default account is not for them. */
const NETWORK_NOTICE =
  "They log in with accounts of their own: deno task user add NAME";
const NO_NETWORK_NOTICE = "This machine is on no network now.";
const NO_NAME_NOTICE =
  "The certificate is good for no address that others could open: deno task cert NAME makes another.";

export const START: CommandSpec = {
  usage: "deno task start",
  summary: "Runs backend, proxy and tracker in this terminal until Ctrl-C.",
  flags: {
    "server-ip": {
      value: "IP",
      fallback: DEFAULTS.serverIp,
      help: "Address of the front door; 0.0.0.0 opens it to the network",
    },
    "proxy-port": {
      value: "PORT",
      help:
        `Port of the front door beside those of its conf (${DEFAULTS.proxyPort} where that names none)`,
    },
    "backend-port": {
      value: "PORT",
      fallback: String(DEFAULTS.backendPort),
      help: "Port of the backend on 127.0.0.1",
    },
    "tracker-port": {
      value: "PORT",
      fallback: String(DEFAULTS.trackerPort),
      help: "Port of the tracker on 127.0.0.1",
    },
    data: {
      value: "DIR",
      fallback: DEFAULTS.dataDir,
      help: "Where accounts and sessions are kept",
    },
    config: {
      value: "FILE",
      fallback: DEFAULTS.configFile,
      help: "The proxy's routes",
    },
    "trusted-proxy": TRUSTED_PROXY,
    ...PERIOD_FLAGS,
  },
};

/** What the machine gives to the command; tests give their own. */
export interface Machine {
  executable: string;
  /** The folder of deno.json. */
  projectDir: string;
  clock: Clock;
  out: Output;
  coloured: boolean;
  /** Resolves when the person asks to stop. */
  stopRequested: Promise<void>;
  /** Calls back whenever the proxy is to read its conf again. */
  onReload: (reload: () => void) => void;
}

/** Holds a port, or any free one where it is 0; throws where it is taken. */
function claimPort(ip: string, port: number, flag: string): Deno.TcpListener {
  try {
    return Deno.listen({ hostname: ip, port });
  } catch (error) {
    throw listenFailure(error, { ip, port, flag });
  }
}

/** The options with their ports, after a look whether these are free. */
function systemOptions(options: Options, facts: ConfFacts): SystemOptions {
  const serverIp = options.text("server-ip");
  const periods = readPeriods(options);
  // Said here: the services would say it three times over.
  readTrustedProxies(options);
  // All are held until the last is found: the same port twice is taken, too.
  const held: Deno.TcpListener[] = [];
  const claim = (ip: string, flag: string, port = options.port(flag)) => {
    const listener = claimPort(ip, port, flag);
    held.push(listener);
    return listener.addr.port;
  };
  try {
    const given = options.given("proxy-port");
    const wanted = given ? options.port("proxy-port") : DEFAULTS.proxyPort;
    const proxyPort = given || facts.listens.length === 0
      ? claim(serverIp, "proxy-port", wanted)
      : undefined;
    return {
      serverIp,
      proxyPort,
      backendPort: claim("127.0.0.1", "backend-port"),
      trackerPort: claim("127.0.0.1", "tracker-port"),
      dataDir: options.text("data"),
      configFile: options.text("config"),
      proxyFiles: facts,
      trustedProxies: options.list("trusted-proxy"),
      periods,
    };
  } finally {
    for (const listener of held) listener.close();
  }
}

/** Waits until all three answer; throws with what does not. */
async function allAnswer(
  system: SystemOptions,
  { door, clock, signal }: {
    door: FrontDoor;
    clock: Clock;
    signal: AbortSignal;
  },
): Promise<void> {
  const frontDoor = localOrigin(door);
  const ask = { clock, withinMs: READY_MS, signal };
  const check = async (
    name: string,
    url: string,
    accepts: (status: number) => boolean = (status) => status === 200,
  ) => {
    if (await waitForAnswer(url, { ...ask, accepts })) return;
    throw new Error(`The ${name} does not answer at ${url}`);
  };
  // First each by itself: the proxy may take a target that is not up yet for
  // a dead one, and leave it alone for a while.
  await Promise.all([
    check("backend", `http://127.0.0.1:${system.backendPort}/healthz`),
    check("tracker", `http://127.0.0.1:${system.trackerPort}/tracker/healthz`),
  ]);
  // A conf may serve other names than this address, or send it elsewhere.
  const accepts = (status: number) => status >= 200 && status < 500;
  await Promise.all([
    check("proxy", `${frontDoor}/healthz`, accepts),
    check("proxy", `${frontDoor}/tracker/healthz`, accepts),
  ]);
}

function welcome(
  door: FrontDoor,
  { facts: { name, certified }, out }: { facts: ConfFacts; out: Output },
): void {
  const page = (origin: string) => `${origin}/index.html`;
  const interfaces = Deno.networkInterfaces();
  const { own, others } = addressesOf(door, { interfaces, name, certified });
  out.log("");
  out.log("Ctrl-C stops everything.");
  // Behind it nothing but what follows from it: it is what people look for.
  out.log(`Open ${page(own)}`);
  if (isAnyAddress(door.ip) && name === undefined) {
    for (const origin of others) out.log(`Others open ${page(origin)}`);
    const unnamed = door.secure && certified !== undefined;
    out.log(
      others.length > 0
        ? NETWORK_NOTICE
        : unnamed
        ? NO_NAME_NOTICE
        : NO_NETWORK_NOTICE,
    );
  }
  out.log("");
}

/** Runs the system until it is asked to stop; throws where it cannot go on. */
export async function startSystem(
  options: Options,
  machine: Machine,
): Promise<void> {
  const { executable, projectDir, clock, out } = machine;
  const facts = readConfFacts(options.text("config"));
  const system = systemOptions(options, facts);
  const { serverIp: ip, proxyPort: port } = system;
  const door = frontDoorOf(facts.listens, { ip, port });
  const denoJson = Deno.readTextFileSync(`${projectDir}/deno.json`);
  const programs = planServices(denoJson, system);
  const supervisor = new Supervisor({
    executable,
    workDir: projectDir,
    programs,
    clock,
    prefix: linePrefix(programs.map(({ name }) => name), machine.coloured),
    write: (line) => out.log(line),
    stopMs: facts.drainMs + STOP_SPARE_MS,
  });
  machine.onReload(() => supervisor.signal("proxy", "SIGHUP"));
  const asking = new AbortController();
  const ended = Promise.race([machine.stopRequested, supervisor.failure]);
  supervisor.start();
  try {
    const ready = allAnswer(system, { door, clock, signal: asking.signal })
      .then(() => {
        supervisor.markReady();
        welcome(door, { facts, out });
      });
    await Promise.race([ended, ready]);
    await ended;
  } finally {
    asking.abort();
    await supervisor.stop();
  }
}
