/**
 * RTCPeerConnection for terminals: what lib/mesh/rtc_link.ts uses of the W3C's
 * interface, over the native library. The library can't restart ICE. Where a
 * restart is asked for, by either side, the connection ends instead, so that
 * the mesh dials a new one; what was said meanwhile comes with the next sync.
 * @module
 */
import {
  type DataChannel,
  type DescriptionType,
  PeerConnection,
} from "node-datachannel";

import { systemClock } from "../clock.ts";

type Handler<T> = ((event: T) => void) | null;

/** A connection to one other peer, without any server to help. */
export function newConnection(): RTCPeerConnection {
  // The rest of the W3C's interface has no use in a link.
  return new NativeConnection() as unknown as RTCPeerConnection;
}

class NativeConnection {
  onnegotiationneeded: Handler<void> = null;
  onicecandidate: Handler<{ candidate: RTCIceCandidateInit | null }> = null;
  onconnectionstatechange: Handler<void> = null;
  oniceconnectionstatechange: Handler<void> = null;
  readonly #native: PeerConnection;
  #closed = false;
  #isNegotiating = false;
  #isNegotiated = false;
  /** The other side's description is known, and checked DTLS by. */
  #isDescribed = false;
  /** Not named to the other side before it has described itself. */
  #candidates: RTCIceCandidateInit[] = [];

  constructor() {
    this.#native = new PeerConnection("", {
      iceServers: [],
      disableAutoNegotiation: true,
    });
    this.#native.onStateChange(() => this.#tell(this.onconnectionstatechange));
    this.#native.onIceStateChange(() =>
      this.#tell(this.oniceconnectionstatechange)
    );
    this.#native.onLocalCandidate((line, sdpMid) => {
      this.#candidates.push(candidateOf(line.replace(/^a=/, ""), sdpMid));
      if (this.#isDescribed) this.#nameCandidates();
    });
  }

  get connectionState(): string {
    return this.#closed ? "closed" : this.#native.state();
  }

  get iceConnectionState(): string {
    return this.#closed ? "closed" : this.#native.iceState();
  }

  get signalingState(): string {
    return this.#closed ? "closed" : this.#native.signalingState();
  }

  get localDescription(): { type: DescriptionType; sdp: string } | null {
    const described = this.#closed ? null : this.#native.localDescription();
    if (described?.type !== "offer") return described;
    return { ...described, sdp: withoutCandidates(described.sdp) };
  }

  createDataChannel(
    label: string,
    { id, negotiated }: { id: number; negotiated: boolean },
  ): NativeChannel {
    const options = { id, negotiated };
    const channel = this.#native.createDataChannel(label, options);
    if (!this.#isNegotiating) this.#negotiateSoon();
    return new NativeChannel(channel);
  }

  /**
   * As in a browser: said once for all channels, in a turn of its own, and not
   * where the other side's offer has come meanwhile.
   */
  #negotiateSoon(): void {
    this.#isNegotiating = true;
    systemClock.after(0, () => {
      if (!this.#isNegotiated) this.#tell(this.onnegotiationneeded);
    });
  }

  /** An offer, or the answer to the other side's: whichever is due. */
  setLocalDescription(): Promise<void> {
    return this.#settled(() => {
      const answers = this.#native.signalingState() === "have-remote-offer";
      this.#native.setLocalDescription(answers ? "answer" : "offer");
    });
  }

  setRemoteDescription(
    { type, sdp }: { type: "offer" | "answer"; sdp: string },
  ): Promise<void> {
    return this.#settled(() => {
      this.#isNegotiated = true;
      const before = this.#native.remoteDescription();
      if (before !== null && fragmentOf(before.sdp) !== fragmentOf(sdp)) {
        throw new TypeError("Cannot restart ICE: not in this library");
      }
      this.#native.setRemoteDescription(sdp, type);
      this.#isDescribed = true;
      this.#nameCandidates();
    });
  }

  addIceCandidate({ candidate, sdpMid }: RTCIceCandidateInit): Promise<void> {
    return this.#settled(() =>
      this.#native.addRemoteCandidate(candidate ?? "", sdpMid ?? "0")
    );
  }

  restartIce(): void {
    queueMicrotask(() => {
      if (this.#closed) return;
      this.close();
      this.onconnectionstatechange?.();
    });
  }

  /** The pair in use, in the words of RTCStatsReport. */
  getStats(): Promise<Map<string, unknown>> {
    const stats = new Map<string, unknown>();
    const pair = this.#closed ? null : this.#native.getSelectedCandidatePair();
    for (const end of ["local", "remote"] as const) {
      const candidateType = pair?.[end].type;
      if (candidateType === undefined) continue;
      stats.set(end, { id: end, type: `${end}-candidate`, candidateType });
    }
    if (pair !== null) {
      stats.set("pair", {
        type: "candidate-pair",
        ...{ state: "succeeded", nominated: true },
        ...{ localCandidateId: "local", remoteCandidateId: "remote" },
      });
    }
    return Promise.resolve(stats);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#native.close();
  }

  /** What the library throws is a rejection in the W3C's interface. */
  async #settled(step: () => void): Promise<void> {
    await Promise.resolve();
    if (this.#closed) throw new TypeError("The connection is closed");
    step();
  }

  #nameCandidates(): void {
    for (const candidate of this.#candidates.splice(0)) {
      if (!this.#closed) this.onicecandidate?.({ candidate });
    }
  }

  #tell(handler: Handler<void>): void {
    if (!this.#closed) handler?.();
  }
}

class NativeChannel {
  onopen: Handler<void> = null;
  onmessage: Handler<{ data: unknown }> = null;
  onclose: Handler<void> = null;
  onbufferedamountlow: Handler<void> = null;
  binaryType = "arraybuffer";
  readyState: RTCDataChannelState = "connecting";
  readonly #native: DataChannel;

  constructor(native: DataChannel) {
    this.#native = native;
    native.onOpen(() => this.#opened());
    native.onMessage((data) => {
      const isText = typeof data === "string";
      this.onmessage?.({ data: isText ? data : ownBuffer(data) });
    });
    native.onBufferedAmountLow(() => {
      if (this.readyState === "open") this.onbufferedamountlow?.();
    });
    native.onClosed(() => {
      const wasClosed = this.readyState === "closed";
      this.readyState = "closed";
      if (!wasClosed) this.onclose?.();
    });
  }

  get bufferedAmount(): number {
    return this.readyState === "open" ? this.#native.bufferedAmount() : 0;
  }

  set bufferedAmountLowThreshold(bytes: number) {
    this.#native.setBufferedAmountLowThreshold(bytes);
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    // It closes on a thread of its own: what comes too late is lost with it.
    if (!this.#native.isOpen()) return;
    if (typeof data === "string") this.#native.sendMessage(data);
    else this.#native.sendMessageBinary(data);
  }

  close(): void {
    if (this.readyState === "closed") return;
    this.readyState = "closed";
    this.#native.close();
  }

  #opened(): void {
    if (this.readyState !== "connecting") return;
    this.readyState = "open";
    this.onopen?.();
  }
}

/** The library hands out views; a browser would give the bytes alone. */
function ownBuffer(data: ArrayBuffer | Uint8Array): ArrayBuffer {
  if (data instanceof ArrayBuffer) return data;
  const { buffer, byteLength } = data;
  const isWhole = buffer instanceof ArrayBuffer &&
    buffer.byteLength === byteLength;
  return isWhole ? buffer : Uint8Array.from(data).buffer;
}

function candidateOf(candidate: string, sdpMid: string): RTCIceCandidateInit {
  return { candidate, sdpMid, sdpMLineIndex: 0, usernameFragment: null };
}

/**
 * An offer that does not say where we are. Whoever knows it may find us, and be
 * through ICE and DTLS, while the library still reads the answer: it has no
 * fingerprint to compare then, and ends the connection.
 */
function withoutCandidates(sdp: string): string {
  return sdp.replace(/^a=(candidate:.*|end-of-candidates)\r?\n/gm, "");
}

/** Changes when ICE is restarted. */
function fragmentOf(sdp: string): string {
  return /^a=ice-ufrag:(.*)$/m.exec(sdp)?.[1]?.trim() ?? "";
}
