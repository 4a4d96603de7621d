/**
 * What a device signs to show that it is at the end of this very link: the DTLS
 * certificates of both ends, as their fingerprints. Whoever sits in the middle
 * has two links with certificates of his own, so no signature for one holds on
 * the other (PROTOCOL.md, 3).
 * @module
 */
import { signedLines } from "./_signed_lines.ts";
import type { PeerId } from "./names.ts";
import type { LinkId } from "./signal.ts";

/** SHA-256 of a DTLS certificate: 32 pairs of upper-case hex digits with `:`. */
export type Fingerprint = string;

/** The certificates with which both ends came, as each side sees them. */
export interface LinkFingerprints {
  local: Fingerprint;
  remote: Fingerprint;
}

export interface LinkEnd {
  peer: PeerId;
  fingerprint: Fingerprint;
}

/** The bytes that `sender` signs for the other end of `link`. */
export function linkProofBytes(
  link: LinkId,
  { sender, receiver }: { sender: LinkEnd; receiver: LinkEnd },
): Uint8Array<ArrayBuffer> {
  return signedLines("weaprous-link-1", [
    ...[link, sender.peer, receiver.peer],
    ...[sender.fingerprint, receiver.fingerprint],
  ]);
}

const WORD = /fingerprint/gi;
const LINE = /^a=fingerprint:sha-256 ((?:[0-9a-f]{2}:){31}[0-9a-f]{2}) *$/i;

/**
 * The one fingerprint that a session description names, perhaps several times.
 * Undefined where it names none, two, one by another hash, or one in a form
 * that another reader could take for something else: what is signed must be
 * what DTLS will check.
 */
export function fingerprintOf(sdp: string): Fingerprint | undefined {
  const found = new Set<Fingerprint>();
  let lines = 0;
  for (const line of sdp.split(/\r?\n/)) {
    const fingerprint = LINE.exec(line)?.[1];
    if (fingerprint === undefined) continue;
    lines++;
    found.add(fingerprint.toUpperCase());
  }
  const [only] = found;
  const mentions = sdp.match(WORD)?.length ?? 0;
  return found.size === 1 && mentions === lines ? only : undefined;
}
