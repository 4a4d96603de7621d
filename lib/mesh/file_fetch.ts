/**
 * One file that is fetched: who holds what of it, what is wanted of whom, what
 * has come and is being checked. Pure; which pieces are held is told.
 * @module
 */
import { HASHES_PIECE } from "../wire/bulk_frame.ts";
import { PIECE_HASH_BYTES, pieceCount, pieceLength } from "../wire/file.ts";
import type { FileKey } from "../wire/file_messages.ts";
import type { PeerId } from "../wire/names.ts";
import type { PieceSet } from "./piece_set.ts";
import { TransferSpeed } from "./transfer_speed.ts";

export class FileFetch {
  readonly file: FileKey;
  /** What frames call it by. */
  readonly stream: number;
  readonly speed: TransferSpeed;
  readonly #count: number;
  readonly #holders = new Map<PeerId, PieceSet>();
  /** They sent a piece that was not the file's. */
  readonly #liars = new Set<PeerId>();
  /** Of whom each piece is wanted, and since when; the oldest first. */
  readonly #asked = new Map<number, { peer: PeerId; at: number }>();
  /** They have come, and are being checked and stored. */
  readonly #inHand = new Set<number>();
  /** Where to look for the next missing piece. */
  #cursor: number;

  constructor(
    { file, stream, start, now }: {
      file: FileKey;
      stream: number;
      /** Where to begin, as a part of 1: so that fetchers help each other. */
      start: number;
      now: number;
    },
  ) {
    this.file = file;
    this.stream = stream;
    this.speed = new TransferSpeed(now);
    this.#count = pieceCount(file.size);
    this.#cursor = Math.floor(start * this.#count);
  }

  /** Pieces on their way or in hand. */
  get inFlight(): number {
    return this.#asked.size + this.#inHand.size;
  }

  /** Those who have been asked for what has not come. */
  get askedPeers(): Set<PeerId> {
    return new Set([...this.#asked.values()].map(({ peer }) => peer));
  }

  /** Whether anybody linked is known to have any of it. */
  get hasHolder(): boolean {
    return [...this.#holders.values()].some(({ size }) => size > 0);
  }

  /** When the oldest piece may be taken over by whoever is idle. */
  oldestAskedAt(): number {
    const [oldest] = this.#asked.values();
    return oldest?.at ?? Infinity;
  }

  isHolder(peer: PeerId): boolean {
    return this.#holders.has(peer);
  }

  isLiar(peer: PeerId): boolean {
    return this.#liars.has(peer);
  }

  isInHand(piece: number): boolean {
    return this.#inHand.has(piece);
  }

  holds(peer: PeerId, pieces: PieceSet): void {
    if (!this.#liars.has(peer)) this.#holders.set(peer, pieces);
  }

  lengthOf(piece: number): number {
    return piece === HASHES_PIECE
      ? this.#count * PIECE_HASH_BYTES
      : pieceLength(this.file.size, piece);
  }

  /** What to want of `peer` next; `held` undefined before the hashes are. */
  next(peer: PeerId, held: PieceSet | undefined): number | undefined {
    const theirs = this.#holders.get(peer);
    if (theirs === undefined) return undefined;
    if (held === undefined) {
      return this.#isFree(HASHES_PIECE) ? HASHES_PIECE : undefined;
    }
    for (let step = 0; step < this.#count; step++) {
      const piece = (this.#cursor + step) % this.#count;
      const isMissing = !held.has(piece) && this.#isFree(piece);
      if (isMissing && theirs.has(piece)) return piece;
    }
    return undefined;
  }

  /** The piece that somebody else is longest at, if since before `before`. */
  takeOver(peer: PeerId, before: number): number | undefined {
    const theirs = this.#holders.get(peer);
    if (theirs === undefined) return undefined;
    for (const [piece, { peer: other, at }] of this.#asked) {
      if (at > before) return undefined;
      const hasIt = piece === HASHES_PIECE || theirs.has(piece);
      if (other !== peer && hasIt) return piece;
    }
    return undefined;
  }

  ask(peer: PeerId, piece: number, now: number): void {
    this.#asked.delete(piece);
    this.#asked.set(piece, { peer, at: now });
    if (piece !== HASHES_PIECE) this.#cursor = piece + 1;
  }

  /** It has come from `peer`, or `peer` does not have it. */
  answered(peer: PeerId, piece: number): void {
    if (this.#asked.get(piece)?.peer === peer) this.#asked.delete(piece);
  }

  lacks(peer: PeerId, piece: number): void {
    // Whoever can't give the hashes can give nothing that could be checked.
    if (piece === HASHES_PIECE) this.#holders.delete(peer);
    else this.#holders.get(peer)?.delete(piece);
  }

  takeInHand(piece: number): void {
    this.#asked.delete(piece);
    this.#inHand.add(piece);
  }

  checked(piece: number): void {
    this.#inHand.delete(piece);
  }

  /** What is wanted of `peer` is wanted of others now. */
  release(peer: PeerId): void {
    for (const [piece, asked] of this.#asked) {
      if (asked.peer !== peer) continue;
      this.#asked.delete(piece);
      if (piece !== HASHES_PIECE) {
        this.#cursor = Math.min(this.#cursor, piece);
      }
    }
  }

  /** The link to `peer` is over. */
  forget(peer: PeerId): void {
    this.release(peer);
    this.#holders.delete(peer);
  }

  /** It lied: nothing of this file is taken from it any more. */
  exclude(peer: PeerId): void {
    this.forget(peer);
    this.#liars.add(peer);
  }

  #isFree(piece: number): boolean {
    return !this.#asked.has(piece) && !this.#inHand.has(piece);
  }
}
