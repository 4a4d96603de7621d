/**
 * The seam to whatever carries messages between two peers: a data channel in a
 * browser or terminal, a queue in a test.
 * @module
 */
import type { Bytes } from "./keys.ts";
import type { LinkFingerprints } from "../wire/link_proof.ts";
import type { PeerId } from "../wire/names.ts";
import type {
  CandidateSignal,
  DescriptionSignal,
  LinkId,
  Signal,
} from "../wire/signal.ts";

/**
 * `direct` between the two machines; `relayed` through a TURN server;
 * `interrupted` where nothing comes through at the moment.
 */
export type LinkPath = "direct" | "relayed" | "interrupted";

/** Why a link ended, where that was not asked for. */
export type LinkProblem = "no-route" | "no-answer" | "broken" | "too-slow";

export interface LinkEvents {
  /** To be passed to the other side by whatever road there is. */
  signal(signal: Signal): void;
  /**
   * Both ways are open; `send` may be called. The other end holds the secret of
   * the certificate with that fingerprint, for as long as the link lives.
   */
  opened(fingerprints: LinkFingerprints): void;
  message(text: string): void;
  /** A binary message, in order among these. */
  bytes(frame: Uint8Array): void;
  /** More bytes fit again. */
  drained(): void;
  pathChanged(path: LinkPath): void;
  /** The last event; not called after `close()`. */
  closed(problem?: LinkProblem): void;
}

export interface LinkOptions {
  /** The same on both sides; chosen by the one that dials. */
  link: LinkId;
  remote: PeerId;
  /** This side makes the offer. */
  dials: boolean;
  /** This side gives way when both make an offer at once. */
  polite: boolean;
  events: LinkEvents;
}

/** One connection attempt between two peers, and the link it becomes. */
export interface Link {
  /** A signal of the other side for this link. */
  receive(signal: DescriptionSignal | CandidateSignal): void;
  /** One text message, in order. Dropped where the link is not open. */
  send(text: string): void;
  /**
   * One binary message, in order among these, beside the texts. False where no
   * more fits before `drained`; this one goes all the same.
   */
  sendBytes(frame: Bytes): boolean;
  /** Looks for a new path at once, where the present one is in doubt. */
  restart(): void;
  close(): void;
}

export type OpenLink = (options: LinkOptions) => Link;
