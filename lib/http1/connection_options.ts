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

/** Reads them all; most messages have none and cost nothing. */
export function connectionOptions(fields: Fields): ConnectionOptions {
  let at = fields.find(Field.connection);
  if (at === -1) return NO_OPTIONS;
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
