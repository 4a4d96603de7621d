/**
 * Certifies whose a device's key is: for who is logged in, against a signature
 * that only the key's holder can make. Keeps nothing: the nonce carries its own
 * seal, so any process with the server's key can check what another gave out.
 * @module
 */
import {
  createHmac,
  createPublicKey,
  timingSafeEqual,
  verify,
} from "node:crypto";
import type { Clock } from "../clock.ts";
import { type Rate, TokenBucket } from "../token_bucket.ts";
import { decodeBase64Url, encodeBase64Url } from "../wire/base64url.ts";
import { type DeviceKey, signatureBytes } from "../wire/device_key.ts";
import {
  type Certificate,
  CERTIFICATE_VERSION,
  certificateBytes,
  type IdentityKeys,
  type IdentityNonce,
  type IdentityRequest,
  possessionBytes,
  type Revocations as RevocationsAnswer,
} from "../wire/identity.ts";
import { type Account, accountKey, type Accounts } from "./accounts.ts";
import { HttpError } from "./http_error.ts";
import {
  CERTIFICATE_LIFE_MS,
  CLOCK_BACK_MS_MAX,
  type Revocations,
  type RevokedAccount,
} from "./revocations.ts";
import type { ServerKey } from "./server_key.ts";
import type { Session, Sessions } from "./sessions.ts";

export const NONCE_LIFE_MS = 120_000;
/** A device asks once in weeks; each answer is a line in the audit log. */
const CERTIFICATES_PER_USER: Rate = { perSecond: 1 / 60, burst: 30 };
/** Above it the user who asked longest ago is forgotten. */
const USERS_COUNTED_MAX = 10_000;

const TIME_BYTES = 8;
const SEAL_BYTES = 32;

export interface IdentityParts {
  serverKey: ServerKey;
  accounts: Pick<Accounts, "find">;
  sessions: Pick<Sessions, "isLive">;
  revocations: Revocations;
  clock: Clock;
}

export class Identity {
  readonly #parts: IdentityParts;
  readonly #nonceSecret: Uint8Array;
  readonly #asked = new Map<string, TokenBucket>();

  constructor(parts: IdentityParts) {
    this.#parts = parts;
    this.#nonceSecret = parts.serverKey.secretFor("weaprous-nonce-1");
  }

  /** The keys that certificates are checked by, and whose session it is. */
  async keys(session: Session): Promise<IdentityKeys> {
    const { serverKey, clock } = this.#parts;
    const account = await this.#accountOf(session);
    const revokedBefore = await this.#revokedBefore(account);
    return {
      user: account.username,
      userSince: account.createdAt,
      keys: [{ key: serverKey.key }],
      now: clock.now(),
      ...revokedBefore !== undefined && { revokedBefore },
    };
  }

  /** Those that a peer does not have, which knows all up to `after`. */
  async revocations(
    session: Session,
    after: number,
  ): Promise<RevocationsAnswer> {
    await this.#accountOf(session);
    return await this.#parts.revocations.listAfter(after);
  }

  /** To be signed by the device's key within two minutes, in this session. */
  nonce(session: Session): IdentityNonce {
    const expiresAt = this.#parts.clock.now() + NONCE_LIFE_MS;
    const bytes = new Uint8Array(TIME_BYTES + SEAL_BYTES);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(expiresAt));
    const time = bytes.subarray(0, TIME_BYTES);
    bytes.set(this.#seal(time, session), TIME_BYTES);
    const { user } = session;
    return { nonce: encodeBase64Url(bytes), expiresAt, user };
  }

  /** A certificate, or an HttpError with what was wrong. */
  async certify(
    session: Session,
    request: IdentityRequest,
  ): Promise<Certificate> {
    this.#checkNonce(session, request.nonce);
    checkProof(session, request);
    this.#checkRate(session);
    const account = await this.#accountOf(session);
    const issuedAt = Math.max(
      this.#parts.clock.now(),
      await this.#revokedBefore(account) ?? 0,
    );
    const { key } = request;
    const certificate = this.#certificate(account, { key, issuedAt });
    // Sessions end before certificates are revoked: with one that still goes on
    // this certificate is among those that a revocation from now on is about.
    await this.#accountOf(session);
    return certificate;
  }

  /**
   * Not further off than two clocks may differ: one that was set back meanwhile
   * must not keep the account from certificates that hold.
   */
  async #revokedBefore(account: RevokedAccount): Promise<number | undefined> {
    const { revocations, clock } = this.#parts;
    const before = await revocations.beforeOf(account);
    if ((before ?? 0) <= clock.now() + CLOCK_BACK_MS_MAX) return before;
    await revocations.add(account);
    return await revocations.beforeOf(account);
  }

  async #accountOf(session: Session): Promise<Account> {
    const { accounts, sessions } = this.#parts;
    const account = await accounts.find(session.user);
    // Whoever changes an account ends its sessions: where this one goes on, the
    // account is still the one that was logged in to.
    const isLive = await sessions.isLive(session.id);
    if (account !== undefined && !account.disabled && isLive) return account;
    throw new HttpError(401, "session-expired", "Log in first");
  }

  #certificate(
    account: Account,
    { key, issuedAt }: Pick<Certificate, "key" | "issuedAt">,
  ): Certificate {
    const { serverKey } = this.#parts;
    const fields = {
      user: account.username,
      userSince: account.createdAt,
      key,
      issuedAt,
      expiresAt: issuedAt + CERTIFICATE_LIFE_MS,
      issuer: serverKey.key,
    };
    const signature = encodeBase64Url(serverKey.sign(certificateBytes(fields)));
    return { version: CERTIFICATE_VERSION, ...fields, signature };
  }

  #checkNonce(session: Session, nonce: string): void {
    const bytes = decodeBase64Url(nonce);
    if (bytes !== undefined && this.#isGood(bytes, session)) return;
    const message = "The nonce is too old, or another session's";
    throw new HttpError(403, "bad-nonce", message);
  }

  #isGood(nonce: Uint8Array<ArrayBuffer>, session: Session): boolean {
    if (nonce.length !== TIME_BYTES + SEAL_BYTES) return false;
    const seal = this.#seal(nonce.subarray(0, TIME_BYTES), session);
    if (!timingSafeEqual(nonce.subarray(TIME_BYTES), seal)) return false;
    const expiresAt = Number(new DataView(nonce.buffer).getBigUint64(0));
    return this.#isSoon(expiresAt);
  }

  /** Not past, nor further off than any that was given out. */
  #isSoon(expiresAt: number): boolean {
    const leftMs = expiresAt - this.#parts.clock.now();
    return leftMs > 0 && leftMs <= NONCE_LIFE_MS;
  }

  /** Says when a nonce ends and for whom it is. */
  #seal(time: Uint8Array, session: Session): Uint8Array {
    return createHmac("sha256", this.#nonceSecret).update(time)
      .update(session.id).digest();
  }

  #checkRate({ user }: Session): void {
    const now = this.#parts.clock.now();
    const key = accountKey(user);
    const bucket = this.#asked.get(key) ??
      new TokenBucket(CERTIFICATES_PER_USER, now);
    this.#asked.delete(key);
    this.#asked.set(key, bucket);
    if (this.#asked.size > USERS_COUNTED_MAX) {
      const [oldest] = this.#asked.keys();
      if (oldest !== undefined) this.#asked.delete(oldest);
    }
    if (bucket.take(now)) return;
    throw new HttpError(
      429,
      "too-many-requests",
      "Too many certificates were asked for. Try again in a minute",
      { retryAfterSeconds: 60 },
    );
  }
}

function checkProof(
  { user }: Session,
  { key, nonce, signature }: IdentityRequest,
): void {
  if (holds(key, possessionBytes({ nonce, key, user }), signature)) return;
  const message = "The signature was not made by this key over this nonce";
  throw new HttpError(403, "bad-proof", message);
}

/** False for whatever is malformed; never throws. */
function holds(key: DeviceKey, bytes: Uint8Array, signature: string): boolean {
  const strict = signatureBytes(signature);
  if (strict === undefined) return false;
  try {
    const jwk = { kty: "OKP", crv: "Ed25519", x: key };
    const publicKey = createPublicKey({ key: jwk, format: "jwk" });
    return verify(null, bytes, publicKey, strict);
  } catch {
    // Every second text of 43 characters is no point of the curve.
    return false;
  }
}
