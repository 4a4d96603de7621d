/** What the overlay decides that links are to do. @module */
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { OverlayMessage } from "../wire/overlay.ts";
import type { Seeks } from "../wire/signal.ts";

export type OverlayAction =
  | { type: "dial"; peer: PeerId; seeks: Seeks }
  | { type: "hang-up"; peer: PeerId }
  | { type: "send"; to: PeerId; message: OverlayMessage }
  /** Have the tracker name others in `channel`. */
  | { type: "list-peers"; channel: ChannelName };
