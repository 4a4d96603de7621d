/**
 * A script of its own, loaded once the chat is shown: what sends and fetches
 * files.
 * @module
 */
import { systemClock } from "../clock.ts";
import { FileExchange } from "../mesh/file_exchange.ts";
import { MemoryFileStore } from "../mesh/file_store.ts";
import type { Keys } from "../mesh/keys.ts";
import type { FileEngine, FileEngineEvents } from "../mesh/late_files.ts";

/** Bytes of files that this page keeps, for as long as it is open. */
const FILES_BYTES_MAX = 256 * 1024 * 1024;

export function openFiles(
  { keys, ...events }: FileEngineEvents & { keys: Keys },
): FileEngine {
  const store = new MemoryFileStore({ bytesMax: FILES_BYTES_MAX });
  return new FileExchange({ ...events, keys, store, clock: systemClock });
}
