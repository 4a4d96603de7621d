/**
 * Keys for a peer in a terminal: signed and checked by WebCrypto, with the
 * secret as bytes, for a file has to keep it.
 * @module
 */
import {
  type Bytes,
  type KeptKey,
  type Keys,
  type ScriptKey,
  type Signer,
} from "../mesh/keys.ts";
import { NativeKeys } from "../mesh/native_keys.ts";
import { encodeBase64Url } from "../wire/base64url.ts";
import { type DeviceKey, KEY_BYTES } from "../wire/device_key.ts";

const ED25519 = "Ed25519";
/** PKCS #8 for Ed25519 (RFC 8410): this, and then the secret. */
const PKCS8_HEAD = Uint8Array.fromHex("302e020100300506032b657004220420");

export class SecretKeys implements Keys {
  readonly kind = "script";
  readonly #native = new NativeKeys(crypto.subtle);

  sha256(bytes: Bytes): Promise<Bytes> {
    return this.#native.sha256(bytes);
  }

  verify(
    key: DeviceKey,
    bytes: Bytes,
    signature: Uint8Array,
  ): Promise<boolean> {
    return this.#native.verify(key, bytes, signature);
  }

  async makeKey(): Promise<ScriptKey> {
    const { privateKey, publicKey } = await crypto.subtle.generateKey(
      ED25519,
      true,
      ["sign", "verify"],
    ) as CryptoKeyPair;
    const [raw, pkcs8] = await Promise.all([
      crypto.subtle.exportKey("raw", publicKey),
      crypto.subtle.exportKey("pkcs8", privateKey),
    ]);
    const secret = new Uint8Array(pkcs8).slice(-KEY_BYTES);
    const key = encodeBase64Url(new Uint8Array(raw));
    return { kind: this.kind, key, secret };
  }

  signer(kept: KeptKey): Signer | undefined {
    if (kept.kind !== this.kind) return undefined;
    const { key, secret } = kept;
    let imported: Promise<CryptoKey> | undefined;
    const sign = async (bytes: Bytes) => {
      imported ??= importSecret(secret);
      const signature = await crypto.subtle
        .sign(ED25519, await imported, bytes);
      return new Uint8Array(signature);
    };
    return { key, sign };
  }
}

function importSecret(secret: Bytes): Promise<CryptoKey> {
  const pkcs8 = Uint8Array.of(...PKCS8_HEAD, ...secret);
  return crypto.subtle.importKey("pkcs8", pkcs8, ED25519, false, ["sign"]);
}
