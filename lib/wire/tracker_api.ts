/**
 * The conversation between a peer and the tracker: requests one way, news the
 * other. Over `GET /tracker/socket` each is one text frame of JSON; over HTTP
 * the same objects are built from path and body, and news is fetched by
 * polling.
 * @module
 */
import {
  arrayField,
  asObject,
  checkVersion,
  field,
  type Fields,
  integerField,
  parseObject,
  stringField,
  unknownType,
} from "./_fields.ts";
import {
  type ChannelName,
  type PeerId,
  readChannelName,
  readPeerId,
  readUserName,
} from "./names.ts";
import { REVOCATION_NUMBER } from "./identity.ts";
import { readSignal, type Signal } from "./signal.ts";
import {
  ERROR_CODE_BYTES_MAX,
  ERROR_CODES,
  ERROR_MESSAGE_BYTES_MAX,
  type ErrorCode,
  WireError,
} from "./wire_error.ts";

export const TRACKER_VERSION = 1;
/** One frame or body to or from the tracker, bytes of UTF-8. */
export const TRACKER_FRAME_BYTES_MAX = 32 * 1024;
/** News may list a whole roster. */
export const TRACKER_NEWS_BYTES_MAX = 256 * 1024;
export const CHANNELS_PER_PEER_MAX = 64;
export const CHANNELS_MAX = 1_000;
/**
 * The tracker answers with a random sample of this size of a larger channel: a
 * class is named whole, and what it says to each peer does not grow with the
 * channel.
 */
export const PEERS_PER_REPLY_MAX = 50;
/** More than any tracker takes. */
const CHANNEL_SIZE: readonly [number, number] = [0, 10_000_000];
export const EVENTS_PER_POLL_MAX = 256;
/** More than a mailbox in full comes to. */
export const POLL_BYTES_MAX = 16 * TRACKER_NEWS_BYTES_MAX;
/** The type of a request that failed, as an `error` names it. */
const REQUEST_TYPE_BYTES_MAX = 64;

/** A peer as the tracker vouches for it: its user comes from the session. */
export interface PeerInfo {
  peer: PeerId;
  user: string;
}

export interface ChannelInfo {
  channel: ChannelName;
  /** How many peers are in it now. */
  peers: number;
}

export interface Roster {
  channel: ChannelName;
  /** How many peers are in it, whoever asks included. */
  size: number;
  /** The others; of a large channel, a random sample. */
  peers: PeerInfo[];
}

// --- requests: peer -> tracker ---------------------------------------------

/** First message of a peer; again after the socket or the tracker came back. */
export interface Register {
  type: "register";
  version: typeof TRACKER_VERSION;
  peer: PeerId;
  /** Joined at once, and created where the tracker does not know them. */
  channels: ChannelName[];
}

/** Every `heartbeatMs`, so that the tracker does not count the peer as gone. */
export interface Heartbeat {
  type: "heartbeat";
}

export interface ListChannels {
  type: "list-channels";
}

export interface ListPeers {
  type: "list-peers";
  channel: ChannelName;
}

/** Creates the channel where it is new, and joins it. */
export interface CreateChannel {
  type: "create-channel";
  channel: ChannelName;
}

export interface JoinChannel {
  type: "join-channel";
  channel: ChannelName;
}

export interface LeaveChannel {
  type: "leave-channel";
  channel: ChannelName;
}

/** To be passed to the peer `to`, which shares a channel with the sender. */
export interface SendSignal {
  type: "send-signal";
  to: PeerId;
  signal: Signal;
}

/** The page is closing: gone at once, without waiting for the expiry. */
export interface Leave {
  type: "leave";
}

export type TrackerRequest =
  | Register
  | Heartbeat
  | ListChannels
  | ListPeers
  | CreateChannel
  | JoinChannel
  | LeaveChannel
  | SendSignal
  | Leave;

/** A checked request out of decoded JSON. */
export function readTrackerRequest(fields: Fields): TrackerRequest {
  const type = field(fields, "type");
  switch (type) {
    case "register":
      checkVersion(fields, TRACKER_VERSION);
      return {
        type,
        version: TRACKER_VERSION,
        peer: readPeerId(field(fields, "peer")),
        channels: arrayField(fields, "channels", {
          lengthMax: CHANNELS_PER_PEER_MAX,
          read: readChannelName,
        }),
      };
    case "heartbeat":
    case "list-channels":
    case "leave":
      return { type };
    case "list-peers":
    case "create-channel":
    case "join-channel":
    case "leave-channel":
      return { type, channel: readChannelName(field(fields, "channel")) };
    case "send-signal":
      return {
        type,
        to: readPeerId(field(fields, "to")),
        signal: readSignal(field(fields, "signal")),
      };
    default:
      throw unknownType(fields);
  }
}

/** One text frame of a peer as a request; throws WireError. */
export function decodeTrackerRequest(text: string): TrackerRequest {
  return readTrackerRequest(parseObject(text, TRACKER_FRAME_BYTES_MAX));
}

/** One HTTP body of a peer as plain fields, for the door to complete. */
export function decodeTrackerBody(text: string): Record<string, unknown> {
  return parseObject(text, TRACKER_FRAME_BYTES_MAX);
}

// --- news: tracker -> peer --------------------------------------------------

/** Answer to `register`. */
export interface Welcome {
  type: "welcome";
  version: typeof TRACKER_VERSION;
  peer: PeerId;
  /** The session's user. */
  user: string;
  heartbeatMs: number;
  /** How often a polling peer lists peers and channels again. */
  syncMs: number;
  /** How often a polling peer fetches its events. */
  pollMs: number;
  channels: ChannelInfo[];
  /** One for each channel that the peer is now in, itself not included. */
  rosters: Roster[];
  /** The number of the last revocation; left out where there is none. */
  revocation?: number;
}

/** Answer to `heartbeat`. */
export interface HeartbeatReceived {
  type: "heartbeat-received";
  /**
   * Of those channels that the peer is in whose comings and goings only some
   * are told of; left out where there are none.
   */
  sizes?: ChannelInfo[];
  /** As in the last `certificates-revoked`, which may have been lost. */
  revocation?: number;
}

/** To every peer: what GET /identity/revocations answers is more now. */
export interface CertificatesRevoked {
  type: "certificates-revoked";
  /** The number of the last one. */
  revocation: number;
}

/** Answer to `list-channels`. */
export interface ChannelsListed {
  type: "channels-listed";
  channels: ChannelInfo[];
}

/** Answer to `join-channel`, `create-channel` and `list-peers`. */
export interface PeersListed extends Roster {
  type: "peers-listed";
}

/** To every peer, after a `create-channel` or `register` that made one. */
export interface ChannelCreated {
  type: "channel-created";
  channel: ChannelName;
}

/** To the other members, after a join; in a large channel, to some of them. */
export interface PeerJoined extends PeerInfo {
  type: "peer-joined";
  channel: ChannelName;
  /** How many are in it now. */
  size: number;
}

/** To the other members, or some of them: left, expired, or logged out. */
export interface PeerLeft {
  type: "peer-left";
  channel: ChannelName;
  /** How many are in it now. */
  size: number;
  peer: PeerId;
}

/** To the peer that a `send-signal` named. */
export interface SignalReceived {
  type: "signal-received";
  from: PeerId;
  user: string;
  signal: Signal;
}

/** To a polling peer whose mailbox was full: list everything again. */
export interface EventsDropped {
  type: "events-dropped";
}

/** To the peer whose request failed, and nobody else. */
export interface ErrorNews {
  type: "error";
  code: ErrorCode;
  message: string;
  /** The type of the request that failed, where it could be read. */
  request?: string;
  /** Whom a `send-signal` that failed was for. */
  to?: PeerId;
}

export type TrackerNews =
  | Welcome
  | HeartbeatReceived
  | CertificatesRevoked
  | ChannelsListed
  | PeersListed
  | ChannelCreated
  | PeerJoined
  | PeerLeft
  | SignalReceived
  | EventsDropped
  | ErrorNews;

/** Answer to a poll: what happened since the last one, oldest first. */
export interface EventsPolled {
  type: "events-polled";
  events: TrackerNews[];
}

/** What the periods of a `welcome` may be. */
export const PERIOD_MS: readonly [number, number] = [10, 3_600_000];

/** A checked peer out of decoded JSON. */
export function readPeerInfo(value: unknown): PeerInfo {
  const fields = asObject(value, "peer");
  return {
    peer: readPeerId(field(fields, "peer")),
    user: readUserName(field(fields, "user")),
  };
}

function readPeers(fields: Fields): PeerInfo[] {
  return arrayField(fields, "peers", {
    lengthMax: PEERS_PER_REPLY_MAX,
    read: readPeerInfo,
  });
}

function readRoster(value: unknown): Roster {
  const fields = asObject(value, "roster");
  return {
    channel: readChannelName(field(fields, "channel")),
    size: integerField(fields, "size", CHANNEL_SIZE),
    peers: readPeers(fields),
  };
}

function readChannels(fields: Fields, name = "channels"): ChannelInfo[] {
  return arrayField(fields, name, {
    lengthMax: CHANNELS_MAX,
    read(value) {
      const info = asObject(value, "channel");
      return {
        channel: readChannelName(field(info, "channel")),
        peers: integerField(info, "peers", CHANNEL_SIZE),
      };
    },
  });
}

function readWelcome(fields: Fields): Welcome {
  checkVersion(fields, TRACKER_VERSION);
  return {
    type: "welcome",
    version: TRACKER_VERSION,
    peer: readPeerId(field(fields, "peer")),
    user: readUserName(field(fields, "user")),
    heartbeatMs: integerField(fields, "heartbeatMs", PERIOD_MS),
    syncMs: integerField(fields, "syncMs", PERIOD_MS),
    pollMs: integerField(fields, "pollMs", PERIOD_MS),
    channels: readChannels(fields),
    rosters: arrayField(fields, "rosters", {
      lengthMax: CHANNELS_PER_PEER_MAX,
      read: readRoster,
    }),
    ...readRevocation(fields),
  };
}

function readRevocation(fields: Fields): { revocation?: number } {
  if (field(fields, "revocation") === undefined) return {};
  return { revocation: integerField(fields, "revocation", REVOCATION_NUMBER) };
}

function readError(fields: Fields): ErrorNews {
  const news: ErrorNews = {
    type: "error",
    code: stringField(fields, "code", ERROR_CODE_BYTES_MAX) as ErrorCode,
    message: stringField(fields, "message", ERROR_MESSAGE_BYTES_MAX),
  };
  if (field(fields, "request") !== undefined) {
    news.request = stringField(fields, "request", REQUEST_TYPE_BYTES_MAX);
  }
  const to = field(fields, "to");
  if (to !== undefined) news.to = readPeerId(to);
  return news;
}

function readTrackerNews(fields: Fields): TrackerNews {
  const type = field(fields, "type");
  switch (type) {
    case "welcome":
      return readWelcome(fields);
    case "heartbeat-received":
      return {
        type,
        ...field(fields, "sizes") !== undefined &&
          { sizes: readChannels(fields, "sizes") },
        ...readRevocation(fields),
      };
    case "certificates-revoked":
      return {
        type,
        revocation: integerField(fields, "revocation", REVOCATION_NUMBER),
      };
    case "events-dropped":
      return { type };
    case "channels-listed":
      return { type, channels: readChannels(fields) };
    case "peers-listed":
      return { type, ...readRoster(fields) };
    case "channel-created":
      return { type, channel: readChannelName(field(fields, "channel")) };
    case "peer-joined":
      return {
        type,
        channel: readChannelName(field(fields, "channel")),
        size: integerField(fields, "size", CHANNEL_SIZE),
        ...readPeerInfo(fields),
      };
    case "peer-left":
      return {
        type,
        channel: readChannelName(field(fields, "channel")),
        size: integerField(fields, "size", CHANNEL_SIZE),
        peer: readPeerId(field(fields, "peer")),
      };
    case "signal-received":
      return {
        type,
        from: readPeerId(field(fields, "from")),
        user: readUserName(field(fields, "user")),
        signal: readSignal(field(fields, "signal")),
      };
    case "error":
      return readError(fields);
    default:
      throw unknownType(fields);
  }
}

/** One text frame of the tracker; throws WireError. */
export function decodeTrackerNews(text: string): TrackerNews {
  return readTrackerNews(parseObject(text, TRACKER_NEWS_BYTES_MAX));
}

/** The body that answers a poll; throws WireError. */
export function decodeEventsPolled(text: string): EventsPolled {
  const fields = parseObject(text, POLL_BYTES_MAX);
  if (field(fields, "type") !== "events-polled") throw unknownType(fields);
  const events = arrayField(fields, "events", {
    lengthMax: EVENTS_PER_POLL_MAX,
    read: (item) => readTrackerNews(asObject(item, "event")),
  });
  return { type: "events-polled", events };
}

/**
 * The body of a refused request over HTTP: `{"error": {"code", "message"}}`;
 * undefined where it is not one of ours, but of something in between.
 */
export function decodeHttpError(text: string): ErrorNews | undefined {
  try {
    const body = parseObject(text, TRACKER_FRAME_BYTES_MAX);
    const error = readError(asObject(field(body, "error"), "error"));
    return ERROR_CODES.includes(error.code) ? error : undefined;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

/** An `error` message for whatever was thrown; inner details stay inside. */
export function errorNews(error: unknown, request?: TrackerRequest): ErrorNews {
  const news: ErrorNews = error instanceof WireError
    ? { type: "error", code: error.code, message: error.message }
    : { type: "error", code: "internal", message: "The tracker failed" };
  if (request !== undefined) news.request = request.type;
  if (request?.type === "send-signal") news.to = request.to;
  return news;
}
