/**
 * A short text that is equal where two peers hold the same of a channel, so
 * that they need not tell each other all of it. It proves nothing: who lies
 * with it only learns less. Pure.
 * @module
 */
import type { Vector } from "../wire/link.ts";

/** Independent of the order of the rows; at most 16 characters. */
export function digestOf(vector: Vector): string {
  let [high, low] = [0, 0];
  for (const [author, runs] of vector) {
    // Where a run begins is a matter of how much one keeps.
    const ends = runs.map(({ held: [, last], head }) => `${last} ${head}`);
    const [rowHigh, rowLow] = hash(`${author} ${ends}`);
    high ^= rowHigh;
    low ^= rowLow;
  }
  return (high >>> 0).toString(36) + (low >>> 0).toString(36).padStart(7, "0");
}

/** 64 bits of a text, well mixed: two lanes of multiply and shift. */
function hash(text: string): [high: number, low: number] {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    high = Math.imul(high ^ unit, 2_654_435_761);
    low = Math.imul(low ^ unit, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^
    Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^
    Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return [high, low];
}
