/**
 * A link over WebRTC: one RTCPeerConnection with two negotiated data channels,
 * one for what is said and one for the pieces of files, kept alive as long as
 * the network allows. Perfect negotiation (W3C WebRTC 1.0, section 10.7) lets
 * either side restart ICE at any time; candidates are trickled (RFC 8838).
 *
 *     dialing ──► open ──► shaky ──► open
 *        │          │        │ RESTART_DEADLINE_MS
 *        ▼          ▼        ▼
 *                closed (no-route, broken, too-slow)
 * @module
 */
import { type Clock, every } from "../clock.ts";
import { BULK_FRAME_BYTES_MAX } from "../wire/bulk_frame.ts";
import { LINK_FRAME_BYTES_MAX } from "../wire/link.ts";
import {
  type Fingerprint,
  fingerprintOf,
  type LinkFingerprints,
} from "../wire/link_proof.ts";
import type { CandidateSignal, DescriptionSignal } from "../wire/signal.ts";
import type { Bytes } from "./keys.ts";
import type {
  Link,
  LinkOptions,
  LinkPath,
  LinkProblem,
  OpenLink,
} from "./link.ts";

/** ICE reports `disconnected` at a hiccup too: this long is more than one. */
export const RESTART_AFTER_MS = 3_000;
/** A restart that has not brought the link back by then will not. */
export const RESTART_DEADLINE_MS = 12_000;
/** Unsent bytes of a stuck link; its peer syncs on the next one. */
export const BUFFERED_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes of files on the way out of this page: enough to fill the network. */
export const BULK_BUFFERED_MAX = 1024 * 1024;
/** With no more than that left, more is asked for. */
export const BULK_BUFFERED_LOW = 256 * 1024;
/** Until both channels are open the other side has but its hello to say. */
export const EARLY_MESSAGES_MAX = 16;
const PATH_CHECK_MS = 15_000;

const CONTROL_CHANNEL_ID = 0;
const BULK_CHANNEL_ID = 1;

export interface RtcLinkOptions extends LinkOptions {
  connection: RTCPeerConnection;
  clock: Clock;
}

/** Links over connections that `newConnection` makes. */
export function rtcLinks(
  { newConnection, clock }: {
    newConnection: () => RTCPeerConnection;
    clock: Clock;
  },
): OpenLink {
  return (options) =>
    new RtcLink({ ...options, connection: newConnection(), clock });
}

export class RtcLink implements Link {
  readonly #options: RtcLinkOptions;
  readonly #connection: RTCPeerConnection;
  readonly #control: RTCDataChannel;
  readonly #bulk: RTCDataChannel;
  /** Signals are worked off one after the other. */
  #work: Promise<void> = Promise.resolve();
  #makingOffer = false;
  #ignoringOffer = false;
  #negotiated = false;
  /** Of the other side's DTLS certificate, by its first description. */
  #remote: Fingerprint | undefined;
  #wasOpened = false;
  /** What one channel brought before the other one was open. */
  readonly #early: string[] = [];
  #closed = false;
  #path: LinkPath | undefined;
  #cancelRestart: (() => void) | undefined;
  #stopPathChecks: (() => void) | undefined;

  constructor(options: RtcLinkOptions) {
    this.#options = options;
    this.#connection = options.connection;
    this.#control = this.#connection.createDataChannel("control", {
      negotiated: true,
      id: CONTROL_CHANNEL_ID,
    });
    this.#bulk = this.#connection.createDataChannel("bulk", {
      negotiated: true,
      id: BULK_CHANNEL_ID,
    });
    this.#listen();
  }

  receive(signal: DescriptionSignal | CandidateSignal): void {
    this.#enqueue(() =>
      signal.type === "candidate"
        ? this.#addCandidate(signal)
        : this.#describe(signal)
    );
  }

  send(text: string): void {
    if (this.#control.readyState !== "open") return;
    if (this.#control.bufferedAmount > BUFFERED_BYTES_MAX) {
      return this.#end("too-slow");
    }
    this.#control.send(text);
  }

  sendBytes(frame: Bytes): boolean {
    if (this.#bulk.readyState !== "open") return false;
    this.#bulk.send(frame);
    return this.#bulk.bufferedAmount < BULK_BUFFERED_MAX;
  }

  restart(): void {
    // What has not opened yet has a deadline of its own, and is not in doubt.
    if (this.#closed || this.#control.readyState !== "open") return;
    if (this.#connection.connectionState === "connected") return;
    this.#connection.restartIce();
    this.#cancelRestart?.();
    const { clock } = this.#options;
    const deadline = clock.now() + RESTART_DEADLINE_MS;
    this.#cancelRestart = clock.after(
      RESTART_DEADLINE_MS,
      () => this.#giveUpUnlessConnected(deadline),
    );
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelRestart?.();
    this.#stopPathChecks?.();
    this.#control.close();
    this.#bulk.close();
    this.#connection.close();
  }

  #listen(): void {
    const connection = this.#connection;
    connection.onnegotiationneeded = () => this.#enqueue(() => this.#offer());
    connection.onicecandidate = ({ candidate }) =>
      this.#sendCandidate(candidate);
    connection.onconnectionstatechange = () => this.#watch();
    connection.oniceconnectionstatechange = () => this.#watch();
    this.#control.onopen = () => this.#opened();
    this.#control.onmessage = ({ data }) => {
      if (this.#closed) return;
      const fits = typeof data === "string" &&
        data.length <= LINK_FRAME_BYTES_MAX;
      // What is not text of our size is for the decoder to refuse.
      this.#heard(fits ? data : "");
    };
    this.#control.onclose = () => this.#end();
    this.#listenToBulk();
  }

  #heard(text: string): void {
    if (this.#wasOpened) this.#options.events.message(text);
    else if (this.#early.push(text) > EARLY_MESSAGES_MAX) this.#end("broken");
  }

  #listenToBulk(): void {
    const bulk = this.#bulk;
    bulk.binaryType = "arraybuffer";
    bulk.bufferedAmountLowThreshold = BULK_BUFFERED_LOW;
    bulk.onopen = () => this.#opened();
    bulk.onmessage = ({ data }) => {
      // What is no bytes of our size is for the decoder to refuse.
      const isFrame = data instanceof ArrayBuffer &&
        data.byteLength <= BULK_FRAME_BYTES_MAX;
      const frame = isFrame ? new Uint8Array(data) : new Uint8Array();
      if (!this.#closed) this.#options.events.bytes(frame);
    };
    bulk.onbufferedamountlow = () => {
      if (!this.#closed) this.#options.events.drained();
    };
    bulk.onclose = () => this.#end();
  }

  #opened(): void {
    const channels = [this.#control, this.#bulk];
    const areOpen = channels.every(({ readyState }) => readyState === "open");
    if (this.#closed || this.#wasOpened || !areOpen) return;
    this.#wasOpened = true;
    const fingerprints = this.#fingerprints();
    // DTLS is up, so both were described: a browser without them is broken.
    if (fingerprints === undefined) return this.#end("broken");
    this.#checkPath();
    this.#stopPathChecks = every(
      this.#options.clock,
      PATH_CHECK_MS,
      () => this.#checkPath(),
    );
    this.#options.events.opened(fingerprints);
    for (const text of this.#early.splice(0)) {
      if (!this.#closed) this.#options.events.message(text);
    }
  }

  #fingerprints(): LinkFingerprints | undefined {
    const local = fingerprintOf(this.#connection.localDescription?.sdp ?? "");
    const remote = this.#remote;
    if (local === undefined || remote === undefined) return undefined;
    return { local, remote };
  }

  /** One negotiation step after the other; a failed one ends the link. */
  #enqueue(step: () => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      if (this.#closed) return;
      try {
        await step();
      } catch (error) {
        if (!this.#closed) this.#negotiationFailed(error);
      }
    });
  }

  #negotiationFailed(_error: unknown): void {
    this.#end(this.#control.readyState === "open" ? "broken" : "no-route");
  }

  async #offer(): Promise<void> {
    // The side that was dialled answers first; later it may offer as well.
    if (!this.#options.dials && !this.#negotiated) return;
    if (this.#connection.signalingState !== "stable") return;
    try {
      this.#makingOffer = true;
      await this.#connection.setLocalDescription();
      this.#sendDescription();
    } finally {
      this.#makingOffer = false;
    }
  }

  async #describe({ type, sdp }: DescriptionSignal): Promise<void> {
    const connection = this.#connection;
    if (!this.#isOfOtherSide(sdp)) return;
    const collides = type === "offer" &&
      (this.#makingOffer || connection.signalingState !== "stable");
    this.#ignoringOffer = !this.#options.polite && collides;
    if (this.#ignoringOffer) return;
    if (type === "answer" && connection.signalingState === "stable") return;
    await connection.setRemoteDescription({ type, sdp });
    this.#remote ??= fingerprintOf(sdp);
    this.#negotiated = true;
    if (type === "answer") return;
    await connection.setLocalDescription();
    this.#sendDescription();
  }

  /**
   * A link has one certificate on each side. With another one, a description
   * would have DTLS begin anew with whoever holds that.
   */
  #isOfOtherSide(sdp: string): boolean {
    const fingerprint = fingerprintOf(sdp);
    return fingerprint !== undefined &&
      fingerprint === (this.#remote ?? fingerprint);
  }

  async #addCandidate(signal: CandidateSignal): Promise<void> {
    const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = signal;
    // Firefox refuses the end-of-candidates line; it does without.
    if (candidate === "") return;
    try {
      await this.#connection.addIceCandidate({
        candidate,
        sdpMid,
        sdpMLineIndex,
        usernameFragment,
      });
    } catch {
      // One candidate that can't be used (another address family, a name that
      // does not resolve, one of an ignored offer) leaves the others.
      return;
    }
  }

  #sendDescription(): void {
    const description = this.#connection.localDescription;
    if (description === null || this.#closed) return;
    const { type, sdp } = description;
    if (type !== "offer" && type !== "answer") return;
    const link = this.#options.link;
    this.#options.events.signal({ type, link, sdp });
  }

  #sendCandidate(candidate: RTCIceCandidate | null): void {
    if (candidate === null || candidate.candidate === "" || this.#closed) {
      return;
    }
    this.#options.events.signal({
      type: "candidate",
      link: this.#options.link,
      candidate: candidate.candidate,
      sdpMid: candidate.sdpMid,
      sdpMLineIndex: candidate.sdpMLineIndex,
      usernameFragment: candidate.usernameFragment,
    });
  }

  #watch(): void {
    if (this.#closed) return;
    const state = this.#connection.connectionState;
    const ice = this.#connection.iceConnectionState;
    if (state === "closed") this.#end();
    else if (state === "failed" || ice === "failed") this.#restartOrEnd();
    else if (ice === "disconnected") {
      this.#tellPath("interrupted");
      this.#restartSoon();
    } else if (state === "connected") this.#recovered();
  }

  #restartOrEnd(): void {
    const opened = this.#control.readyState === "open";
    if (!opened) return this.#end("no-route");
    if (this.#cancelRestart === undefined) this.restart();
  }

  #restartSoon(): void {
    if (this.#cancelRestart !== undefined) return;
    this.#cancelRestart = this.#options.clock.after(
      RESTART_AFTER_MS,
      () => this.restart(),
    );
  }

  #recovered(): void {
    this.#cancelRestart?.();
    this.#cancelRestart = undefined;
    this.#checkPath();
  }

  #giveUpUnlessConnected(deadline: number): void {
    this.#cancelRestart = undefined;
    if (this.#connection.connectionState === "connected") return;
    // A timer so late means that the machine slept: the network is back only
    // now, and gets the whole time again.
    const slept = this.#options.clock.now() > deadline + RESTART_DEADLINE_MS;
    if (slept) this.restart();
    else this.#end("broken");
  }

  #checkPath(): void {
    this.#readPath().then(
      (path) => {
        const connected = this.#connection.connectionState === "connected";
        if (path !== undefined && connected) this.#tellPath(path);
      },
      // Statistics of a connection that is closing: there is no path to tell.
      () => {},
    );
  }

  #tellPath(path: LinkPath): void {
    if (path === this.#path || this.#closed) return;
    this.#path = path;
    this.#options.events.pathChanged(path);
  }

  async #readPath(): Promise<LinkPath | undefined> {
    const report = await this.#connection.getStats();
    const types = new Map<string, string>();
    const pairs: { local: string; remote: string }[] = [];
    report.forEach((item) => {
      if (item.type.endsWith("-candidate")) {
        types.set(item.id, item.candidateType);
      }
      // Firefox marks the pair in use `selected`, Chromium `nominated`.
      const used = item.type === "candidate-pair" &&
        item.state === "succeeded" && (item.selected ?? item.nominated);
      if (used) {
        pairs.push({
          local: item.localCandidateId,
          remote: item.remoteCandidateId,
        });
      }
    });
    const pair = pairs.at(-1);
    if (pair === undefined) return undefined;
    const ends = [types.get(pair.local), types.get(pair.remote)];
    return ends.includes("relay") ? "relayed" : "direct";
  }

  #end(problem?: LinkProblem): void {
    if (this.#closed) return;
    this.close();
    this.#options.events.closed(problem);
  }
}
