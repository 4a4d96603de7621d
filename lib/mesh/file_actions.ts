/** What the cores of file transfer have their shell do. @module */
import type { FileHash } from "../wire/file.ts";
import type { FileKey, FileMessage } from "../wire/file_messages.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { PeerInfo } from "../wire/tracker_api.ts";
import type { Bytes } from "./keys.ts";

export type FileAction =
  | { type: "send"; to: PeerId; message: FileMessage }
  /** It broke the protocol, or sent a wrong piece. */
  | { type: "strike"; peer: PeerId; reason: string }
  /** Check a piece, or the hashes of all, and store it; then `checked`. */
  | {
    type: "check";
    from: PeerId;
    file: FileKey;
    piece: number;
    bytes: Bytes;
  }
  /** Read a piece, or the hashes of all; then `loaded`. */
  | { type: "load"; to: PeerId; file: FileKey; piece: number }
  /** There are frames for that peer. */
  | { type: "pump"; to: PeerId }
  /** Build a link to somebody who holds what is sought. */
  | { type: "meet"; peer: PeerInfo; channel: ChannelName }
  /** Its state looks different. */
  | { type: "changed"; hash: FileHash };
