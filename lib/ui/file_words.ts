/**
 * Names of files as people read them. Pure.
 * @module
 */

/** What of a name's end is always seen: the ending, and a little before it. */
const NAME_END_CHARS = 10;
/** Fewer before the end take less room than the dots in their place. */
const NAME_START_CHARS = 4;
/** A longer one is no kind of file, but a part of the name. */
const ENDING_CHARS_MAX = 5;

/** A name in two parts, of which the second is to be seen in any case. */
export function nameParts(name: string): [start: string, end: string] {
  const characters = [...name];
  const before = characters.length - NAME_END_CHARS;
  const at = before < NAME_START_CHARS ? 0 : before;
  return [characters.slice(0, at).join(""), characters.slice(at).join("")];
}

/** `PDF` of `plan.pdf`; nothing where the ending says nothing. */
export function endingOf(name: string): string | undefined {
  const ending = /[^.]\.([\p{L}\p{N}]+)$/u.exec(name)?.[1];
  return ending !== undefined && ending.length <= ENDING_CHARS_MAX
    ? ending.toUpperCase()
    : undefined;
}
