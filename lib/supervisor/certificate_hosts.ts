/**
 * For which names and addresses a certificate is good, as its file says.
 * @module
 */
import { X509Certificate } from "node:crypto";

/**
 * The hosts that it names, in its order; undefined where the file can't be
 * read, which is for the proxy to tell of.
 */
export function certificateHosts(file: string): string[] | undefined {
  try {
    const { subjectAltName } = new X509Certificate(Deno.readTextFileSync(file));
    return subjectAltName?.split(", ").flatMap((name) =>
      /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1] ?? []
    );
  } catch {
    return undefined;
  }
}

/** Whether browsers take a certificate with these names for `host`. */
export function isCertified(host: string, names: readonly string[]): boolean {
  // `*` stands for one label (RFC 6125 6.4.3), and never for an address's.
  const above = /^[^.]*[a-z][^.]*(\..+)$/i.exec(host)?.[1];
  return names.includes(host) ||
    above !== undefined && names.includes(`*${above}`);
}
