/**
 * Writes this device's own log: an entry is chained to the one before it,
 * signed, kept by the store, and only then shown to anyone else. So a crash at
 * any moment costs at most what nobody has seen, and never makes a fork. One
 * entry after the other, in the order in which they were written.
 * @module
 */
import type { Clock } from "../clock.ts";
import { encodeBase64Url } from "../wire/base64url.ts";
import {
  encodeEntry,
  type EntryBody,
  type EntryHead,
  readEntry,
  signingBytes,
} from "../wire/entry.ts";
import type { ChannelName } from "../wire/names.ts";
import type { Keys, Signer } from "./keys.ts";
import type { VerifiedEntry } from "./verified_entry.ts";

/** Another tab may write in between, each time; more often than this is odd. */
export const WRITE_ATTEMPTS_MAX = 20;

export interface AuthorParts {
  user: string;
  keys: Pick<Keys, "sha256">;
  clock: Clock;
  /** Resolves once the device has a key, and its log in `channel` is known. */
  ready(channel: ChannelName): Promise<Signer>;
  /** Where the next entry goes; RangeError where none may. */
  nextHead(channel: ChannelName, now: number): EntryHead;
  /**
   * True once it would survive a crash; false where the log goes on elsewhere,
   * and the entry is to be written anew.
   */
  keep(own: VerifiedEntry): Promise<boolean>;
  commit(own: VerifiedEntry): void;
}

export class Author {
  readonly #parts: AuthorParts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: AuthorParts) {
    this.#parts = parts;
  }

  /** Rejects with a RangeError where the entry may not be written. */
  write(channel: ChannelName, body: EntryBody): Promise<VerifiedEntry> {
    const written = this.#last.then(() => this.#write(channel, body));
    this.#last = written.catch(() => {});
    return written;
  }

  async #write(channel: ChannelName, body: EntryBody): Promise<VerifiedEntry> {
    const { clock, ready, nextHead, keep, commit } = this.#parts;
    for (let attempt = 0; attempt < WRITE_ATTEMPTS_MAX; attempt++) {
      const signer = await ready(channel);
      const head = nextHead(channel, clock.now());
      const own = await this.#sign(encodeEntry(head, body), signer);
      if (!await keep(own)) continue;
      commit(own);
      return own;
    }
    throw new Error(`Cannot write in "${channel}": another tab writes there`);
  }

  async #sign(signed: string, signer: Signer): Promise<VerifiedEntry> {
    // What others would refuse must not take a place in the log.
    const entry = readEntry(signed);
    const bytes = signingBytes(signed);
    const [signature, hash] = await Promise.all([
      signer.sign(bytes),
      this.#parts.keys.sha256(bytes),
    ]);
    return {
      entry,
      signed,
      signature: encodeBase64Url(signature),
      hash: encodeBase64Url(hash),
      user: this.#parts.user,
    };
  }
}
