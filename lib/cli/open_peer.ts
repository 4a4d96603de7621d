/**
 * Builds a peer out of what a terminal has: a session, a slot's files, and the
 * native library for links. With session.ts the only file of the terminal that
 * reaches the network.
 * @module
 */
import { systemClock } from "../clock.ts";
import type { Chat } from "../mesh/chat.ts";
import { IdentityClient } from "../mesh/identity_client.ts";
import { type KeyStore, MemoryKeyStore } from "../mesh/key_store.ts";
import { Peer } from "../mesh/peer.ts";
import { rtcLinks } from "../mesh/rtc_link.ts";
import type { Store } from "../mesh/store.ts";
import { randomId, systemRandom } from "../random.ts";
import { SecretKeys } from "./secret_keys.ts";
import type { Session } from "./session.ts";

export interface PeerParts {
  session: Session;
  deviceKeys: KeyStore;
  store: Store;
}

/** It starts when `start()` is called. */
export async function openPeer(
  { session, deviceKeys, store }: PeerParts,
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
  };
  return new Peer({
    self: { peer: randomId(), user },
    keys,
    store,
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
