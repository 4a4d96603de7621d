/**
 * `deno task cert`: a certificate for https on a local network, signed by an
 * authority of its own, which is made once and kept.
 * @module
 */
import { systemClock as clock } from "../clock.ts";
import {
  type CommandSpec,
  messageOf,
  type Options,
  type Output,
  runCommand,
} from "../service/command.ts";
import {
  type CertificateFolder,
  keptHosts,
  writeCertificate,
} from "./cert_files.ts";
import { LOCAL_HOSTS, readHosts } from "./cert_hosts.ts";

const SPEC: CommandSpec = {
  usage: "deno task cert",
  operands: "[HOST ...]",
  summary:
    `Makes a certificate for https on your network: for the names and addresses\ngiven, and for ${
      LOCAL_HOSTS.join(", ")
    }. Without any it keeps those\nof the certificate in DIR; where there is none, it takes this machine's addresses.`,
  flags: {
    "dir": {
      value: "DIR",
      fallback: "data/tls",
      help: "Where certificate, key and authority are kept",
    },
  },
};

/** What others on the network reach this machine by. */
function ownAddresses(): string[] {
  return Deno.networkInterfaces()
    .filter(({ family }) => family === "IPv4")
    .map(({ address }) => address)
    .filter((address) => !/^(127\.|169\.254\.)/.test(address));
}

async function main(options: Options, { log }: Output): Promise<void> {
  const dir = options.text("dir");
  const hosts = readHosts(await wanted(options.words, dir));
  try {
    const made = await writeCertificate(hosts, { dir, now: clock.now() });
    log(report(hosts, made));
  } catch (cause) {
    throw new Error(`Cannot write to ${dir}: ${messageOf(cause)}`, { cause });
  }
}

/** Nobody means to lose a name by making the certificate anew. */
async function wanted(typed: string[], dir: string): Promise<string[]> {
  if (typed.length > 0) return typed;
  const kept = await keptHosts(dir);
  return kept.length > 0 ? kept : ownAddresses();
}

function report(hosts: string[], made: CertificateFolder): string {
  const { certificateFile, keyFile, authorityFile, end } = made;
  const lasts = end.toISOString().slice(0, 10);
  return `Made a certificate for ${hosts.join(", ")}.
It holds until ${lasts}; run this again before, the authority stays the same.

1. Put these lines into config/proxy.conf, then start the proxy, or send a
   running one SIGHUP:

listen 8443 tls;
tls_certificate ${certificateFile};
tls_certificate_key ${keyFile};

   For the address that people know by http, add "listen 8081;" to them, and
   "redirect https;" to the host's block: it leads to the one by https then.

2. Have each browser trust the authority${
    made.isNewAuthority ? "" : ", if it does not yet"
  }: ${authorityFile}
   README.md says how, under "HTTPS on your network". Give away that file only:
   whoever gets a key beside it can pose as any site to those browsers.`;
}

if (import.meta.main) await runCommand(SPEC, main);
