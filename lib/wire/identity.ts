/**
 * How the backend says which keys are whose: the certificate that peers show
 * each other, the exact bytes that are signed, and the requests that get one.
 * Whether a signature holds is lib/mesh's and lib/auth's business.
 * @module
 */
import {
  arrayField,
  asObject,
  checkVersion,
  field,
  type Fields,
  integerField,
  parseObject,
  quote,
} from "./_fields.ts";
import { signedLines } from "./_signed_lines.ts";
import { type DeviceKey, readDeviceKey, readSignature } from "./device_key.ts";
import { readUserName } from "./names.ts";
import { WireError } from "./wire_error.ts";

export const CERTIFICATE_VERSION = 1;
/** Two clocks of one room, and the way between them, differ less than that. */
export const CERTIFICATE_TOLERANCE_MS = 24 * 3_600_000;
/** A certificate's JSON: about 400 bytes, more where a name needs them. */
export const CERTIFICATE_BYTES_MAX = 1_024;
/** The backend's key of today and those it had. */
export const ISSUER_KEYS_MAX = 16;
/** An answer of GET or POST /identity. */
export const IDENTITY_ANSWER_BYTES_MAX = 4_096;
/** More accounts than a server changes while its certificates hold. */
export const REVOCATIONS_MAX = 4_096;
/** An answer of GET /identity/revocations: each is about 100 bytes. */
export const REVOCATIONS_BYTES_MAX = 1024 * 1024;
/** They are counted from 1 on; 0 is before all. */
export const REVOCATION_NUMBER: readonly [number, number] = [
  0,
  Number.MAX_SAFE_INTEGER,
];
/** Times are those that an ISO date can write, up to the year 9999. */
const TIME_MS_MAX = 253_402_300_799_999;

/** Visible ASCII, for the server alone to read. */
const NONCE = /^[A-Za-z0-9_-]{16,128}$/;

/** What a certificate says; all of it is signed. */
export interface CertificateFields {
  /** The account's name, as everybody sees it. */
  user: string;
  /**
   * When the account was made. An account that was removed and made anew under
   * the same name is another person's, perhaps: this tells them apart.
   */
  userSince: number;
  /** The key that speaks for this user. */
  key: DeviceKey;
  /** Ms since 1970 by the server's clock, like every time here. */
  issuedAt: number;
  expiresAt: number;
  /** The server's own public key, under which the signature holds. */
  issuer: DeviceKey;
}

/** "The device with this key is this user's", signed by the server. */
export interface Certificate extends CertificateFields {
  version: typeof CERTIFICATE_VERSION;
  /** 64 bytes in base64url, over certificateBytes(). */
  signature: string;
}

/** Backend -> device, GET /identity/nonce: to be signed, soon. */
export interface IdentityNonce {
  /** Good for the session that asked, and no other. */
  nonce: string;
  expiresAt: number;
  /** The user that the certificate will name. */
  user: string;
}

/** Device -> backend, POST /identity: certify this key for who is logged in. */
export interface IdentityRequest {
  key: DeviceKey;
  nonce: string;
  /** By `key` over possessionBytes(). */
  signature: string;
}

/** A key of the backend's, and until when what it issued is believed. */
export interface IssuerKey {
  key: DeviceKey;
  /** Certificates issued later than this are not this server's. */
  retiredAt?: number;
}

/** Backend -> anyone logged in, GET /identity/keys. */
export interface IdentityKeys {
  /** The account of the session, as a certificate would name it. */
  user: string;
  userSince: number;
  /** The key of today first. */
  keys: IssuerKey[];
  /** The server's time, by which certificates expire. */
  now: number;
  /** Certificates of this account that are older were revoked. */
  revokedBefore?: number;
}

/**
 * Certificates of this account that were issued earlier hold no longer: it was
 * disabled or removed, or has another password.
 */
export interface Revocation {
  user: string;
  userSince: number;
  before: number;
}

/** Backend -> anyone logged in, GET /identity/revocations?after=NUMBER. */
export interface Revocations {
  /** Those after that number; each account's last one. */
  revocations: Revocation[];
  /** The number of the last of all. */
  last: number;
}

/** Backend -> device, the answer of POST /identity. */
export interface IdentityAnswer extends IdentityKeys {
  certificate: Certificate;
}

/** The bytes that the server signs: lines of UTF-8, in this order. */
export function certificateBytes(
  fields: CertificateFields,
): Uint8Array<ArrayBuffer> {
  const { user, userSince, key, issuedAt, expiresAt, issuer } = fields;
  return signedLines("weaprous-certificate-1", [
    ...[user, String(userSince), key],
    ...[String(issuedAt), String(expiresAt), issuer],
  ]);
}

/** The bytes that a device signs to show that the key is its own. */
export function possessionBytes(
  { nonce, key, user }: { nonce: string; key: DeviceKey; user: string },
): Uint8Array<ArrayBuffer> {
  return signedLines("weaprous-possession-1", [nonce, key, user]);
}

/** A checked certificate out of decoded JSON. */
export function readCertificate(value: unknown): Certificate {
  const fields = asObject(value, "certificate");
  checkVersion(fields, CERTIFICATE_VERSION);
  const [issuedAt, expiresAt] = [
    readTime(fields, "issuedAt"),
    readTime(fields, "expiresAt"),
  ];
  if (expiresAt <= issuedAt) {
    throw new WireError(
      "bad-message",
      `Certificate expires at ${expiresAt}, before it is issued at ${issuedAt}`,
    );
  }
  return {
    version: CERTIFICATE_VERSION,
    user: readUserName(field(fields, "user")),
    userSince: readTime(fields, "userSince"),
    key: readDeviceKey(field(fields, "key")),
    issuedAt,
    expiresAt,
    issuer: readDeviceKey(field(fields, "issuer")),
    signature: readSignature(field(fields, "signature")),
  };
}

export function decodeCertificate(text: string): Certificate {
  return readCertificate(parseObject(text, CERTIFICATE_BYTES_MAX));
}

export function decodeIdentityNonce(text: string): IdentityNonce {
  const fields = parseObject(text, IDENTITY_ANSWER_BYTES_MAX);
  return {
    nonce: readNonce(fields),
    expiresAt: readTime(fields, "expiresAt"),
    user: readUserName(field(fields, "user")),
  };
}

/** A checked request out of decoded JSON. */
export function readIdentityRequest(value: unknown): IdentityRequest {
  const fields = asObject(value, "request");
  return {
    key: readDeviceKey(field(fields, "key")),
    nonce: readNonce(fields),
    signature: readSignature(field(fields, "signature")),
  };
}

export function decodeIdentityKeys(text: string): IdentityKeys {
  return readKeys(parseObject(text, IDENTITY_ANSWER_BYTES_MAX));
}

export function decodeIdentityAnswer(text: string): IdentityAnswer {
  const fields = parseObject(text, IDENTITY_ANSWER_BYTES_MAX);
  const certificate = readCertificate(field(fields, "certificate"));
  return { certificate, ...readKeys(fields) };
}

export function decodeRevocations(text: string): Revocations {
  const fields = parseObject(text, REVOCATIONS_BYTES_MAX);
  return {
    revocations: arrayField(fields, "revocations", {
      lengthMax: REVOCATIONS_MAX,
      read: readRevocation,
    }),
    last: integerField(fields, "last", REVOCATION_NUMBER),
  };
}

function readRevocation(value: unknown): Revocation {
  const fields = asObject(value, "revocations");
  return {
    user: readUserName(field(fields, "user")),
    userSince: readTime(fields, "userSince"),
    before: readTime(fields, "before"),
  };
}

function readKeys(fields: Fields): IdentityKeys {
  const keys = arrayField(fields, "keys", {
    lengthMax: ISSUER_KEYS_MAX,
    read: readIssuerKey,
  });
  if (keys.length === 0) {
    throw new WireError("bad-message", `"keys" must name at least one key`);
  }
  return {
    user: readUserName(field(fields, "user")),
    userSince: readTime(fields, "userSince"),
    keys,
    now: readTime(fields, "now"),
    ...field(fields, "revokedBefore") !== undefined &&
      { revokedBefore: readTime(fields, "revokedBefore") },
  };
}

function readIssuerKey(value: unknown): IssuerKey {
  const fields = asObject(value, "keys");
  const key = readDeviceKey(field(fields, "key"));
  if (field(fields, "retiredAt") === undefined) return { key };
  return { key, retiredAt: readTime(fields, "retiredAt") };
}

function readTime(fields: Fields, name: string): number {
  return integerField(fields, name, [0, TIME_MS_MAX]);
}

function readNonce(fields: Fields): string {
  const nonce = field(fields, "nonce");
  if (typeof nonce === "string" && NONCE.test(nonce)) return nonce;
  throw new WireError(
    "bad-message",
    `Nonce ${quote(nonce)} must be 16 to 128 characters of base64url`,
  );
}
