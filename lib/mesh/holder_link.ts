/**
 * What is wanted of one holder and has not come yet, in the order in which it
 * will: every frame must be the next part of the first of these. Pure.
 * @module
 */
import type { BulkFrame } from "../wire/bulk_frame.ts";
import { PIECE_BYTES } from "../wire/file.ts";
import { PIECES_WANTED_MAX } from "../wire/file_messages.ts";
import type { PeerId } from "../wire/names.ts";
import type { Bytes } from "./keys.ts";

/** Without a byte for so long a holder counts as one that does not answer. */
export const SILENCE_MS = 10_000;
/** Slower than 256 KiB in that time is as good as nothing. */
export const PIECE_MS = 60_000;
const WINDOW_MIN = 2;
/** Pieces for about so long are wanted at a time. */
const WINDOW_MS = 1_000;
/** How much the last piece counts in the speed. */
const LATEST_SHARE = 0.3;

/** A piece, or HASHES_PIECE, that was wanted. */
export interface Asked {
  stream: number;
  piece: number;
  length: number;
}

/** What a frame has come to: the piece is whole, or the holder has it not. */
export interface Answer {
  asked: Asked;
  bytes: Bytes | undefined;
}

export class HolderLink {
  readonly peer: PeerId;
  readonly #asked: Asked[] = [];
  #buffer: Bytes | undefined;
  #got = 0;
  /** When a frame came, or was first waited for. */
  #heardAt = 0;
  /** Since when the first of what is asked is waited for. */
  #headAt = 0;
  #window = 2 * WINDOW_MIN;
  #bytesPerMs = 0;
  #stalled = false;

  constructor(peer: PeerId) {
    this.peer = peer;
  }

  /** It has let us wait too long, and has not sent a whole piece since. */
  get isStalled(): boolean {
    return this.#stalled;
  }

  /** How many pieces are on their way. */
  get length(): number {
    return this.#asked.length;
  }

  /** How many more may be wanted now; none before half of the last have come. */
  get room(): number {
    if (this.#stalled || 2 * this.length > this.#window) return 0;
    return this.#window - this.length;
  }

  get dueAt(): number {
    if (this.#stalled || this.length === 0) return Infinity;
    return Math.min(this.#heardAt + SILENCE_MS, this.#headAt + PIECE_MS);
  }

  ask(asked: Asked, now: number): void {
    if (this.length === 0) this.#heardAt = this.#headAt = now;
    this.#asked.push(asked);
  }

  /** Takes the next part; undefined where more of the piece is to come. */
  take(frame: BulkFrame, now: number): Answer | "unwanted" | undefined {
    const [asked] = this.#asked;
    const isNext = asked !== undefined && frame.stream === asked.stream &&
      frame.piece === asked.piece && frame.offset === this.#got;
    if (!isNext) return "unwanted";
    this.#heardAt = now;
    const { bytes } = frame;
    if (bytes === undefined) return this.#next(asked, undefined, now);
    if (this.#got + bytes.length > asked.length) return "unwanted";
    this.#buffer ??= new Uint8Array(asked.length);
    this.#buffer.set(bytes, this.#got);
    this.#got += bytes.length;
    if (this.#got < asked.length) return undefined;
    this.#measure(asked.length, now);
    return this.#next(asked, this.#buffer, now);
  }

  /** True where it has just been silent, or slow, for too long. */
  stallIfDue(now: number): boolean {
    if (now < this.dueAt) return false;
    this.#stalled = true;
    return true;
  }

  #next(asked: Asked, bytes: Bytes | undefined, now: number): Answer {
    this.#asked.shift();
    this.#buffer = undefined;
    this.#got = 0;
    this.#headAt = now;
    this.#stalled = false;
    return { asked, bytes };
  }

  #measure(length: number, now: number): void {
    const latest = length / Math.max(1, now - this.#headAt);
    this.#bytesPerMs = this.#bytesPerMs === 0
      ? latest
      : LATEST_SHARE * latest + (1 - LATEST_SHARE) * this.#bytesPerMs;
    const pieces = Math.ceil(this.#bytesPerMs * WINDOW_MS / PIECE_BYTES);
    this.#window = Math.min(
      PIECES_WANTED_MAX,
      Math.max(WINDOW_MIN, pieces),
    );
  }
}
