/**
 * What a peer shows to whoever presents it (a page, a terminal): views to read,
 * changes to listen for, intents to call. The peer behind it owns links, log
 * and store.
 * @module
 */
import type { DeviceKey } from "../wire/device_key.ts";
import type { LinkRefusal } from "./link_handshake.ts";
import type { EntryRef } from "../wire/entry.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { PeerInfo } from "../wire/tracker_api.ts";
import type { ErrorCode } from "../wire/wire_error.ts";
import type { FileHash, FileInfo, Files } from "./shared_file.ts";

/**
 * How a person is reached now:
 * `connecting` a link is being built; `direct` a link of our own;
 * `relayed` through a TURN server, or by a peer that is linked to both;
 * `away` the tracker or the link lost them a moment ago.
 */
export type PersonState = "connecting" | "direct" | "relayed" | "away";

/** No link could be built, or its other end did not show that it is theirs. */
export type PersonProblem = "no-route" | "no-answer" | LinkRefusal;

export interface Person extends PeerInfo {
  /** Whose messages are this person's, where that is known. */
  device?: DeviceKey;
  state: PersonState;
  /** Why there is no link so far, once that has been tried. */
  problem?: PersonProblem;
}

/**
 * `connecting` first try, also after the session has ended; `online` pushed over
 * the socket; `polling` no socket but HTTP answers; `away` neither, tried again
 * with back-off; `refused` nobody is logged in any more.
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
  /** The front door leads elsewhere: to https, say. */
  | "moved"
  /** The front door answers, the tracker behind it does not. */
  | "no-tracker"
  /** The tracker does not accept the session any more. */
  | "signed-out"
  /** The account has had so many devices certified that this one has to wait. */
  | "too-many-requests"
  /** The tracker knows others, but no link to any of them can be built. */
  | "no-peer";

export interface ChannelView {
  channel: ChannelName;
  joined: boolean;
  /** Peers in it as last heard, ourselves included where joined. */
  peers: number;
}

/** An emoji at a message. */
export interface Reaction {
  emoji: string;
  /** Those who put it there, the first first. */
  users: string[];
  /** Our user is among them. */
  own: boolean;
}

/**
 * A message as people read it: a text or a file with the edits, the deletion
 * and the reactions that came after it.
 */
export interface Message {
  channel: ChannelName;
  ref: EntryRef;
  user: string;
  /** Empty where deleted, and of a file. */
  text: string;
  /** What it shares; not where deleted. */
  file?: FileInfo;
  /** Place in the view: ms since 1970; never later than it was received. */
  at: number;
  edited: boolean;
  deleted: boolean;
  replyTo?: EntryRef;
  reactions: Reaction[];
  /** User whose peer handed it on, where that was not its author. */
  via?: string;
  /** Written in this browser profile. */
  own: boolean;
  /** Not signed and stored yet: nobody else has it. */
  pending?: true;
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
  | {
    type: "messages-changed";
    channel: ChannelName;
    added: Message[];
    /** Those that are new, look different, or are gone. */
    refs: EntryRef[];
    /** They were kept here or asked for, and not pushed as they were written. */
    fetched?: boolean;
  }
  | { type: "delivery-changed"; channel: ChannelName }
  /** `files.state()` of that file is different; some times a second at most. */
  | { type: "file-changed"; hash: FileHash }
  | { type: "storage-failed" }
  /** That user's device has signed two entries for one place in its log. */
  | {
    type: "fork-found";
    channel: ChannelName;
    user: string;
    author: DeviceKey;
    /** It is this device. */
    own: boolean;
  }
  /** A link was verified: that user is here with that device. */
  | { type: "device-met"; user: string; userSince: number; device: DeviceKey }
  /** Whoever answered for `user` did not show to be theirs; the link is closed. */
  | {
    type: "link-refused";
    user: string;
    refusal: LinkRefusal;
    /** Whose certificate was shown, where it was the server's word. */
    answered?: string;
  }
  /** The tracker did not do what we asked; the code says why. */
  | { type: "request-failed"; code: ErrorCode };

/** One member of the mesh, as its user sees it. */
export interface Chat {
  /** `device` once this device has a certificate. */
  readonly self: PeerInfo & { device?: DeviceKey };
  readonly trackerState: TrackerState;
  readonly trouble: Trouble;
  /** False where nothing is kept over a reload (private window, disk full). */
  readonly storageWorks: boolean;
  /** The files that messages share. */
  readonly files: Files;
  start(): Promise<void>;
  /** Tells everyone that we leave, and closes all links. */
  stop(): void;
  /** All channels known, `general` first, then by name. */
  channels(): ChannelView[];
  /** The others in a channel, by name. */
  people(channel: ChannelName): Person[];
  /** Everything kept of a joined channel, oldest first. */
  messages(channel: ChannelName): readonly Message[];
  /** Whether somebody linked has yet to tell, or to give, what they hold of it. */
  isFetching(channel: ChannelName): boolean;
  delivery(channel: ChannelName, ref: EntryRef): Delivery;
  /**
   * Shown at once, and delivered to whoever is, or comes, online. Resolves when
   * it is signed and stored; RangeError where it can't be sent.
   */
  send(
    channel: ChannelName,
    text: string,
    options?: { replyTo?: EntryRef },
  ): Promise<EntryRef>;
  /** Changes the text of a message of this device. */
  edit(channel: ChannelName, ref: EntryRef, text: string): Promise<void>;
  /** Takes a message of this device back. */
  remove(channel: ChannelName, ref: EntryRef): Promise<void>;
  /** Puts an emoji at a message of anybody, or takes it off. */
  react(
    channel: ChannelName,
    ref: EntryRef,
    reaction: { emoji: string; on: boolean },
  ): Promise<void>;
  /** Creates where new, and joins; RangeError where a limit is reached. */
  join(channel: ChannelName): void;
  leave(channel: ChannelName): void;
  /** Tries again at once whatever waits for its back-off. */
  retryNow(): void;
  listen(listener: (change: Change) => void): () => void;
}

export type { LinkRefusal };
export type { EntryRef, PeerId, PeerInfo };
