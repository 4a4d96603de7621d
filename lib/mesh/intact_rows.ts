/**
 * Finds the rows of a store that are as they were written: disks fail. What is
 * not counts as lost, and comes again from others.
 * @module
 */
import { encodeBase64Url } from "../wire/base64url.ts";
import { signingBytes } from "../wire/entry.ts";
import type { Keys } from "./keys.ts";
import type { KeptEntry } from "./verified_entry.ts";

/** Rows whose hash is checked at a time. */
const ROWS_CHECKED_MAX = 500;

/** Without the rows that are not as they were written: others have them. */
export async function intactRows(
  rows: KeptEntry[],
  keys: Pick<Keys, "sha256">,
): Promise<KeptEntry[]> {
  const kept: KeptEntry[] = [];
  for (let at = 0; at < rows.length; at += ROWS_CHECKED_MAX) {
    const part = rows.slice(at, at + ROWS_CHECKED_MAX);
    const hashes = await Promise.all(
      part.map(({ signed }) => keys.sha256(signingBytes(signed))),
    );
    kept.push(
      ...part.filter(({ hash }, index) =>
        encodeBase64Url(hashes[index] as Uint8Array) === hash
      ),
    );
  }
  return kept;
}
