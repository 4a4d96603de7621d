/**
 * A certificate authority for one local network, and the server certificates
 * that it signs. It knows no files.
 * @module
 */
// x509 finds its parts by reflection, so this comes first.
import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** A certificate and its private key, as PEM. */
export interface KeyedPem {
  certificate: string;
  key: string;
}

const DAY_MS = 86_400_000;
/** Who has trusted it once should not have to again soon. */
const AUTHORITY_DAYS = 3_650;
/** Browsers refuse longer ones of public authorities, Apple's also of others. */
export const SERVER_DAYS = 397;
/** Clocks on a LAN differ: a certificate from "now" on is not yet valid on some. */
const HEAD_START_MS = DAY_MS;

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A new authority; `name` is what people see when they are asked to trust it. */
export async function newAuthority(
  name: string,
  now: number,
): Promise<KeyedPem> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: [name] }],
    ...validity(now, AUTHORITY_DAYS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(
        KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign,
        true,
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return await asPem(certificate, keys.privateKey);
}

/** A certificate for all of `hosts`, names and addresses, signed by `authority`. */
export async function issueCertificate(
  hosts: readonly string[],
  { authority, now }: { authority: KeyedPem; now: number },
): Promise<KeyedPem> {
  const keys = await newKeys();
  const issuer = new X509Certificate(authority.certificate);
  const signingKey = await importKey(authority.key);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: [{ CN: [hosts[0] ?? ""] }],
    issuer: issuer.subjectName,
    ...validity(now, SERVER_DAYS),
    signingKey,
    publicKey: keys.publicKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        hosts.map((value) => ({
          type: isAddress(value) ? "ip" as const : "dns" as const,
          value,
        })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return await asPem(certificate, keys.privateKey);
}

/** Until when a certificate holds. */
export function endOf({ certificate }: KeyedPem): Date {
  return new X509Certificate(certificate).notAfter;
}

export function isAddress(host: string): boolean {
  return host.includes(":") || /^[0-9.]+$/.test(host);
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, [
    "sign",
    "verify",
  ]) as Promise<CryptoKeyPair>;
}

function importKey(pem: string): Promise<CryptoKey> {
  const [bytes = new ArrayBuffer()] = PemConverter.decode(pem);
  return crypto.subtle.importKey("pkcs8", bytes, ALGORITHM, false, ["sign"]);
}

/** 16 random bytes in hexadecimal; the first bit is 0, as a number's sign. */
function newSerial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0]! &= 0x7f;
  return bytes.toHex();
}

function validity(now: number, days: number) {
  const from = now - HEAD_START_MS;
  return {
    notBefore: new Date(from),
    notAfter: new Date(from + days * DAY_MS),
  };
}

async function asPem(
  certificate: X509Certificate,
  privateKey: CryptoKey,
): Promise<KeyedPem> {
  const key = await crypto.subtle.exportKey("pkcs8", privateKey);
  return {
    certificate: `${certificate.toString("pem")}\n`,
    key: `${PemConverter.encode(key, "PRIVATE KEY")}\n`,
  };
}
