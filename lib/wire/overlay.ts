/**
 * What linked peers say to each other about links: who else is linked, whom one
 * could be linked to, and signals for a peer to whom only the other is linked.
 * Part of the conversation of link.ts.
 * @module
 */
import { arrayField, asObject, field, type Fields } from "./_fields.ts";
import {
  type ChannelName,
  type PeerId,
  readChannelName,
  readPeerId,
} from "./names.ts";
import { readSignal, type Signal } from "./signal.ts";
import { type PeerInfo, readPeerInfo } from "./tracker_api.ts";
import { WireError } from "./wire_error.ts";

/** Linked peers that a `neighbours-changed` names; nobody has more links. */
export const NEIGHBOURS_MAX = 48;
/** Peers in a `shuffle` and its reply. */
export const SHUFFLE_PEERS_MAX = 8;

/** To every linked member of `channel`: which members the sender is linked to. */
export interface NeighboursChanged {
  type: "neighbours-changed";
  channel: ChannelName;
  peers: PeerInfo[];
  /** It has more links in this channel than it seeks, and could lose one. */
  spare: boolean;
}

/** To a common neighbour: pass this on to `to`, to whom you are linked. */
export interface RelaySignal {
  type: "relay-signal";
  to: PeerId;
  signal: Signal;
}

/** From a common neighbour: `from` asked it to pass this on. */
export interface SignalRelayed {
  type: "signal-relayed";
  from: PeerInfo;
  signal: Signal;
}

/** Answer to a `relay-signal` for somebody to whom the sender is not linked. */
export interface RelayFailed {
  type: "relay-failed";
  to: PeerId;
}

/** To one linked member, now and then: some that the sender knows of. */
export interface Shuffle {
  type: "shuffle";
  channel: ChannelName;
  peers: PeerInfo[];
}

/** Answer to `shuffle`: as many others. */
export interface ShuffleReply {
  type: "shuffle-reply";
  channel: ChannelName;
  peers: PeerInfo[];
}

/** The sender has links to spare and ends this one; it stays in its channels. */
export interface LinkDropped {
  type: "link-dropped";
}

export type OverlayMessage =
  | NeighboursChanged
  | RelaySignal
  | SignalRelayed
  | RelayFailed
  | Shuffle
  | ShuffleReply
  | LinkDropped;

function readPeers(fields: Fields, lengthMax: number): PeerInfo[] {
  return arrayField(fields, "peers", { lengthMax, read: readPeerInfo });
}

function readSpare(fields: Fields): boolean {
  const spare = field(fields, "spare");
  if (typeof spare === "boolean") return spare;
  throw new WireError("bad-message", `"spare" must be true or false`);
}

/** A message about links; undefined where `fields` has another type. */
export function readOverlayMessage(fields: Fields): OverlayMessage | undefined {
  const type = field(fields, "type");
  switch (type) {
    case "neighbours-changed":
      return {
        type,
        channel: readChannelName(field(fields, "channel")),
        peers: readPeers(fields, NEIGHBOURS_MAX),
        spare: readSpare(fields),
      };
    case "relay-signal":
      return {
        type,
        to: readPeerId(field(fields, "to")),
        signal: readSignal(field(fields, "signal")),
      };
    case "signal-relayed":
      return {
        type,
        from: readPeerInfo(asObject(field(fields, "from"), "from")),
        signal: readSignal(field(fields, "signal")),
      };
    case "relay-failed":
      return { type, to: readPeerId(field(fields, "to")) };
    case "shuffle":
    case "shuffle-reply":
      return {
        type,
        channel: readChannelName(field(fields, "channel")),
        peers: readPeers(fields, SHUFFLE_PEERS_MAX),
      };
    case "link-dropped":
      return { type };
    default:
      return undefined;
  }
}
