/**
 * The folder that `deno task cert` keeps: the authority, made once, and the
 * server's certificate, made anew each time. Keys are for their owner only.
 * @module
 */
import { certificateHosts } from "../certificate_hosts.ts";
import {
  endOf,
  issueCertificate,
  type KeyedPem,
  newAuthority,
} from "./local_ca.ts";

const AUTHORITY_NAME = "WeApRous local network";

/** What was written, and where. */
export interface CertificateFolder {
  certificateFile: string;
  keyFile: string;
  authorityFile: string;
  isNewAuthority: boolean;
  /** Until when the certificate holds. */
  end: Date;
}

/** Makes a certificate for `hosts` in `dir`. */
export async function writeCertificate(
  hosts: readonly string[],
  { dir, now }: { dir: string; now: number },
): Promise<CertificateFolder> {
  await Deno.mkdir(dir, { recursive: true });
  const authorityFile = `${dir}/ca.pem`;
  const kept = await readPair(authorityFile, `${dir}/ca-key.pem`);
  const authority = kept ?? await newAuthority(AUTHORITY_NAME, now);
  if (kept === undefined) await writePair(`${dir}/ca`, authority);
  const issued = await issueCertificate(hosts, { authority, now });
  await writePair(`${dir}/server`, issued);
  return {
    certificateFile: `${dir}/server.pem`,
    keyFile: `${dir}/server-key.pem`,
    authorityFile,
    isNewAuthority: kept === undefined,
    end: endOf(issued),
  };
}

/** What the certificate in `dir` is for; none where there is none yet. */
export async function keptHosts(dir: string): Promise<string[]> {
  const file = `${dir}/server.pem`;
  try {
    return certificateHosts(await Deno.readTextFile(file));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return [];
    throw new Error(`Cannot read the names in ${file}: give them anew`, {
      cause,
    });
  }
}

async function readPair(
  certificateFile: string,
  keyFile: string,
): Promise<KeyedPem | undefined> {
  try {
    return {
      certificate: await Deno.readTextFile(certificateFile),
      key: await Deno.readTextFile(keyFile),
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function writePair(
  path: string,
  { certificate, key }: KeyedPem,
): Promise<void> {
  await replaceFile(`${path}-key.pem`, { text: key, mode: 0o600 });
  await replaceFile(`${path}.pem`, { text: certificate, mode: 0o644 });
}

/** Whole or not at all: a proxy may read it at this moment. */
async function replaceFile(
  path: string,
  { text, mode }: { text: string; mode: number },
): Promise<void> {
  const fresh = `${path}.new`;
  // One left behind by a crash would keep its own mode.
  await Deno.remove(fresh).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.writeTextFile(fresh, text, { mode, createNew: true });
  await Deno.rename(fresh, path);
}
