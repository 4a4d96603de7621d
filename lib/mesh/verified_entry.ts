/**
 * Entries whose signature and certificate have been seen to hold, and what is
 * kept of them. The cores take nothing else.
 * @module
 */
import type { EntryHash, ReadEntry, SignedEntry } from "../wire/entry.ts";

export interface VerifiedEntry extends ReadEntry {
  /** SHA-256 of what was signed. */
  hash: EntryHash;
  /** Who the author's key belongs to, as the server has certified. */
  user: string;
}

/** An entry as this peer keeps it. */
export interface KeptEntry extends VerifiedEntry {
  /** Place in the view: ms since 1970; never later than it was received. */
  at: number;
  /** User whose peer handed it on, where that was not its author. */
  via?: string;
  /** The most others ever known to hold it, of one's own. */
  held?: number;
}

/** Just what travels. */
export function signedOf({ signed, signature }: SignedEntry): SignedEntry {
  return { signed, signature };
}
