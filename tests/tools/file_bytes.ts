/** Files for tests: bytes that differ from piece to piece. @module */
import type { Bytes } from "../../lib/mesh/keys.ts";
import type { FileSource } from "../../lib/mesh/shared_file.ts";

export function bytesOf(length: number, seed = 0): Bytes {
  return Uint8Array.from(
    { length },
    (_, at) => at * 7 + (at >> 8) * 3 + (at >> 18) + seed,
  );
}

export function sourceOf(
  bytes: Bytes,
  { name = "notes.txt", type = "text/plain" } = {},
): FileSource {
  return {
    ...{ name, type, size: bytes.length },
    read: (from, to) => Promise.resolve(bytes.slice(from, to)),
  };
}
