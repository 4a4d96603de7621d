/**
 * Multiples of one point of the curve, by which it is multiplied with additions
 * alone. Making a table costs as much as two multiplications and 130 KB, so it
 * is for points that come again. Not for secrets: its steps tell the number.
 * @module
 */
import { Point } from "@noble/ed25519";

const WINDOW_BITS = 4n;
const DIGITS = 16;
/** Digits go from -7 to 8, so half of the multiples will do. */
const LARGEST_DIGIT = 8;
/** Four bits each, for numbers below the order of the group. */
const WINDOWS = 64;

export class PointTable {
  /** Row w, column d: the point times (d + 1) times 16^w. */
  readonly #rows: Point[][] = [];

  constructor(point: Point) {
    let first = point;
    for (let window = 0; window < WINDOWS; window++) {
      const row = [first];
      let last = first;
      while (row.length < LARGEST_DIGIT) row.push(last = last.add(first));
      this.#rows.push(row);
      first = last.double();
    }
  }

  multiply(number: bigint): Point {
    let sum = Point.ZERO;
    let rest = number;
    for (const row of this.#rows) {
      let digit = Number(rest & BigInt(DIGITS - 1));
      rest >>= WINDOW_BITS;
      if (digit > LARGEST_DIGIT) {
        digit -= DIGITS;
        rest += 1n;
      }
      const part = row[Math.abs(digit) - 1];
      if (part !== undefined) {
        sum = digit < 0 ? sum.subtract(part) : sum.add(part);
      }
    }
    return sum;
  }
}
