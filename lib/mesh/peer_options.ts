/**
 * What a peer is built of: the seams to whatever a browser, a terminal or a
 * test has in their places.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Random } from "../random.ts";
import type { ChannelName } from "../wire/names.ts";
import type { PeerInfo } from "../wire/tracker_api.ts";
import type { Retention } from "./channel_log.ts";
import type { IdentityClientParts } from "./identity_client.ts";
import type { IdentityKind, IdentitySource } from "./identity_source.ts";
import type { Keys } from "./keys.ts";
import type { OpenFiles } from "./late_files.ts";
import type { OpenLink } from "./link.ts";
import type { Store } from "./store.ts";
import type { Socket } from "./tracker_client.ts";
import type { Fetch } from "./tracker_http.ts";

export interface PeerOptions {
  self: PeerInfo;
  store: Store;
  keys: Pick<Keys, "verify" | "sha256">;
  retentionOf?: (channel: ChannelName) => Retention;
  openIdentity(
    kind: IdentityKind,
    events: NonNullable<IdentityClientParts["events"]>,
  ): IdentitySource;
  openFiles: OpenFiles;
  /** Undefined where this machine has no WebRTC. */
  openLink: OpenLink | undefined;
  openSocket: () => Socket;
  fetch: Fetch;
  clock: Clock;
  random: Random;
  /** 22 unguessable characters, for each link. */
  newId: () => string;
}
