/**
 * An entry whose signature and certificate have been seen to hold. The cores
 * take nothing else.
 * @module
 */
import type { EntryHash, ReadEntry } from "../wire/entry.ts";

export interface VerifiedEntry extends ReadEntry {
  /** SHA-256 of what was signed. */
  hash: EntryHash;
  /** Who the author's key belongs to, as the server has certified. */
  user: string;
}
