/**
 * What `start` has to know of the proxy's conf: where people come in, which
 * files the proxy needs, how long its end may take. A conf that cannot be read is
 * for the proxy to tell of; here it counts as empty.
 * @module
 */
import { type Conf, type ListenConf, SERVER_DEFAULTS } from "../conf/conf.ts";
import { parseConf } from "../conf/parse_conf.ts";
import { certificateHosts } from "../certificate_hosts.ts";

/** The port that people are told to open. */
export interface FrontDoor {
  ip: string;
  port: number;
  secure: boolean;
}

/** What the conf says of the machine. */
export interface ConfFacts {
  listens: ListenConf[];
  /** Named instead of an address, where the conf serves names only. */
  name: string | undefined;
  /** The hosts that the certificate names, where there is one to be read. */
  certified: string[] | undefined;
  reads: string[];
  writes: string[];
  drainMs: number;
}

/** The facts out of a conf file. */
export function readConfFacts(file: string): ConfFacts {
  let conf: Conf;
  try {
    conf = parseConf(Deno.readTextFileSync(file), file);
  } catch {
    conf = { server: SERVER_DEFAULTS, listens: [], hosts: [] };
  }
  const { server, listens, hosts } = conf;
  const { certificateFile, certificateKeyFile, accessLog } = server;
  const patterns = hosts.map(({ pattern }) => pattern);
  return {
    listens,
    name: patterns.includes("*") || patterns.some(isLocal)
      ? undefined
      : patterns.find((pattern) => !pattern.startsWith("*"))
        ?.replace(/:\d+$/, ""),
    certified: readHosts(certificateFile),
    reads: [certificateFile, certificateKeyFile].filter((path) => path !== ""),
    writes: [accessLog.file].filter((path) => path !== "" && path !== "-"),
    drainMs: server.drainTimeoutMs,
  };
}

/** Undefined where it can't be read, which is for the proxy to tell of. */
function readHosts(certificateFile: string): string[] | undefined {
  try {
    return certificateHosts(Deno.readTextFileSync(certificateFile));
  } catch {
    return undefined;
  }
}

function isLocal(pattern: string): boolean {
  return /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(pattern);
}

/** Where people come in: by https if there is a way. */
export function frontDoorOf(
  listens: readonly ListenConf[],
  { ip, port }: { ip: string; port: number | undefined },
): FrontDoor {
  const listen = listens.find(({ tls }) => tls) ??
    (port === undefined ? listens[0] : undefined);
  if (listen === undefined) return { ip, port: port ?? 0, secure: false };
  return {
    ip: listen.hostname ?? ip,
    port: listen.port,
    secure: listen.tls,
  };
}
