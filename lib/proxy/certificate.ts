/**
 * The certificate that TLS doors show: read, and found to fit its key, before
 * anything relies on it.
 * @module
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import type { ServerSettings } from "../conf/conf.ts";
import { messageOf } from "../service/command.ts";

/** Both as PEM. */
export interface Certificate {
  /** The server's own first, then those between it and the root. */
  chain: string;
  key: string;
}

type CertificateFiles = Pick<
  ServerSettings,
  "certificateFile" | "certificateKeyFile"
>;

/** Reads what a conf names; throws a sentence where it can't be used. */
export async function readCertificate(
  { certificateFile, certificateKeyFile }: CertificateFiles,
): Promise<Certificate> {
  const chain = await readPem("tls_certificate", certificateFile);
  const key = await readPem("tls_certificate_key", certificateKeyFile);
  const leaf = parsed(
    () => new X509Certificate(chain),
    `Cannot use tls_certificate ${certificateFile}: it holds no certificate in PEM`,
  );
  const privateKey = parsed(
    () => createPrivateKey(key),
    `Cannot use tls_certificate_key ${certificateKeyFile}: it holds no private key in PEM without a password`,
  );
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new Error(
      `Cannot use tls_certificate_key ${certificateKeyFile}: it is not the key of ${certificateFile}`,
    );
  }
  return { chain, key };
}

/** What TLS connections are opened with. */
export function secureContextOf({ chain, key }: Certificate): SecureContext {
  return createSecureContext({ cert: chain, key, minVersion: "TLSv1.2" });
}

/** Why browsers will not like it now, or undefined. */
export function certificateWarning(
  { chain }: Certificate,
  now: number,
): string | undefined {
  const { validFrom, validTo } = new X509Certificate(chain);
  if (now < Date.parse(validFrom)) {
    return `the certificate holds only from ${validFrom} on`;
  }
  if (now < Date.parse(validTo)) return undefined;
  return `the certificate has ended on ${validTo}: deno task cert makes another`;
}

async function readPem(directive: string, file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    throw new Error(
      `Cannot read ${directive} ${file}: ${messageOf(cause)}`,
      { cause },
    );
  }
}

function parsed<T>(parse: () => T, otherwise: string): T {
  try {
    return parse();
  } catch (cause) {
    throw new Error(otherwise, { cause });
  }
}
