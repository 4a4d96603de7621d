/** Signed entries for tests of what comes after the verification. @module */
import type { VerifiedEntry } from "../../lib/mesh/verified_entry.ts";
import { encodeBase64Url } from "../../lib/wire/base64url.ts";
import type { DeviceKey } from "../../lib/wire/device_key.ts";
import {
  encodeEntry,
  type EntryBody,
  type EntryHash,
  readSignedEntry,
  signingBytes,
} from "../../lib/wire/entry.ts";
import { cheapKeys } from "./cheap_keys.ts";

export interface EntryFields {
  channel?: string;
  seq: number;
  prev?: EntryHash | null;
  time?: number;
  body?: EntryBody;
}

/** An entry of `author`, signed; what a test does not care about is filled in. */
export function signedBy(
  author: DeviceKey,
  { channel = "general", seq, prev = null, time = 1_000 + seq, body }:
    EntryFields,
): VerifiedEntry {
  const user = author.replace(/_+A$/, "");
  const signed = encodeEntry(
    { channel, author, seq, prev: seq === 1 ? null : prev, time },
    body ?? { kind: "text", text: `${user} ${seq}` },
  );
  const bytes = signingBytes(signed);
  const signature = encodeBase64Url(
    cheapKeys.signer(author).sign(bytes) as Uint8Array,
  );
  const hash = encodeBase64Url(cheapKeys.sha256(bytes));
  return { ...readSignedEntry({ signed, signature }), hash, user };
}

/** The first `count` entries of a log of `author`, chained. */
export function chain(
  author: DeviceKey,
  count: number,
  fields: (seq: number) => Partial<EntryFields> = () => ({}),
): VerifiedEntry[] {
  const entries: VerifiedEntry[] = [];
  for (let seq = 1; seq <= count; seq++) {
    const prev = entries.at(-1)?.hash ?? null;
    entries.push(signedBy(author, { prev, ...fields(seq), seq }));
  }
  return entries;
}
