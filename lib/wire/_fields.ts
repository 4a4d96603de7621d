/**
 * Reads fields of decoded JSON by hand: every check names the field and the
 * value that failed it.
 * @module
 */
import { type ErrorCode, WireError } from "./wire_error.ts";

export type Fields = Record<string, unknown>;

const QUOTE_CHARS_MAX = 60;

/** A value for an error message: JSON, shortened. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= QUOTE_CHARS_MAX
    ? text
    : `${text.slice(0, QUOTE_CHARS_MAX)}…`;
}

/** Bytes that `text` takes in UTF-8. */
export function utf8Length(text: string): number {
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if (isPairAt(text, at)) {
      length += 4;
      at++;
    } else length += 3;
  }
  return length;
}

/** Whether two surrogates at `at` make one character; a lone one is U+FFFD. */
function isPairAt(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800 &&
    (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}

/** The object in a JSON text of at most `bytesMax` bytes of UTF-8. */
export function parseObject(text: string, bytesMax: number): Fields {
  if (text.length > bytesMax || utf8Length(text) > bytesMax) {
    throw new WireError(
      "body-too-large",
      `Message is larger than ${bytesMax} bytes`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new WireError("bad-message", `Message is not JSON: ${quote(text)}`, {
      cause,
    });
  }
  return asObject(value, "message");
}

export function asObject(value: unknown, name: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new WireError(
      "bad-message",
      `"${name}" must be an object, not ${quote(value)}`,
    );
  }
  return value as Fields;
}

/** The own field `name`; an inherited one (`__proto__`) counts as missing. */
export function field(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

export function stringField(
  fields: Fields,
  name: string,
  bytesMax: number,
): string {
  const value = field(fields, name);
  if (typeof value !== "string") {
    throw new WireError(
      "bad-message",
      `"${name}" must be a string, not ${quote(value)}`,
    );
  }
  if (value.length > bytesMax || utf8Length(value) > bytesMax) {
    throw new WireError(
      "bad-message",
      `"${name}" is longer than ${bytesMax} bytes`,
    );
  }
  return value;
}

/** A whole number in [`least`, `most`]. */
export function integerField(
  fields: Fields,
  name: string,
  [least, most]: readonly [number, number],
): number {
  const value = field(fields, name);
  if (
    typeof value !== "number" || !Number.isInteger(value) || value < least ||
    value > most
  ) {
    throw new WireError(
      "bad-message",
      `"${name}" must be a whole number from ${least} to ${most}, not ${
        quote(value)
      }`,
    );
  }
  return value;
}

/** An array of at most `lengthMax` items, each read by `read`. */
export function arrayField<T>(
  fields: Fields,
  name: string,
  { lengthMax, read }: { lengthMax: number; read: (item: unknown) => T },
): T[] {
  const value = field(fields, name);
  if (!Array.isArray(value)) {
    throw new WireError(
      "bad-message",
      `"${name}" must be a list, not ${quote(value)}`,
    );
  }
  if (value.length > lengthMax) {
    throw new WireError(
      "bad-message",
      `"${name}" has ${value.length} items, at most ${lengthMax} are allowed`,
    );
  }
  return value.map((item) => read(item));
}

/** Throws unless the protocol `version` is one this code speaks. */
export function checkVersion(fields: Fields, spoken: number): void {
  const version = field(fields, "version");
  if (version !== spoken) {
    throw new WireError(
      "unsupported-version",
      `Protocol version ${quote(version)} is not spoken here, only ${spoken}`,
    );
  }
}

export function unknownType(
  fields: Fields,
  code: ErrorCode = "bad-message",
): WireError {
  return new WireError(
    code,
    `Unknown message type ${quote(field(fields, "type"))}`,
  );
}
