/**
 * Turns entries as they came into verified ones: the author's certificate is
 * the server's word, the signature is the author's, the channel is the one that
 * they were sent for. Whatever is not is left out and counted. All of a message
 * is checked at once, for the browser has more than one thread for that.
 * @module
 */
import { decodeBase64Url, encodeBase64Url } from "../wire/base64url.ts";
import {
  type EntryRef,
  type ReadEntry,
  type SignedEntry,
  signingBytes,
} from "../wire/entry.ts";
import { entriesOf, type EntryMessage } from "../wire/link.ts";
import type { ChannelName } from "../wire/names.ts";
import type { CertificateBook } from "./certificate_book.ts";
import type { Keys } from "./keys.ts";
import type { VerifiedMessage } from "./sync_state.ts";
import type { VerifiedEntry } from "./verified_entry.ts";

export interface EntryVerifierParts {
  keys: Pick<Keys, "verify" | "sha256">;
  certificates: CertificateBook;
  /** The very same entry, where it was verified before. */
  known(
    channel: ChannelName,
    ref: EntryRef,
    entry: SignedEntry,
  ): VerifiedEntry | undefined;
}

export interface Verdict {
  /** What is left of the message; undefined where nothing of use is. */
  message: VerifiedMessage | undefined;
  /** What no honest peer sends, one for each such thing. */
  faults: string[];
}

type EntryVerdict = VerifiedEntry | "uncertified" | "forged";

export class EntryVerifier {
  readonly #parts: EntryVerifierParts;

  constructor(parts: EntryVerifierParts) {
    this.#parts = parts;
  }

  async verify(message: EntryMessage<ReadEntry>): Promise<Verdict> {
    const { channel, certificates } = message;
    const believed = await Promise.all(
      certificates.map((one) => this.#parts.certificates.learn(one)),
    );
    const faults = believed.includes(false) ? ["a certificate of nobody"] : [];
    const entries = entriesOf(message);
    const verdicts = await Promise.all(
      entries.map((entry) => this.#verifyEntry(channel, entry)),
    );
    const verified: VerifiedEntry[] = [];
    for (const verdict of verdicts) {
      if (verdict === "forged") {
        faults.push("an entry that its author did not sign");
      } else if (verdict !== "uncertified") verified.push(verdict);
    }
    const uncertified = verdicts.includes("uncertified");
    return { message: rebuilt(message, verified, uncertified), faults };
  }

  async #verifyEntry(
    channel: ChannelName,
    read: ReadEntry,
  ): Promise<EntryVerdict> {
    const { entry, signed, signature } = read;
    if (entry.channel !== channel) return "forged";
    const known = this.#parts.known(channel, entry, read);
    if (known !== undefined) return known;
    const certificate = this.#parts.certificates.get(entry.author);
    if (certificate === undefined) return "uncertified";
    const { keys } = this.#parts;
    const bytes = signingBytes(signed);
    const raw = decodeBase64Url(signature) ?? new Uint8Array();
    const [holds, hash] = await Promise.all([
      keys.verify(entry.author, bytes, raw),
      keys.sha256(bytes),
    ]);
    if (!holds) return "forged";
    const { user } = certificate;
    return { entry, signed, signature, hash: encodeBase64Url(hash), user };
  }
}

function rebuilt(
  message: EntryMessage<ReadEntry>,
  verified: VerifiedEntry[],
  isUncertified: boolean,
): VerifiedMessage | undefined {
  const mark = isUncertified ? { uncertified: true as const } : {};
  // An answer counts as one, however much of it is left.
  if (message.type === "entries") {
    return { ...message, entries: verified, ...mark };
  }
  const [first, second] = verified;
  if (first === undefined) return undefined;
  if (message.type === "entry-written") return { ...message, entry: first };
  if (second === undefined) return undefined;
  return { ...message, proof: [first, second] };
}
