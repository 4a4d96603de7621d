/**
 * What the Connection fields of a message say (RFC 9110 7.6.1).
 * @module
 */
import { Field, type Fields } from "./fields.ts";

export interface ConnectionOptions {
  close: boolean;
  keepAlive: boolean;
  upgrade: boolean;
  /** Every other option: the name of a field that ends at this hop. */
  names: readonly string[];
}

const NO_OPTIONS: ConnectionOptions = Object.freeze({
  close: false,
  keepAlive: false,
  upgrade: false,
  names: Object.freeze([]),
});

const CLOSE: ConnectionOptions = Object.freeze({ ...NO_OPTIONS, close: true });
const KEEP_ALIVE: ConnectionOptions = Object.freeze({
  ...NO_OPTIONS,
  keepAlive: true,
});

/** Reads them all; most messages have none, or a single one, and cost nothing. */
export function connectionOptions(fields: Fields): ConnectionOptions {
  let at = fields.find(Field.connection);
  if (at === -1) return NO_OPTIONS;
  if (fields.find(Field.connection, at + 1) === -1) {
    if (fields.valueIs(at, "keep-alive")) return KEEP_ALIVE;
    if (fields.valueIs(at, "close")) return CLOSE;
  }
  const found = new Set<string>();
  for (; at !== -1; at = fields.find(Field.connection, at + 1)) {
    for (const option of fields.value(at).toLowerCase().split(",")) {
      found.add(option.trim());
    }
  }
  found.delete("");
  return {
    close: found.delete("close"),
    keepAlive: found.delete("keep-alive"),
    upgrade: found.delete("upgrade"),
    names: [...found],
  };
}
