/**
 * Builds a peer out of what a terminal has: a session, a slot's files, and the
 * native library for links. With session.ts the only file of the terminal that
 * reaches the network.
 * @module
 */
import { systemClock } from "../clock.ts";
import { DEFAULT_RETENTION, type Retention } from "../mesh/channel_log.ts";
import type { Chat } from "../mesh/chat.ts";
import { FileExchange } from "../mesh/file_exchange.ts";
import { type FileStore, MemoryFileStore } from "../mesh/file_store.ts";
import { IdentityClient } from "../mesh/identity_client.ts";
import { type KeyStore, MemoryKeyStore } from "../mesh/key_store.ts";
import { Peer } from "../mesh/peer.ts";
import { RevocationList } from "../mesh/revocation_list.ts";
import { rtcLinks } from "../mesh/rtc_link.ts";
import type { Store } from "../mesh/store.ts";
import type { Fetch } from "../mesh/tracker_http.ts";
import { randomId, systemRandom } from "../random.ts";
import { SecretKeys } from "./secret_keys.ts";
import type { Session } from "./session.ts";

export interface PeerParts {
  session: Session;
  deviceKeys: KeyStore;
  store: Store;
  /** Without one, files are kept in memory and go with the process. */
  fileStore?: FileStore;
  /** Of each channel; what peers keep in general without it. */
  retention?: Retention;
}

/** Bytes of files that are kept in memory. */
const MEMORY_FILES_BYTES_MAX = 256 * 1024 * 1024;

/** It starts when `start()` is called. */
export async function openPeer(
  { session, deviceKeys, store, fileStore, retention = DEFAULT_RETENTION }:
    PeerParts,
): Promise<Chat> {
  // Loads a library of its own for this machine, which other commands need not.
  const { newConnection } = await import("./rtc.ts");
  const { user } = session;
  const keys = new SecretKeys();
  const common = {
    user,
    keys,
    fetch: session.fetch,
    clock: systemClock,
    openRevocations: (fetch: Fetch) => new RevocationList(fetch),
  };
  return new Peer({
    self: { peer: randomId(), user },
    keys,
    store,
    retentionOf: () => retention,
    openFiles: (events) =>
      new FileExchange({
        ...{ ...events, keys, clock: systemClock },
        store: fileStore ??
          new MemoryFileStore({ bytesMax: MEMORY_FILES_BYTES_MAX }),
      }),
    openIdentity: (kind, events) =>
      new IdentityClient({
        ...common,
        store: kind === "kept" ? deviceKeys : new MemoryKeyStore(),
        events,
      }),
    openLink: rtcLinks({ newConnection, clock: systemClock }),
    openSocket: () => session.openSocket(),
    fetch: session.fetch,
    clock: systemClock,
    random: systemRandom,
    newId: () => randomId(),
  });
}
