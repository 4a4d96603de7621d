/**
 * A conf file, and the files that it names, as one order to serve: plain data
 * that can be handed to another thread. Read whole, or not at all.
 * @module
 */
import {
  addressOf,
  type Conf,
  type ListenConf,
  mapTargets,
} from "../conf/conf.ts";
import { parseConf } from "../conf/parse_conf.ts";
import { messageOf } from "../service/command.ts";
import { type Certificate, readCertificate } from "./certificate.ts";
import type { DoorKind, DoorPlan } from "./doors.ts";

/** What to serve, and where. */
export interface ServiceOrder {
  conf: Conf;
  doors: DoorPlan[];
  certificate: Certificate | undefined;
}

/** What the command line says besides the conf. */
export interface ServiceFlags {
  file: string;
  /** `FROM=TO` for targets. */
  moves: string[];
  /** Where a listen without an address listens. */
  hostname: string;
  /** A plain door beside those of the conf; without any, the default one. */
  port: number | undefined;
}

/** Opened where neither the conf nor the command line says a port. */
export const DEFAULT_PORT = 8081;

/** Reads it all; throws one sentence that names the file and the fault. */
export async function loadService(flags: ServiceFlags): Promise<ServiceOrder> {
  const text = await Deno.readTextFile(flags.file).catch((cause) => {
    throw new Error(`Cannot read ${flags.file}: ${messageOf(cause)}`, {
      cause,
    });
  });
  const conf = mapTargets(parseConf(text, flags.file), flags.moves);
  // Everybody would get 404: it was cut short, or all of it is a comment.
  if (conf.hosts.length === 0) {
    throw new Error(
      `Cannot use ${flags.file}: it names no host, so nothing would be served. Add a block: host "*" { proxy_pass http://127.0.0.1:9000; }`,
    );
  }
  const doors = doorsOf(conf.listens, flags);
  const secure = doors.some(({ kind }) => kind !== "plain");
  const certificate = secure
    ? await readCertificate(conf.server).catch((error) => {
      throw grantable(error, flags.file, conf);
    })
    : undefined;
  return { conf, doors, certificate };
}

/** A file that the task has no permission for: with the command that has. */
function grantable(error: Error, file: string, { server }: Conf): Error {
  if (!(error.cause instanceof Deno.errors.NotCapable)) return error;
  const files = [file, server.certificateFile, server.certificateKeyFile];
  return new Error(
    `${error.message}. Run deno task start --config ${file}, or deno run --allow-net --allow-read=${
      files.join(",")
    } proxy.ts --config ${file}`,
  );
}

function doorsOf(
  listens: ListenConf[],
  { hostname, port }: ServiceFlags,
): DoorPlan[] {
  const doors = listens.map((listen): DoorPlan => ({
    hostname: listen.hostname ?? hostname,
    port: listen.port,
    kind: kindOf(listen),
  }));
  if (doors.length > 0 && port === undefined) return doors;
  const plain: DoorPlan = {
    hostname,
    port: port ?? DEFAULT_PORT,
    kind: "plain",
  };
  const there = doors.some((door) =>
    door.port !== 0 && addressOf(door) === addressOf(plain)
  );
  return there ? doors : [plain, ...doors];
}

function kindOf({ tls, http2 }: ListenConf): DoorKind {
  return http2 ? "http2" : tls ? "tls" : "plain";
}

/** As people open it: `https://127.0.0.1:8443`. */
export function urlOf({ hostname, port, kind }: DoorPlan): string {
  return `${kind === "plain" ? "http" : "https"}://${
    addressOf({ hostname, port })
  }`;
}
