/**
 * Runs inside of a page: what tests in real browsers ask of keys and identity.
 * @module
 */
import { RevocationList } from "../../lib/mesh/revocation_list.ts";
import type { Certificate } from "../../lib/wire/identity.ts";
import type { KeptKey, Keys } from "../../lib/mesh/keys.ts";
import { NativeKeys } from "../../lib/mesh/native_keys.ts";
import { ScriptKeys } from "../../lib/mesh/script_keys.ts";
import { openDevice } from "../../lib/ui/device_identity.ts";
import { encodeBase64Url } from "../../lib/wire/base64url.ts";

/** A signature with key and message, in hex. */
export interface HexSignature {
  key: string;
  message: string;
  signature: string;
}

export interface Identified {
  certificate: Certificate;
  /** What another device of the same server says of it. */
  isCurrent: boolean;
}

export interface IdentityLab {
  hasWebCrypto: boolean;
  identify(user: string, scriptKeysUrl: string): Promise<Identified>;
  /** Whether each signature holds, by this kind of keys. */
  verify(kind: KeptKey["kind"], list: HexSignature[]): Promise<boolean[]>;
  /** Signs and checks `count` messages of as many bytes; checks per second. */
  rate(
    kind: KeptKey["kind"],
    amount: { count: number; bytes: number; authors: number },
  ): Promise<number>;
  /** The name of the error that reading out a native key ends with. */
  readOut(): Promise<string>;
}

function keysOf(kind: KeptKey["kind"]): Keys {
  return kind === "native" ? new NativeKeys(crypto.subtle) : new ScriptKeys();
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  const pairs = hex.match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

async function identify(
  user: string,
  scriptKeysUrl: string,
): Promise<Identified> {
  const got = Promise.withResolvers<Certificate>();
  const { identity: client } = await openDevice({
    user,
    scriptKeysUrl,
    openRevocations: (fetch) => new RevocationList(fetch),
    events: {
      identified: ({ certificate }) => got.resolve(certificate),
      failed: (fault) => got.reject(new Error(fault)),
    },
  });
  client.start();
  const certificate = await got.promise;
  const isCurrent = await client.isCurrent(certificate);
  client.stop();
  return { certificate, isCurrent };
}

async function verify(
  kind: KeptKey["kind"],
  list: HexSignature[],
): Promise<boolean[]> {
  const keys = keysOf(kind);
  return await Promise.all(
    list.map(({ key, message, signature }) =>
      keys.verify(
        encodeBase64Url(bytesOf(key)),
        bytesOf(message),
        bytesOf(signature),
      )
    ),
  );
}

async function rate(
  kind: KeptKey["kind"],
  { count, bytes, authors }: { count: number; bytes: number; authors: number },
): Promise<number> {
  const keys = keysOf(kind);
  const kept = await Promise.all(
    Array.from({ length: authors }, () => keys.makeKey()),
  );
  const signers = kept.flatMap((key) => keys.signer(key) ?? []);
  const signed = await Promise.all(
    Array.from({ length: count }, async (_, at) => {
      const signer = signers[at % authors];
      if (signer === undefined) throw new TypeError("No signer");
      const message = crypto.getRandomValues(new Uint8Array(bytes));
      const signature = await signer.sign(message);
      return [signer.key, message, signature] as const;
    }),
  );
  const begun = performance.now();
  // A page of entries at a time, as they come over a link.
  for (let at = 0; at < count; at += 100) {
    const page = signed.slice(at, at + 100);
    const holds = await Promise.all(page.map((args) => keys.verify(...args)));
    if (holds.includes(false)) throw new Error("A good signature was refused");
  }
  return count * 1_000 / (performance.now() - begun);
}

async function readOut(): Promise<string> {
  const { privateKey } = await new NativeKeys(crypto.subtle).makeKey();
  try {
    await crypto.subtle.exportKey("pkcs8", privateKey);
    return "none";
  } catch (error) {
    return (error as Error).name;
  }
}

const hasWebCrypto = globalThis.crypto.subtle !== undefined;
const lab: IdentityLab = { hasWebCrypto, identify, verify, rate, readOut };
Object.assign(globalThis, { identityLab: lab });
