/** Peer ids for tests. @module */
import type { PeerId } from "../../lib/wire/names.ts";

/** `alice` -> `alice_________________`: a valid peer id that can be read. */
export function peerId(name: string): PeerId {
  return name.padEnd(22, "_");
}
