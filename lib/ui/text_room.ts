/**
 * How much of a message's room a text takes, in characters. The limit is one of
 * bytes, and letters differ in them: the text's own average converts. Pure.
 * @module
 */
import { TEXT_BYTES_MAX } from "../wire/entry.ts";

/**
 * About how many characters a text of `bytes` is too long by; below zero, how
 * many more fit.
 */
export function charactersOver(text: string, bytes: number): number {
  const bytesPerCharacter = bytes / [...text].length;
  return Math.ceil((bytes - TEXT_BYTES_MAX) / bytesPerCharacter);
}
