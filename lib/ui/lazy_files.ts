/**
 * A script of its own, loaded once the chat is shown: what sends and fetches
 * files, and keeps them in this browser. Whole in itself: what it would share
 * with the page is little, and the page's chunk would have the rest of it, too.
 * @module
 */
import { systemClock } from "../clock.ts";
import { FileExchange } from "../mesh/file_exchange.ts";
import { type FileStore, MemoryFileStore } from "../mesh/file_store.ts";
import type { Keys } from "../mesh/keys.ts";
import type { FileEngine, FileEngineEvents } from "../mesh/late_files.ts";
import type { FileHash } from "../wire/file.ts";
import { IdbFileStore } from "./idb_file_store.ts";

/** Bytes of files that a page has where its browser keeps none for it. */
const UNKEPT_BYTES_MAX = 256 * 1024 * 1024;

export interface OpenedFiles {
  engine: FileEngine;
  /** A file that is held, as the browser has it; not where it keeps none. */
  blobOf?: (hash: FileHash) => Promise<Blob>;
}

export type OpenFilesParts = FileEngineEvents & { user: string; keys: Keys };

export async function openFiles(
  { user, keys, ...events }: OpenFilesParts,
): Promise<OpenedFiles> {
  const clock = systemClock;
  const engineOf = (store: FileStore) =>
    new FileExchange({ ...events, keys, store, clock });
  const store = new IdbFileStore(user);
  try {
    await store.opened();
  } catch {
    // A private window, say. The page says that it keeps nothing.
    const bytesMax = UNKEPT_BYTES_MAX;
    return { engine: engineOf(new MemoryFileStore({ bytesMax })) };
  }
  return { engine: engineOf(store), blobOf: (hash) => store.blob(hash) };
}
