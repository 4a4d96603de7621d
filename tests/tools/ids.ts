/** Peer ids and entries for tests. @module */
import type { Entry } from "../../lib/wire/link.ts";
import type { PeerId } from "../../lib/wire/names.ts";

/** `alice` -> `alice_________________`: a valid peer id that can be read. */
export function peerId(name: string): PeerId {
  return name.padEnd(22, "_");
}

/** An entry with what a test does not care about filled in. */
export function entryOf(
  fields: Partial<Entry> & { author: PeerId; seq: number },
): Entry {
  const user = fields.author.replaceAll("_", "");
  const { author, seq } = fields;
  return {
    user,
    time: 1_000 + seq,
    kind: "text",
    text: `${user} ${seq}`,
    ...fields,
    author,
    seq,
  };
}
