/**
 * What a peer shows to whoever presents it (a page, a terminal): views to read,
 * changes to listen for, intents to call. The peer behind it owns links, log
 * and store.
 * @module
 */
import type { Entry } from "../wire/link.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { PeerInfo } from "../wire/tracker_api.ts";
import type { ErrorCode } from "../wire/wire_error.ts";

/**
 * How a person is reached now:
 * `connecting` a link is being built; `direct` a link of our own;
 * `relayed` through a TURN server, or by a peer that is linked to both;
 * `away` the tracker or the link lost them a moment ago.
 */
export type PersonState = "connecting" | "direct" | "relayed" | "away";

export interface Person extends PeerInfo {
  state: PersonState;
  /** Why no link could be built so far, once that has been tried. */
  problem?: "no-route" | "no-answer";
}

/**
 * `connecting` first try; `online` pushed over the socket; `polling` no socket
 * but HTTP answers; `away` neither, tried again with back-off; `refused` the
 * session has ended.
 */
export type TrackerState =
  | "connecting"
  | "online"
  | "polling"
  | "away"
  | "refused";

/** The first leg that fails on the way to the others; `none` where all work. */
export type Trouble =
  | "none"
  /** This browser has no RTCPeerConnection, or it is switched off. */
  | "no-webrtc"
  /** Not even the front door (the proxy) answers. */
  | "no-server"
  /** The front door answers, the tracker behind it does not. */
  | "no-tracker"
  /** The tracker does not accept the session any more. */
  | "signed-out"
  /** The tracker knows others, but no link to any of them can be built. */
  | "no-peer";

export interface ChannelView {
  channel: ChannelName;
  joined: boolean;
  /** Peers in it as last heard, ourselves included where joined. */
  peers: number;
}

/** An entry as this peer keeps and shows it. */
export interface KeptEntry {
  channel: ChannelName;
  entry: Entry;
  /** Place in the view: ms since 1970; never later than it was received. */
  at: number;
  /** User whose peer handed it on, where that was not its author. */
  via?: string;
  /** Written in this browser profile, by this or an earlier load of the page. */
  own?: boolean;
  /** Of an own entry: the most others ever known to hold it. */
  held?: number;
}

/** How many of the others in the channel are known to hold an entry. */
export interface Delivery {
  held: number;
  of: number;
}

export type Change =
  | { type: "tracker-changed" }
  | { type: "trouble-changed" }
  | { type: "channels-changed" }
  | { type: "people-changed"; channel: ChannelName }
  | { type: "entries-added"; channel: ChannelName; entries: KeptEntry[] }
  | { type: "delivery-changed"; channel: ChannelName }
  | { type: "storage-failed" }
  /** The tracker did not do what we asked; the code says why. */
  | { type: "request-failed"; code: ErrorCode };

/** One member of the mesh, as its user sees it. */
export interface Chat {
  readonly self: PeerInfo;
  readonly trackerState: TrackerState;
  readonly trouble: Trouble;
  /** False where nothing is kept over a reload (private window, disk full). */
  readonly storageWorks: boolean;
  start(): Promise<void>;
  /** Tells everyone that we leave, and closes all links. */
  stop(): void;
  /** All channels known, `general` first, then by name. */
  channels(): ChannelView[];
  /** The others in a channel, by name. */
  people(channel: ChannelName): Person[];
  /** Everything kept of a joined channel, oldest first. */
  entries(channel: ChannelName): readonly KeptEntry[];
  delivery(channel: ChannelName, entry: Entry): Delivery;
  /** What we write is delivered to whoever is, or comes, online. */
  send(channel: ChannelName, text: string): KeptEntry;
  /** Creates where new, and joins; RangeError where a limit is reached. */
  join(channel: ChannelName): void;
  leave(channel: ChannelName): void;
  /** Tries again at once whatever waits for its back-off. */
  retryNow(): void;
  listen(listener: (change: Change) => void): () => void;
}

export type { Entry, PeerId, PeerInfo };
