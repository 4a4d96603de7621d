/**
 * How much, as people say it. Pure.
 * @module
 */

const UNITS = ["kB", "MB", "GB"] as const;

/** `820 bytes`, `1.2 MB`, `15 GB`: two digits where one says little. */
export function bytesInWords(bytes: number): string {
  if (bytes < 1_000) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  let [amount, unit] = [bytes / 1_000, 0];
  // What would round to 1000 of a unit is 1 of the next.
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1_000;
    unit++;
  }
  const digits = amount < 9.95 ? 1 : 0;
  return `${amount.toFixed(digits)} ${UNITS[unit]}`;
}
