/**
 * An overlay of ours, those it is to know, and what it does about them.
 * @module
 */
import { Overlay } from "../../lib/mesh/overlay.ts";
import type { OverlayAction } from "../../lib/mesh/overlay_action.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import type { PeerInfo } from "../../lib/wire/tracker_api.ts";
import { deviceKey } from "./cheap_keys.ts";
import { peerId } from "./ids.ts";

export const self = peerId("self");
export const bob = { peer: peerId("bob"), user: "bob" };
export const carol = { peer: peerId("carol"), user: "carol" };
export const NOW = 1_000_000;
export const GENERAL = { channel: "general", urgent: false };

export function newOverlay(random = () => 0.5): Overlay {
  const overlay = new Overlay({ self, random });
  overlay.join("general");
  overlay.setSignaling(true, NOW);
  return overlay;
}

/** The tracker names `peers`, all that are in the channel besides us. */
export function roster(
  overlay: Overlay,
  peers: PeerInfo[],
  { now = NOW, channel = "general", size = peers.length + 1 } = {},
): OverlayAction[] {
  return overlay.roster({ channel, size, peers }, now);
}

export function crowd(count: number, name = "peer"): PeerInfo[] {
  return Array.from({ length: count }, (_, at) => {
    const user = `${name}${at}`;
    return { peer: peerId(user), user };
  });
}

/** A link to it is verified; each peer is a device of its own unless said. */
export function open(
  overlay: Overlay,
  { peer }: { peer: PeerId },
  { now = NOW, device = deviceKey(peer) } = {},
): void {
  const user = overlay.contact(peer)?.user ?? "nobody";
  overlay.opened({ peer, user, device }, now);
}

/** Its link opens, and it says where it is. */
export function link(
  overlay: Overlay,
  { peer }: { peer: PeerId },
  { now = NOW, channels = ["general"] } = {},
): OverlayAction[] {
  open(overlay, { peer }, { now });
  return overlay.greeted(peer, channels, now);
}

export function dialed(actions: OverlayAction[]): PeerId[] {
  return actions.flatMap((action) =>
    action.type === "dial" ? [action.peer] : []
  );
}

export function hungUp(actions: OverlayAction[]): PeerId[] {
  return actions.flatMap((action) =>
    action.type === "hang-up" ? [action.peer] : []
  );
}

/** The types of the messages to `peer`. */
export function saidTo(actions: OverlayAction[], peer: PeerId): string[] {
  return actions.flatMap((action) =>
    action.type === "send" && action.to === peer ? [action.message.type] : []
  );
}
