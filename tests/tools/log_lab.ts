/**
 * Runs inside of a page: how fast entries are verified and stored there, by
 * the code and the store that the chat uses.
 * @module
 */
import { CertificateBook } from "../../lib/mesh/certificate_book.ts";
import { EntryVerifier } from "../../lib/mesh/entry_verifier.ts";
import type { Keys, Signer } from "../../lib/mesh/keys.ts";
import { NativeKeys } from "../../lib/mesh/native_keys.ts";
import { ScriptKeys } from "../../lib/mesh/script_keys.ts";
import { IdbStore } from "../../lib/ui/idb_store.ts";
import { encodeBase64Url } from "../../lib/wire/base64url.ts";
import {
  encodeEntry,
  type ReadEntry,
  readSignedEntry,
  signingBytes,
} from "../../lib/wire/entry.ts";
import { certificateOf } from "./cheap_keys.ts";

const PAGE_ENTRIES = 100;

export interface LogLab {
  /** Verifies and stores `count` entries of ten authors; entries per second. */
  verifyAndStore(kind: Keys["kind"], count: number): Promise<number>;
}

async function makeSigner(keys: Keys): Promise<Signer> {
  const signer = keys.signer(await keys.makeKey());
  if (signer === undefined) throw new Error("A key of another kind");
  return signer;
}

/** A log of `count` entries, as they come over a link. */
async function makeLog(
  keys: Keys,
  signer: Signer,
  count: number,
): Promise<ReadEntry[]> {
  const log: ReadEntry[] = [];
  let prev: string | null = null;
  for (let seq = 1; seq <= count; seq++) {
    const head = { channel: "general", author: signer.key, seq, prev };
    const text = `Message ${seq}, which says about as much as most do.`;
    const signed = encodeEntry({ ...head, time: seq }, { kind: "text", text });
    const bytes = signingBytes(signed);
    const signature = encodeBase64Url(await signer.sign(bytes));
    prev = encodeBase64Url(await keys.sha256(bytes));
    log.push(readSignedEntry({ signed, signature }));
  }
  return log;
}

async function verifyAndStore(
  kind: Keys["kind"],
  count: number,
): Promise<number> {
  const keys = kind === "native"
    ? new NativeKeys(crypto.subtle)
    : new ScriptKeys();
  const certificates = new CertificateBook({
    isGenuine: () => true,
    learned: () => {},
    forgotten: () => {},
  });
  const entries: ReadEntry[] = [];
  for (let author = 0; author < 10; author++) {
    const signer = await makeSigner(keys);
    await certificates.learn(certificateOf(`user${author}`, signer.key));
    entries.push(...await makeLog(keys, signer, count / 10));
  }
  const verifier = new EntryVerifier({
    keys,
    certificates,
    known: () => undefined,
  });
  const store = new IdbStore(`bench ${kind} ${performance.now()}`);
  const start = performance.now();
  for (let at = 0; at < entries.length; at += PAGE_ENTRIES) {
    const { message } = await verifier.verify({
      type: "entries",
      channel: "general",
      entries: entries.slice(at, at + PAGE_ENTRIES),
      certificates: [],
    });
    const verified = message?.type === "entries" ? message.entries : [];
    if (verified.length !== PAGE_ENTRIES) throw new Error("Not all verified");
    await store.keep(verified.map((entry) => ({ ...entry, at: 5 })));
  }
  const passedMs = performance.now() - start;
  store.close();
  return count * 1_000 / passedMs;
}

const logLab: LogLab = { verifyAndStore };
Object.assign(globalThis, { logLab });
