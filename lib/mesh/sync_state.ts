/**
 * What the parts of the sync core say to each other and to their owner. Types
 * only.
 * @module
 */
import type { DeviceKey } from "../wire/device_key.ts";
import type { EntryHash } from "../wire/entry.ts";
import type { EntryMessage, LinkMessage } from "../wire/link.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { Fork } from "./author_log.ts";
import type { ChannelLog } from "./channel_log.ts";
import type { LinkedPeer } from "./linked_peers.ts";
import type { MissingAuthors } from "./missing.ts";
import type { Receipts } from "./receipts.ts";
import type { SubtreeCounts } from "./subtree_counts.ts";
import type { KeptEntry, VerifiedEntry } from "./verified_entry.ts";

/** Where a log of ours ends: the next entry goes on from there. */
export interface OwnHead {
  seq: number;
  hash: EntryHash;
}

export interface KnownFork {
  author: DeviceKey;
  user: string;
  fork: Fork;
}

/** A message whose entries have been verified, as far as they could be. */
export type SyncMessage =
  | Exclude<LinkMessage, EntryMessage>
  | VerifiedMessage;

export type VerifiedMessage = EntryMessage<VerifiedEntry> & {
  /** Some were left out: their author's certificate is not known here. */
  uncertified?: true;
};

export type SyncAction =
  | { type: "send"; to: PeerId; message: LinkMessage }
  /** Show these, and keep them over a restart; `stored` where they are. */
  | { type: "keep"; channel: ChannelName; kept: KeptEntry[]; stored?: true }
  /** Kept before; more is known of them now. */
  | { type: "update"; kept: KeptEntry[] }
  /** Past keeping: the store may drop them. */
  | { type: "forget"; channel: ChannelName; dropped: KeptEntry[] }
  | { type: "delivery-changed"; channel: ChannelName }
  /** To be kept over a restart, and said where `isFirst` of that author. */
  | {
    type: "fork-found";
    channel: ChannelName;
    known: KnownFork;
    isFirst: boolean;
  }
  /** The peer did what no honest peer does. */
  | { type: "strike"; peer: PeerId; reason: string };

/** How many are in a channel, and whether all are linked to each other. */
export interface ChannelShape {
  size: number;
  isFullMesh: boolean;
}

/** A channel that we are in. */
export interface Joined {
  log: ChannelLog;
  /** What the store had of it is in the log. */
  restored: boolean;
  missing: MissingAuthors;
  receipts: Receipts;
  counts: SubtreeCounts;
  /** Members, ourselves included, as last heard; Infinity where nobody said. */
  size: number;
}

/** Who sent a message about which channel, and when it came. */
export interface Context {
  from: PeerId;
  linked: LinkedPeer;
  joined: Joined;
  now: number;
}
