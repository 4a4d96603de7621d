/**
 * This device's identity: its key, and the backend's certificate for it, kept
 * over a reload and renewed in time. Also judges the certificates of others, by
 * the server's keys and the server's time, both of which it asks for again when
 * they seem to be out of date. A store that fails costs a new key at the next
 * load, and nothing else.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Certificate, IdentityKeys } from "../wire/identity.ts";
import { CertificateChecks, isInTime } from "./certificates.ts";
import {
  askForCertificate,
  askForKeys,
  IdentityError,
  type IdentityFault,
} from "./identity_http.ts";
import {
  type DeviceSlot,
  type KeptDevice,
  type KeyStore,
  MemoryKeyStore,
} from "./key_store.ts";
import type { Keys, Signer } from "./keys.ts";
import type { RevocationList } from "./revocation_list.ts";
import { ServerTime } from "./server_time.ts";
import type { Fetch } from "./tracker_http.ts";

/** A certificate is renewed when this part of its life is left. */
const RENEWAL_PART = 1 / 3;
/** How often that is looked at; also how long a moved clock stays unnoticed. */
export const IDENTITY_CHECK_MS = 6 * 3_600_000;
export const IDENTITY_RETRY_MIN_MS = 1_000;
export const IDENTITY_RETRY_MAX_MS = 60_000;
/** Certificates that look wrong cost the server one question in this time. */
export const IDENTITY_ASK_AGAIN_MS = 60_000;

/** What a device shows others, and what it signs with. */
export interface Identity {
  certificate: Certificate;
  signer: Signer;
}

export type OpenRevocations = (
  fetch: Fetch,
) => RevocationList | Promise<RevocationList>;

export interface IdentityClientParts {
  /** Whose page it is; another user's session counts as signed out. */
  user: string;
  keys: Keys;
  store: KeyStore;
  fetch: Fetch;
  clock: Clock;
  /** Loads what only a server needs that has ever revoked a certificate. */
  openRevocations: OpenRevocations;
  events?: {
    /** There is an identity; again after each renewal. */
    identified?(identity: Identity): void;
    /** There is none yet. It is tried again, but for "signed-out". */
    failed?(fault: IdentityFault): void;
    /** More certificates are revoked now than before. */
    revoked?(): void;
  };
}

export class IdentityClient {
  readonly #parts: IdentityClientParts;
  readonly #checks: CertificateChecks;
  readonly #time = new ServerTime();
  /** What the store should hold, whether or not it can. */
  readonly #memory = new MemoryKeyStore();
  #revocations: RevocationList | undefined;
  #server: IdentityKeys | undefined;
  #askedAt = -Infinity;
  #asking: Promise<IdentityKeys> | undefined;
  #identity: Identity | undefined;
  #retryMs = IDENTITY_RETRY_MIN_MS;
  #cancel = () => {};
  #stopped = false;

  constructor(parts: IdentityClientParts) {
    this.#parts = parts;
    this.#checks = new CertificateChecks(parts.keys);
  }

  get identity(): Identity | undefined {
    return this.#identity;
  }

  start(): void {
    void this.#round();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** Whether the server certified this at any time: what history asks. */
  async isGenuine(certificate: Certificate): Promise<boolean> {
    const isKnown = ({ key }: { key: string }) => key === certificate.issuer;
    if (!this.#server?.keys.some(isKnown)) await this.#askAgain();
    return await this.#checks
      .isGenuine(certificate, this.#server?.keys ?? []);
  }

  /** Whether its holder may come in now: what a link asks. */
  async isCurrent(certificate: Certificate): Promise<boolean> {
    if (!isInTime(certificate, this.now())) await this.#askAgain();
    return isInTime(certificate, this.now()) &&
      await this.isGenuine(certificate);
  }

  isRevoked(certificate: Certificate): boolean {
    return this.#revocations?.has(certificate) ?? false;
  }

  toldOfRevocation(number: number): void {
    if (number !== (this.#revocations?.last ?? 0)) void this.#learn(number);
  }

  /** The server's time, as far as it was told. */
  now(): number {
    return this.#time.at(this.#parts.clock.now());
  }

  async #round(): Promise<void> {
    try {
      const identity = await this.#identify(await this.#ask());
      if (this.#stopped) return;
      this.#retryMs = IDENTITY_RETRY_MIN_MS;
      this.#again(IDENTITY_CHECK_MS);
      this.#adopt(identity);
    } catch (error) {
      if (!this.#stopped) this.#failed(faultOf(error));
    }
  }

  #adopt(identity: Identity): void {
    const before = this.#identity?.certificate.signature;
    this.#identity = identity;
    if (before === identity.certificate.signature) return;
    this.#parts.events?.identified?.(identity);
  }

  #failed(fault: IdentityFault): void {
    if (fault !== "signed-out") {
      this.#again(this.#retryMs);
      this.#retryMs = Math.min(IDENTITY_RETRY_MAX_MS, this.#retryMs * 2);
    }
    // With a certificate that holds, a renewal can wait for the server.
    if (this.#identity === undefined) this.#parts.events?.failed?.(fault);
  }

  #again(delayMs: number): void {
    this.#cancel();
    this.#cancel = this.#parts.clock.after(delayMs, () => void this.#round());
  }

  async #learn(number: number): Promise<void> {
    const { fetch, events, openRevocations } = this.#parts;
    try {
      const list = this.#revocations ?? await openRevocations(fetch);
      this.#revocations ??= list;
      await this.#revocations.update(number);
    } catch {
      // The tracker tells the number again with each heartbeat.
      return;
    }
    if (this.#stopped) return;
    const own = this.#identity?.certificate;
    // With another password, this device is still this person's.
    if (own !== undefined && this.isRevoked(own)) await this.#round();
    if (!this.#stopped) events?.revoked?.();
  }

  /** Asks the server for keys and time; once for all who want to know. */
  async #ask(): Promise<IdentityKeys> {
    const { fetch, clock, user } = this.#parts;
    this.#askedAt = clock.now();
    this.#asking ??= askForKeys(fetch).finally(() => this.#asking = undefined);
    const server = await this.#asking;
    this.#time.set(server.now, clock.now());
    this.#server = server;
    if (server.user === user) return server;
    throw new IdentityError("signed-out");
  }

  /** Not more often than is good for the server; failures change nothing. */
  async #askAgain(): Promise<void> {
    const passedMs = Math.abs(this.#parts.clock.now() - this.#askedAt);
    if (passedMs < IDENTITY_ASK_AGAIN_MS && !this.#asking) return;
    await this.#ask().catch(() => {});
  }

  async #identify(server: IdentityKeys): Promise<Identity> {
    const { keys, store, fetch } = this.#parts;
    const slot = { userSince: server.userSince, kind: keys.kind };
    const device = await this.#device(slot);
    const signer = keys.signer(device.key);
    // It was kept under another kind.
    if (signer === undefined) throw new IdentityError("refused");
    const kept = device.certificate;
    if (kept !== undefined && this.#isFresh(kept, server)) {
      if (await this.isGenuine(kept)) return { certificate: kept, signer };
    }
    const { certificate } = await askForCertificate(signer, fetch);
    await this.#refuseUnlessOurs(certificate, { server, signer });
    await this.#memory.keepCertificate(slot, certificate);
    await orNothing(store.keepCertificate(slot, certificate));
    return { certificate, signer };
  }

  /** The kept key, or a new one. */
  async #device(slot: DeviceSlot): Promise<KeptDevice> {
    const { keys, store } = this.#parts;
    const known = await this.#memory.load(slot);
    if (known !== undefined) return known;
    const kept = await orNothing(store.load(slot));
    const key = kept?.key ?? await keys.makeKey();
    const device = kept ?? await orNothing(store.keepKey(slot, key)) ?? { key };
    await this.#memory.keepKey(slot, device.key);
    if (device.certificate !== undefined) {
      await this.#memory.keepCertificate(slot, device.certificate);
    }
    return device;
  }

  /** Names the account as it is, by the key in use, and holds for a while. */
  #isFresh(certificate: Certificate, server: IdentityKeys): boolean {
    const { user, userSince, issuer, issuedAt, expiresAt } = certificate;
    const leftMs = expiresAt - this.now();
    return user === server.user && userSince === server.userSince &&
      issuer === server.keys[0]?.key &&
      issuedAt >= (server.revokedBefore ?? 0) &&
      !this.isRevoked(certificate) &&
      leftMs > (expiresAt - issuedAt) * RENEWAL_PART;
  }

  async #refuseUnlessOurs(
    certificate: Certificate,
    { server, signer }: { server: IdentityKeys; signer: Signer },
  ): Promise<void> {
    const { key, user, userSince } = certificate;
    const isOurs = key === signer.key && user === server.user &&
      userSince === server.userSince && await this.isGenuine(certificate);
    if (isOurs) return;
    throw new IdentityError("refused");
  }
}

function faultOf(error: unknown): IdentityFault {
  return error instanceof IdentityError ? error.fault : "refused";
}

/** A store that fails is one that keeps nothing. */
async function orNothing<T>(kept: Promise<T>): Promise<T | undefined> {
  try {
    return await kept;
  } catch {
    return undefined;
  }
}
