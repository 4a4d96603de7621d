/**
 * A short tag, by which people tell the devices of one person apart; the same on
 * the page and in a terminal. It proves nothing: that takes the whole number.
 * @module
 */

export const TAG_CHARS = 4;

/** The beginning of a device's key, or of a peer id where no key is known. */
export function tagOf(id: string): string {
  return id.slice(0, TAG_CHARS);
}
