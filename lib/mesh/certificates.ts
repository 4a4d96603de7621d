/**
 * Whether a certificate is the server's word, and whether it still holds. The
 * first is for ever and is what history is judged by; the second decides who
 * may come in now. Time and issuers are the caller's (PROTOCOL.md, 4).
 * @module
 */
import { decodeBase64Url } from "../wire/base64url.ts";
import {
  type Certificate,
  CERTIFICATE_TOLERANCE_MS,
  certificateBytes,
  type IssuerKey,
} from "../wire/identity.ts";
import type { Verifier } from "./keys.ts";

/** As many devices as a large channel has. */
const GENUINE_MAX = 2_000;

export class CertificateChecks {
  readonly #verifier: Verifier;
  /** Those whose signature held, the one asked for longest ago first. */
  readonly #genuine = new Set<string>();

  constructor(verifier: Verifier) {
    this.#verifier = verifier;
  }

  /** Whether one of `issuers` signed it while it was in use. */
  async isGenuine(
    certificate: Certificate,
    issuers: readonly IssuerKey[],
  ): Promise<boolean> {
    const { issuer, issuedAt } = certificate;
    const known = issuers.find(({ key }) => key === issuer);
    if (known === undefined || issuedAt > (known.retiredAt ?? Infinity)) {
      return false;
    }
    const bytes = certificateBytes(certificate);
    const name = certificate.signature + new TextDecoder().decode(bytes);
    const signature = decodeBase64Url(certificate.signature);
    const isGenuine = this.#genuine.delete(name) ||
      signature !== undefined &&
        await this.#verifier.verify(issuer, bytes, signature);
    if (isGenuine) this.#remember(name);
    return isGenuine;
  }

  #remember(name: string): void {
    this.#genuine.add(name);
    if (this.#genuine.size <= GENUINE_MAX) return;
    const [oldest] = this.#genuine;
    if (oldest !== undefined) this.#genuine.delete(oldest);
  }
}

/** Whether it holds at `now`, by the server's clock, a day more or less. */
export function isInTime(
  { issuedAt, expiresAt }: Certificate,
  now: number,
): boolean {
  return issuedAt - CERTIFICATE_TOLERANCE_MS <= now &&
    now < expiresAt + CERTIFICATE_TOLERANCE_MS;
}
