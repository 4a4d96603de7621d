/**
 * For which names and addresses a certificate is good, as it says itself.
 * @module
 */
import { X509Certificate } from "node:crypto";

/** The hosts that it names, in its order; throws where `pem` is none. */
export function certificateHosts(pem: string): string[] {
  const names = new X509Certificate(pem).subjectAltName?.split(", ") ?? [];
  return names.flatMap((name) =>
    /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1] ?? []
  );
}

/** Whether browsers take a certificate with these names for `host`. */
export function isCertified(host: string, names: readonly string[]): boolean {
  // `*` stands for one label (RFC 6125 6.4.3), and never for an address's.
  const above = /^[^.]*[a-z][^.]*(\..+)$/i.exec(host)?.[1];
  return names.includes(host) ||
    above !== undefined && names.includes(`*${above}`);
}
