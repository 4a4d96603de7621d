/**
 * The server's own Ed25519 key, in a file beside the database that only its
 * owner reads. Made once, by whichever process comes first; a file that can't
 * be read is never replaced, or everybody's certificates would end unseen.
 * @module
 */
import {
  createPrivateKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  sign,
} from "node:crypto";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { decodeBase64Url } from "../wire/base64url.ts";
import { type DeviceKey, readDeviceKey } from "../wire/device_key.ts";
import { databaseReason } from "./database.ts";

const KEY_FILE = "identity.key";

export interface ServerKey {
  readonly key: DeviceKey;
  sign(bytes: Uint8Array): Uint8Array;
  /** 32 bytes for `purpose`, the same in every process with this key. */
  secretFor(purpose: string): Uint8Array;
}

/** Opens `dir`/identity.key, making it where there is none. */
export function openServerKey(dir: string, database: DatabaseSync): ServerKey {
  const file = join(dir, KEY_FILE);
  try {
    return serverKeyOf(readIfThere(file) ?? makeOnce(file, database));
  } catch (cause) {
    throw new Error(
      `Cannot open the server's key ${file}: ${keyReason(cause)}`,
      { cause },
    );
  }
}

/** The key that a file's text holds. */
function serverKeyOf(pem: string): ServerKey {
  const secret = readPem(pem);
  const { x, d } = secret.export({ format: "jwk" });
  const seed = decodeBase64Url(d ?? "") ?? new Uint8Array();
  return {
    key: readDeviceKey(x),
    sign: (bytes) => new Uint8Array(sign(null, bytes, secret)),
    secretFor: (purpose) =>
      new Uint8Array(hkdfSync("sha256", seed, "", purpose, 32)),
  };
}

class DamagedKeyError extends Error {
  constructor(options?: ErrorOptions) {
    super(
      "the file is damaged. Restore a copy, or move it away: " +
        "a new key is made then, and every device gets a new certificate",
      options,
    );
  }
}

function readPem(pem: string): KeyObject {
  let secret: KeyObject;
  try {
    secret = createPrivateKey(pem);
  } catch (cause) {
    throw new DamagedKeyError({ cause });
  }
  if (secret.asymmetricKeyType !== "ed25519") throw new DamagedKeyError();
  return secret;
}

function readIfThere(file: string): string | undefined {
  try {
    return Deno.readTextFileSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The database's lock lets one process at a time look and make it. */
function makeOnce(file: string, database: DatabaseSync): string {
  database.exec("BEGIN IMMEDIATE");
  try {
    return readIfThere(file) ?? make(file);
  } finally {
    database.exec("COMMIT");
  }
}

/** Nobody meets half a file: it gets its name when it is whole on the disk. */
function make(file: string): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = String(privateKey.export({ type: "pkcs8", format: "pem" }));
  const unfinished = `${file}.tmp`;
  const options = { write: true, create: true, truncate: true, mode: 0o600 };
  using written = Deno.openSync(unfinished, options);
  const bytes = new TextEncoder().encode(pem);
  if (written.writeSync(bytes) < bytes.length) {
    throw new Error("the disk is full");
  }
  written.syncSync();
  Deno.renameSync(unfinished, file);
  return pem;
}

/** What an operator can do about it, as the end of a sentence. */
function keyReason(error: unknown): string {
  if (error instanceof Deno.errors.PermissionDenied) {
    return "this user may not read or write it. Check the file's owner";
  }
  return databaseReason(error);
}
