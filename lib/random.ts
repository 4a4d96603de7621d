/**
 * The seam to chance: a number source for choices and back-off, and random ids
 * for what others must not guess.
 * @module
 */

/** A number in [0, 1), like Math.random. */
export type Random = () => number;

/** The machine's own chance; not for secrets. */
export const systemRandom: Random = () => Math.random();

/** A repeatable source for tests and the simulator (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** `byteCount` unguessable bytes in base64url; 16 bytes make 22 characters. */
export function randomId(byteCount = 16): string {
  const bytes = crypto.getRandomValues(new Uint8Array(byteCount));
  const binary = String.fromCharCode(...bytes);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_")
    .replaceAll("=", "");
}
