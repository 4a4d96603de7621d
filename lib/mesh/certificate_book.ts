/**
 * The certificates of authors that have been seen to be the server's word, one
 * for each key. Bounded, here and in the store: of all, the one learned longest
 * ago is forgotten first; of one account, the one that ends first, so any that
 * has expired before one that holds.
 * @module
 */
import type { DeviceKey } from "../wire/device_key.ts";
import type { Certificate } from "../wire/identity.ts";

/** More than a large channel has authors. */
export const CERTIFICATES_MAX = 8_000;
/** More devices than a person has used within what a channel keeps. */
export const CERTIFICATES_PER_USER_MAX = 200;

export interface CertificateBookParts {
  /** Whether the server certified this at any time. */
  isGenuine(certificate: Certificate): Promise<boolean> | boolean;
  /** It is new here: to be kept over a restart. */
  learned(certificate: Certificate): void;
  /** There are too many: it need not be kept any more. */
  forgotten(author: DeviceKey): void;
}

export class CertificateBook {
  readonly #parts: CertificateBookParts;
  readonly #known = new Map<DeviceKey, Certificate>();

  constructor(parts: CertificateBookParts) {
    this.#parts = parts;
  }

  get(author: DeviceKey): Certificate | undefined {
    return this.#known.get(author);
  }

  /** Puts back what was kept: it was judged when it was learned. */
  restore(certificates: Certificate[]): void {
    for (const certificate of certificates) {
      if (!this.#known.has(certificate.key)) this.#remember(certificate);
    }
  }

  /** Whether `certificate` is believed; a key once known keeps its user. */
  async learn(certificate: Certificate): Promise<boolean> {
    const known = this.#known.get(certificate.key);
    if (known !== undefined && !isRenewal(known, certificate)) {
      return isSamePerson(known, certificate);
    }
    if (!await this.#parts.isGenuine(certificate)) return false;
    this.#remember(certificate);
    this.#parts.learned(certificate);
    this.#bound(certificate);
    return true;
  }

  /** The one just learned stays: what came with it is judged by it. */
  #bound({ user, key }: Certificate): void {
    const others = [...this.#known.values()]
      .filter((one) => one.user === user && one.key !== key)
      .sort((a, b) => b.expiresAt - a.expiresAt);
    for (const { key } of others.slice(CERTIFICATES_PER_USER_MAX - 1)) {
      this.#forget(key);
    }
  }

  #forget(key: DeviceKey): void {
    this.#known.delete(key);
    this.#parts.forgotten(key);
  }

  #remember(certificate: Certificate): void {
    this.#known.delete(certificate.key);
    this.#known.set(certificate.key, certificate);
    const [oldest] = this.#known.keys();
    if (this.#known.size > CERTIFICATES_MAX && oldest !== undefined) {
      this.#forget(oldest);
    }
  }
}

function isSamePerson(a: Certificate, b: Certificate): boolean {
  return a.user === b.user && a.userSince === b.userSince;
}

function isRenewal(known: Certificate, newer: Certificate): boolean {
  return isSamePerson(known, newer) && newer.expiresAt > known.expiresAt;
}
