/**
 * The form of everything short that is signed: lines of UTF-8, the first of
 * which says what is signed, so that no signature can be taken for one of
 * another kind.
 * @module
 */
import { quote } from "./_fields.ts";

/** `kind` and the values, one line each. */
export function signedLines(
  kind: string,
  values: string[],
): Uint8Array<ArrayBuffer> {
  // A value with a line break in it could pass for two.
  const broken = values.find((value) => value.includes("\n"));
  if (broken !== undefined) {
    throw new TypeError(`Cannot sign ${quote(broken)}: it has a line break`);
  }
  return new TextEncoder().encode(`${[kind, ...values].join("\n")}\n`);
}
