/**
 * Which pieces of a file: one bit for each, the first in the lowest bit of the
 * first byte. Pure.
 * @module
 */

export class PieceSet {
  /** Pieces of the file, in the set or not. */
  readonly count: number;
  readonly #bits: Uint8Array<ArrayBuffer>;
  #size = 0;

  constructor(count: number, pieces: Iterable<number> = []) {
    this.count = count;
    this.#bits = new Uint8Array(Math.ceil(count / 8));
    for (const piece of pieces) this.add(piece);
  }

  /** The set of `count` pieces that is written so; what is beyond is left out. */
  static fromBits(count: number, bits: Uint8Array): PieceSet {
    const set = new PieceSet(count);
    for (let piece = 0; piece < count; piece++) {
      if (((bits[piece >> 3] ?? 0) >> (piece & 7) & 1) === 1) set.add(piece);
    }
    return set;
  }

  static whole(count: number): PieceSet {
    return PieceSet.fromBits(
      count,
      new Uint8Array(Math.ceil(count / 8)).fill(0xff),
    );
  }

  /** As written: a copy. */
  get bits(): Uint8Array<ArrayBuffer> {
    return this.#bits.slice();
  }

  /** How many are in it. */
  get size(): number {
    return this.#size;
  }

  get isWhole(): boolean {
    return this.#size === this.count;
  }

  has(piece: number): boolean {
    const bits = this.#bits[piece >> 3] ?? 0;
    return piece >= 0 && (bits >> (piece & 7) & 1) === 1;
  }

  /** A piece that the file does not have is not added. */
  add(piece: number): void {
    const isPiece = Number.isInteger(piece) && piece >= 0 && piece < this.count;
    if (!isPiece || this.has(piece)) return;
    this.#bits[piece >> 3] = (this.#bits[piece >> 3] ?? 0) | 1 << (piece & 7);
    this.#size++;
  }

  delete(piece: number): void {
    if (!this.has(piece)) return;
    this.#bits[piece >> 3] = (this.#bits[piece >> 3] ?? 0) &
      ~(1 << (piece & 7));
    this.#size--;
  }
}
