/**
 * Sizes as people read them, the same on the page and in a terminal. Pure.
 * @module
 */

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"];

/** `1.4 MB`, by thousands; with one place after the point while that says something. */
export function sizeInWords(bytes: number, locale: string): string {
  let size = bytes;
  let unit = 0;
  // What would round to 1,000 of a unit is 1 of the next.
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1_000;
    unit++;
  }
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: UNITS[unit] ?? "byte",
    // In short it would be "3 byte".
    unitDisplay: unit === 0 ? "long" : "short",
    maximumFractionDigits: unit > 0 && size < 100 ? 1 : 0,
  }).format(size);
}
